// Does one job after the other. Asked to stop, it hands in the job at hand before it ends: the API
// is there for as long as the worker is, because the worker depends on it.
'use strict';

const { setTimeout: sleep } = require('node:timers/promises');

const api = `http://127.0.0.1:${process.env.PORT}`;
let isAskedToStop = false;
process.on('SIGTERM', () => (isAskedToStop = true));

async function work() {
  const next = await fetch(`${api}/jobs/next`);
  if (next.status === 204) return sleep(200);
  const job = await next.text();
  console.log(`begins ${job}`);
  await sleep(500);
  await fetch(`${api}/jobs/done`, { method: 'POST' });
  console.log(`has done ${job}`);
}

async function main() {
  console.log('looks for jobs');
  while (!isAskedToStop) await work();
  console.log('leaves');
}

main();
