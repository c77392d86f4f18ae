'use strict';
const { listen, who } = require('./who.js');

listen(require('http2').createServer((request, response) => response.end(who())));
