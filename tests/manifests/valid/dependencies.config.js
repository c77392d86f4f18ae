module.exports = {
  apps: [
    { name: 'api', script: 'server.js', depends_on: { migrate: 'completed', queue: 'started' } },
    { name: 'queue', script: 'queue.js' },
    { name: 'migrate', script: 'migrate.js', autorestart: 'on-failure' },
  ],
};
