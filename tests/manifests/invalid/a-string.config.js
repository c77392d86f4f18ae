module.exports = 'server.js';
