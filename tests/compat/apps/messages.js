'use strict';
// Its own words on the channel, before and after it listens, beside those of the cluster; a
// message that it is sent arrives.
const { listen, who } = require('./who.js');

const heard = [];
process.on('message', (message) => {
  heard.push(message);
  console.log('heard', JSON.stringify(message));
  if (message === 'shutdown') process.exit(0);
});
process.send({ topic: 'before', text: 'x'.repeat(100000) });
const server = listen(require('http').createServer((request, response) => {
  process.send({ topic: 'asked', cmd: 'own' }, (error) => {
    response.end(who({ heard, error: error ? String(error) : null }));
  });
}));
server.on('listening', () => process.send('ready'));
