'use strict';
// What a thread and a process of the app are given: the preload is to be in neither.
const { execFile } = require('child_process');
const { Worker } = require('worker_threads');
const { listen, who } = require('./who.js');

const LOOK = '{ options: process.env.NODE_OPTIONS || "", channel: process.env.NODE_CHANNEL_FD || "" }';

const inThread = () => new Promise((resolve, reject) => {
  const thread = new Worker(`require('worker_threads').parentPort.postMessage(${LOOK})`, { eval: true });
  thread.once('message', resolve);
  thread.once('error', reject);
});
const inProcess = () => new Promise((resolve, reject) => {
  execFile(process.execPath, ['-e', `console.log(JSON.stringify(${LOOK}))`], (error, out) => {
    if (error) reject(error);
    else resolve(JSON.parse(out));
  });
});

listen(require('http').createServer((request, response) => {
  Promise.all([inThread(), inProcess()]).then(
    ([thread, grandchild]) => response.end(who({ thread, grandchild })),
    (error) => response.end(who({ error: String(error) })),
  );
}));
