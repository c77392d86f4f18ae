'use strict';
// Connects by polling, from the address that it is given, and prints what came back. Each of its
// requests is a connection of its own.
const { Agent } = require('http');
const { io } = require('socket.io-client');

const [port, localAddress] = process.argv.slice(2);
const socket = io(`http://127.0.0.1:${port}`, {
  agent: new Agent({ localAddress }), transports: ['polling'], forceNew: true, reconnection: false,
});
socket.on('connect_error', (error) => {
  console.error(String(error), error.description);
  process.exit(1);
});
socket.on('connect', () => socket.emit('echo', localAddress, (answer) => {
  console.log(answer);
  socket.disconnect();
}));
