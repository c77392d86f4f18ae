module.exports = {
  apps: [
    { name: 'nothing', script: 'server.js', filter_env: true, env: { PATH: process.env.PATH, PORT: 1 } },
    { name: 'exact', script: 'server.js', filter_env: 'LANG' },
    { name: 'parts', script: 'server.js', filter_env: ['SECRET_', 'TOKEN'] },
  ],
};
