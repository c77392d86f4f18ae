'use strict';
const http = require('http');
const { listen, who } = require('./who.js');

for (const name of ['PORT', 'SECOND_PORT']) {
  listen(http.createServer((request, response) => response.end(who({ name }))), +process.env[name]);
}
