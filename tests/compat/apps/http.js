'use strict';
const { listen, who } = require('./who.js');

listen(require('http').createServer((request, response) => response.end(who())));
