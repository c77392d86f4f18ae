// Asks a server over so many connections until stdin ends, or so many requests; then one line of JSON:
// requests, what failed by its reason, and how many each worker answered.
//
//   node load.js '{"port":8080,"protocol":"http","connections":50,"keepAlive":true,"every":0,"count":0}'
//
// `every`: milliseconds from one request of a connection to its next; 0: at once, a closed loop.
'use strict';
const http = require('http');
const https = require('https');
const http2 = require('http2');

const { port, protocol = 'http', connections = 50, keepAlive = true, every = 0, count = Infinity } =
  JSON.parse(process.argv[2]);
const result = { requests: 0, failed: 0, reasons: {}, workers: {}, slow: 0 };
const kPatience = 10_000;
const kSlow = 1_000;
let isOver = false;
let asked = 0;
const wakers = new Set();
process.stdin.on('end', () => { isOver = true; wakers.forEach((wake) => wake()); }).resume();

// Each gives the body of one answer, or fails.
const one = {
  http: (agent) => simple(http, agent),
  https: (agent) => simple(https, agent),
  h2: (session) => multiplexed(session),
};
const opened = {
  http: () => new http.Agent({ keepAlive, maxSockets: 1 }),
  https: () => new https.Agent({ keepAlive, maxSockets: 1, rejectUnauthorized: false }),
  h2: () => http2.connect(`https://127.0.0.1:${port}`, { rejectUnauthorized: false }).on('error', () => {}),
};

function simple(module, agent) {
  return new Promise((resolve, reject) => {
    module.get({ host: '127.0.0.1', port, path: '/', agent }, (response) => {
      let text = '';
      response.setEncoding('utf8').on('data', (piece) => { text += piece; });
      response.on('end', () => resolve(text)).on('error', reject);
    }).on('error', reject);
  });
}

function multiplexed(session) {
  return new Promise((resolve, reject) => {
    let text = '';
    const stream = session.request({ ':path': '/' });
    stream.setEncoding('utf8').on('data', (piece) => { text += piece; }).on('error', reject);
    stream.on('close', () => (stream.rstCode ? reject(new Error(`reset ${stream.rstCode}`)) : resolve(text)));
    stream.end();
  });
}

// A request that is never answered is one that failed.
function within(milliseconds, answer) {
  let timer;
  const late = new Promise((_, reject) => {
    timer = setTimeout(() => reject(new Error('no answer')), milliseconds);
  });
  return Promise.race([answer, late]).finally(() => clearTimeout(timer));
}

function pause(milliseconds) {
  return new Promise((resolve) => {
    const wake = () => { clearTimeout(timer); wakers.delete(wake); resolve(); };
    const timer = setTimeout(wake, milliseconds);
    wakers.add(wake);
  });
}

async function connection(number) {
  let via = opened[protocol]();
  if (every) await pause((every * number) / connections);
  while (!isOver && asked < count) {
    asked += 1;
    const at = performance.now();
    try {
      if (via.closed) via = opened[protocol]();
      const worker = await within(kPatience, one[protocol](via));
      result.workers[worker] = (result.workers[worker] || 0) + 1;
    } catch (problem) {
      const reason = problem.code || problem.message;
      result.failed += 1;
      result.reasons[reason] = (result.reasons[reason] || 0) + 1;
      via.destroy();
      via = opened[protocol]();
      // A server that is not there is not asked as fast as a machine can ask.
      if (reason === 'ECONNREFUSED') await pause(10);
    }
    result.requests += 1;
    if (result.requests === 2 * connections || (every && result.requests === 1)) console.log('under load');
    if (performance.now() - at > kSlow) result.slow += 1;
    if (every) await pause(every);
  }
  via.destroy();
}

Promise.all(Array.from({ length: connections }, (_, number) => connection(number)))
  .then(() => { console.log(JSON.stringify(result)); process.exit(0); });
