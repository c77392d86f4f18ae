module.exports = { pm2: [{ exec: 'server.js', name: 'api' }] };
