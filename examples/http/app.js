// A small HTTP server that logs as most Node programs do: plain sentences, JSON lines, and the
// stack trace of an error. PORT chooses the port, 0 any free one.
'use strict';

const http = require('node:http');

const log = (fields) => console.log(JSON.stringify(fields));

const pages = {
  '/': () => ({ hello: 'world', pid: process.pid }),
  '/healthz': () => ({ ok: true }),
  '/fail': () => {
    throw new Error('this page always fails');
  },
};

function answer(path) {
  const order = /^\/orders\/(\d+)$/.exec(path);
  if (order) return { order: Number(order[1]), state: 'shipped' };
  return pages[path]?.();
}

const server = http.createServer((request, response) => {
  const started = process.hrtime.bigint();
  const path = request.url;
  let status = 200;
  let body;
  try {
    body = answer(path);
    if (body === undefined) status = 404;
  } catch (error) {
    console.error(error);
    status = 500;
  }
  response.writeHead(status, { 'content-type': 'application/json' });
  response.end(JSON.stringify(body ?? { error: http.STATUS_CODES[status] }) + '\n');
  const ms = Number(process.hrtime.bigint() - started) / 1e6;
  log({ level: status < 500 ? 'info' : 'error', msg: 'request', method: request.method, path, status, ms });
});

server.listen(Number(process.env.PORT ?? 8080), process.env.HOST ?? '127.0.0.1', () => {
  const { address, port } = server.address();
  console.log(`listening on http://${address}:${port}`);
});

for (const signal of ['SIGTERM', 'SIGINT']) {
  process.on(signal, () => {
    console.log(`${signal}: finishing what was begun`);
    server.close(() => console.log('all connections are closed'));
    server.closeIdleConnections();
  });
}
