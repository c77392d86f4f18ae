'use strict';
const { listen, who } = require('./who.js');

listen(require('net').createServer((socket) => socket.end(who())));
