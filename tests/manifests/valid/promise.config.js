const { readFile } = require('fs/promises');

module.exports = readFile(`${__dirname}/secrets/token`, 'utf8').then((text) => ({
  apps: [{ name: 'api', script: 'server.js', env: { TOKEN: text.trim() } }],
}));
