// One server on all processors that the container may use.
'use strict';

module.exports = {
  apps: [
    {
      name: 'api',
      script: 'server.js',
      cwd: __dirname,
      instances: 'max',
      exec_mode: 'cluster',
      env: { PORT: '${PORT:-8080}' },
      drain_timeout: '10s',
    },
  ],
};
