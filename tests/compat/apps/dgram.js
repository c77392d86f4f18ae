'use strict';
const { who } = require('./who.js');

const socket = require('dgram').createSocket('udp4');
socket.on('message', (text, from) => socket.send(who({ text: String(text) }), from.port, from.address));
socket.bind(+process.env.PORT, '127.0.0.1', () => console.log('listening', socket.address().port));
