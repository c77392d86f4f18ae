'use strict';
const { Server } = require('socket.io');
const { listen, who } = require('./who.js');

const server = require('http').createServer();
new Server(server).on('connection', (socket) => {
  socket.on('echo', (text, answer) => answer(who({ text })));
});
listen(server);
