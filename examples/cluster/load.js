// Asks all the time over 20 connections, and shows each second what came of it.
//
//   node load.js [PORT [SECONDS]]
'use strict';

const http = require('node:http');

const port = Number(process.argv[2] ?? 8080);
const ends = Date.now() + 1000 * Number(process.argv[3] ?? Infinity);
const total = { requests: 0, failed: 0 };
let second = { requests: 0, workers: new Set() };

function ask(agent) {
  return new Promise((resolve, reject) => {
    const request = http.get({ host: '127.0.0.1', port, agent }, (response) => {
      let text = '';
      response.setEncoding('utf8').on('data', (piece) => { text += piece; });
      response.on('end', () => resolve(JSON.parse(text))).on('error', reject);
    });
    request.on('error', reject);
  });
}

async function connection() {
  const agent = new http.Agent({ keepAlive: true, maxSockets: 1 });
  while (Date.now() < ends) {
    total.requests += 1;
    second.requests += 1;
    try {
      second.workers.add((await ask(agent)).worker);
    } catch (error) {
      total.failed += 1;
      console.error(`${error.message}`);
      await new Promise((resolve) => { setTimeout(resolve, 100); });
    }
  }
  agent.destroy();
}

const shown = setInterval(() => {
  console.log(`${second.requests} requests a second, workers ${[...second.workers].join(' ')}; ` +
              `${total.failed} of ${total.requests} failed`);
  second = { requests: 0, workers: new Set() };
}, 1000);

Promise.all(Array.from({ length: 20 }, connection)).then(() => {
  clearInterval(shown);
  console.log(`${total.failed} of ${total.requests} requests failed`);
  process.exitCode = total.failed === 0 ? 0 : 1;
});
