// Takes jobs, keeps them in the database and hands them out.
//
//   POST /jobs         the body is a new job
//   GET  /jobs/next    the first job; 204: there is none
//   POST /jobs/done    the first job is done
'use strict';

const fs = require('node:fs');
const http = require('node:http');

const file = process.env.DATABASE;
const data = JSON.parse(fs.readFileSync(file, 'utf8'));
if (data.version !== 2) throw new Error(`the database has version ${data.version}, not 2`);

function save() {
  fs.writeFileSync(`${file}.new`, JSON.stringify(data));
  fs.renameSync(`${file}.new`, file);
}

const routes = {
  'POST /jobs': (body, response) => {
    data.jobs.push(body);
    save();
    response.writeHead(202).end();
  },
  'GET /jobs/next': (body, response) => {
    if (data.jobs.length === 0) response.writeHead(204);
    response.end(data.jobs[0]);
  },
  'POST /jobs/done': (body, response) => {
    data.jobs.shift();
    data.done += 1;
    save();
    response.end();
  },
};

const server = http.createServer((request, response) => {
  const route = routes[`${request.method} ${request.url}`];
  if (!route) return response.writeHead(404).end();
  let body = '';
  request.setEncoding('utf8');
  request.on('data', (piece) => (body += piece));
  request.on('end', () => route(body, response));
});

server.listen(Number(process.env.PORT), () => {
  console.log(`listening on port ${server.address().port}, ${data.jobs.length} jobs to do`);
  process.send?.('ready'); // this is what `wait_ready` waits for
});

process.on('SIGTERM', () => {
  server.close(() => process.exit(0));
  server.closeIdleConnections();
});
