// A server as people write it, without any handler of a signal, in a worker of whatever cluster.
'use strict';
const fs = require('fs');
const { PORT, PROTOCOL = 'http', CERTIFICATE, VERSION_FILE } = process.env;

// What the app's next version is like: the file is changed before a reload.
const version = VERSION_FILE ? fs.readFileSync(VERSION_FILE, 'utf8').trim() : 'works';
if (version === 'crashes') throw new Error('this version crashes');
if (version === 'never listens') {
  setInterval(() => {}, 1000);
} else {
  // What the health probe of this worker looks for.
  const sickness = `${VERSION_FILE}.sick.${process.env.NODE_APP_INSTANCE}`;
  if (VERSION_FILE) fs.rmSync(sickness, { force: true });
  const answer = (request, response) => {
    if (request.url === '/stall') {
      const until = Date.now() + 2000;
      while (Date.now() < until);
    }
    if (request.url === '/grow') global.kept = Buffer.alloc(200 << 20, 1);
    if (request.url === '/sicken') fs.writeFileSync(sickness, '');
    response.end(`${process.pid}`);
  };
  const tls = CERTIFICATE && { key: fs.readFileSync(`${CERTIFICATE}.key`), cert: fs.readFileSync(`${CERTIFICATE}.pem`) };
  const server = {
    http: () => require('http').createServer(answer),
    https: () => require('https').createServer(tls, answer),
    h2: () => require('http2').createSecureServer({ ...tls, allowHTTP1: true }, answer),
  }[PROTOCOL]();
  server.listen(+PORT);
}
