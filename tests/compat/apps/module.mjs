import cluster from 'node:cluster';
import { createServer } from 'node:http';
import helper from './who.js';

await null; // only a module can wait here
helper.listen(createServer((request, response) => response.end(
  helper.who({ isModule: import.meta.url.endsWith('.mjs') && cluster.isWorker }),
)));
