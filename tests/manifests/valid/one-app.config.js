module.exports = { script: 'websocket.js', args: '--port 8081' };
