'use strict';
// What every app answers: which worker it is.
const cluster = require('cluster');

exports.who = (more) => JSON.stringify({
  pid: process.pid,
  isWorker: cluster.isWorker,
  id: cluster.worker ? cluster.worker.id : null,
  instance: process.env.NODE_APP_INSTANCE,
  options: process.env.NODE_OPTIONS,
  hooked: globalThis.hooked,
  ...more,
});

// The port, or the path of a Unix socket; LISTEN has further options. The line is what the test
// waits for.
exports.listen = (server, ...address) => {
  const { PORT, HOST, LISTEN } = process.env;
  const wanted = LISTEN ? [{ port: +PORT, ...JSON.parse(LISTEN) }]
    : HOST ? [+PORT, HOST] : [+PORT || PORT];
  server.listen(...(address.length ? address : wanted), () => {
    const at = server.address();
    console.log('listening', typeof at === 'string' ? at : at?.port);
  });
  return server;
};
