module.exports = [{ script: 'server.js' }, { script: 'worker.js', name: 'jobs' }];
