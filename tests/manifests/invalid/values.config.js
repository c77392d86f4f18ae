const isProduction = true;

module.exports = {
  apps: [
    {
      name: 'api',
      script: './server.js',
      instances: isProduction ? 'all' : 1,
      max_memory_restart: 300.5,
      env: { SECRET: { file: 5 }, HANDLER: () => {} },
      kill_timeout: NaN,
    },
    { name: 'worker', scripts: './worker.js' },
  ],
};
