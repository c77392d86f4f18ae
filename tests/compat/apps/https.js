'use strict';
const { readFileSync } = require('fs');
const { listen, who } = require('./who.js');

const { CERTIFICATE, KEY } = process.env;
listen(require('https').createServer(
  { cert: readFileSync(CERTIFICATE), key: readFileSync(KEY) },
  (request, response) => response.end(who({
    isReused: request.socket.isSessionReused?.(), // Bun has neither
    protocol: request.socket.getProtocol?.(),
  })),
));
