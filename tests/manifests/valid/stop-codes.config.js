module.exports = {
  apps: [
    {
      name: 'scheduler',
      script: 'scheduler.js',
      stop_exit_codes: [0],
      autorestart: true,
      kill_signal: 'SIGINT',
      treekill: false,
      max_restarts: 'unlimited',
    },
  ],
};
