module.exports = {
  apps: [{ name: 'report', script: 'scheduler.js', cron_restart: '0 3 * * *', autorestart: false }],
};
