module.exports = {
  apps: [
    { name: 'bun', script: 'src/server.js', interpreter: 'bun' },
    { name: 'at-home', script: 'src/server.js', interpreter: '~/.bun/bin/bun' },
  ],
};
