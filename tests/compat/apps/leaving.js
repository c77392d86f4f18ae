'use strict';
const cluster = require('cluster');
const { listen, who } = require('./who.js');

listen(require('http').createServer((request, response) => {
  response.end(who());
  if (request.url !== '/leave') return;
  if (process.env.LEAVE === 'process') process.disconnect();
  else cluster.worker.disconnect();
}));
