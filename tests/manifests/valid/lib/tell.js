// One line about how this process was started.
const path = require('path');

const TOLD = ['NODE_ENV', 'PORT', 'HOST', 'LOG_LEVEL', 'DATABASE_URL', 'REDIS_URL', 'QUEUE', 'WORKER_ID', 'TOKEN', 'RELEASE'];

const words = [path.basename(process.argv[1]), ...process.argv.slice(2)];
if (process.execArgv.length > 0) words.push(`(node ${process.execArgv.join(' ')})`);
if (process.cwd() !== path.dirname(__dirname)) words.push(`in ${path.basename(process.cwd())}`);
if (process.env.NODE_APP_INSTANCE !== '0') words.push(`NODE_APP_INSTANCE=${process.env.NODE_APP_INSTANCE}`);
for (const name of TOLD) {
  if (process.env[name] !== undefined) words.push(`${name}=${process.env[name]}`);
}
console.log(words.join(' '));
// Node keeps a worker of a cluster that has nothing to do; these are to end.
if (require('cluster').isWorker) process.disconnect();
