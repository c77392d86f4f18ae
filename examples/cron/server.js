// Counts its visitors. POST /report tells how many there were since the last report.
'use strict';

const http = require('node:http');

let visitors = 0;

const server = http.createServer((request, response) => {
  if (request.method === 'POST' && request.url === '/report') {
    response.end(JSON.stringify({ visitors }));
    visitors = 0;
    return;
  }
  visitors += 1;
  response.end('welcome\n');
});

server.listen(Number(process.env.PORT), () => {
  console.log(`listening on port ${server.address().port}`);
  process.send?.('ready');
});

process.on('SIGTERM', () => {
  server.close(() => process.exit(0));
  server.closeIdleConnections();
});
