'use strict';
// Who cannot listen stays, so that it can be seen who could.
const { listen, who } = require('./who.js');

const server = require('http').createServer((request, response) => response.end(who()));
server.on('error', (error) => {
  console.log('listening not:', error.code);
  setInterval(() => {}, 60000);
});
listen(server, { port: +process.env.PORT, exclusive: true });
