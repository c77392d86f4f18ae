// Where variables come from: secrets are files, settings a .env file, and texts are put together.
'use strict';

// Where Docker, Compose, Swarm and Kubernetes mount secrets, unless SECRETS names another folder.
const secrets = process.env.SECRETS ?? '/run/secrets';

module.exports = {
  apps: [
    {
      name: 'api',
      script: 'api.js',
      cwd: __dirname,
      wait_ready: true,
      env_file: 'settings.env',
      env: {
        API_TOKEN: { file: `${secrets}/api-token` },
        DB_PASSWORD: { file: `${secrets}/db-password` },
        // Single quotes: it is pmx-init that fills these in, when the app is started.
        DATABASE_URL: 'postgres://shop:${DB_PASSWORD}@${DB_HOST:-localhost}/shop',
        PORT: '${PORT:-8080}',
      },
    },
  ],
};
