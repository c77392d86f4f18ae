module.exports = {
  apps: [
    { name: 'api', script: 'server.js', depends_on: ['queue'] },
    { name: 'queue', script: 'queue.js' },
    { name: 'worker', script: 'worker.js' },
  ],
};
