console.log('reading the configuration');
module.exports = { apps: [{ name: 'api', script: 'server.js' }] };
