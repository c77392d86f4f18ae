// An ordinary server: it knows nothing of clusters, and handles no signal.
'use strict';

const http = require('node:http');

const version = process.env.VERSION ?? '1';

http.createServer((request, response) => {
  // A little work, and some of it takes its time.
  let sum = 0;
  for (let i = 0; i < 20_000; ++i) sum += Math.sqrt(i);
  setTimeout(() => {
    response.setHeader('content-type', 'application/json');
    response.end(JSON.stringify({ worker: process.pid, version, sum: Math.round(sum) }) + '\n');
  }, 5);
}).listen(Number(process.env.PORT), () => {
  console.log(`listens on port ${process.env.PORT}`);
});
