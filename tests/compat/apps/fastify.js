'use strict';
const { who } = require('./who.js');

const app = require('fastify')();
app.get('/', (request, reply) => reply.type('application/json').send(who()));
app.listen({ port: +process.env.PORT, host: '127.0.0.1' }, (error) => {
  if (error) throw error;
  console.log('listening', app.server.address().port);
});
