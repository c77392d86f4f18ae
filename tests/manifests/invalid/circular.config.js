const app = { script: 'server.js' };
app.env = { app };
module.exports = { apps: [app] };
