// A migration, then the API that needs it, then the worker that needs the API.
// `${NAME:-default}` is filled in by pmx-init: a variable of the container, or else the default.
'use strict';

const shared = {
  cwd: __dirname,
  env: { DATABASE: '${DATABASE:-/tmp/shop.json}', PORT: '${PORT:-8080}' },
};

module.exports = {
  apps: [
    // Not tried again: when it fails nothing else is started, and the container ends with its code.
    { ...shared, name: 'db-migrate', script: 'migrate.js', autorestart: false },
    {
      ...shared,
      name: 'api',
      script: 'api.js',
      depends_on: { 'db-migrate': 'completed' },
      wait_ready: true,
    },
    { ...shared, name: 'worker', script: 'worker.js', depends_on: { api: 'ready' } },
  ],
};
