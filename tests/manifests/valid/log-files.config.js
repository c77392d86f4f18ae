module.exports = {
  apps: [
    {
      name: 'api',
      script: 'server.js',
      out_file: 'logs/out.log',
      error_file: 'logs/error.log',
      log_file: 'logs/combined.log',
      merge_logs: true,
      time: true,
    },
  ],
};
