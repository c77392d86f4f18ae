// Clients of http://web:8080/, half of them with connections that stay open, until stdin ends. Prints
// each host that answers for the first time, and at the end what failed.
const http = require('http');

let isOver = false;
process.stdin.on('end', () => { isOver = true; }).resume();
const answers = {};
const failures = [];

function ask(agent) {
  return new Promise((resolve, reject) => {
    const request = http.get({ host: 'web', port: 8080, agent, timeout: 20000 }, (response) => {
      let text = '';
      response.setEncoding('utf8').on('data', (piece) => { text += piece; });
      response.on('end', () => resolve(text)).on('error', reject);
    });
    request.on('timeout', () => request.destroy(new Error('timeout'))).on('error', reject);
  });
}

async function run(keepAlive) {
  const agent = new http.Agent({ keepAlive, maxSockets: 1 });
  while (!isOver) {
    try {
      const host = await ask(agent);
      answers[host] = (answers[host] || 0) + 1;
      if (answers[host] === 1) console.log(host);
    } catch (error) {
      failures.push(error.code || error.message);
    }
  }
  agent.destroy();
}

Promise.all(Array.from({ length: 10 }, (_, n) => run(n % 2 === 0)))
  .then(() => console.log(JSON.stringify({ answers, failures })));
