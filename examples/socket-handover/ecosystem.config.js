// PID 1 listens; the server is handed the socket. Whatever becomes of the server, the socket stays.
'use strict';

module.exports = {
  apps: [
    {
      name: 'server',
      script: 'server.py',
      interpreter_args: '-u', // python3 prints line by line
      cwd: __dirname,
      sockets: [Number(process.env.PORT ?? 8080)],
      ready: { notify: true },
      kill_timeout: '20s', // longer than any request takes
    },
  ],
};
