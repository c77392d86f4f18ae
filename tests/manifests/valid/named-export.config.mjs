const shared = await Promise.resolve({ NODE_ENV: 'production' });

export const apps = [
  { name: 'api', script: 'server.js', env: shared },
  { name: 'queue', script: 'queue.js', env: { ...shared, QUEUE: 'mails' } },
];
