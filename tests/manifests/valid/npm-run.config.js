module.exports = {
  apps: [
    { name: 'shop', cwd: 'shop', script: 'npm', args: 'run start:prod', instances: 1 },
    { name: 'line', cwd: 'shop', script: 'npm start -- --from line' },
  ],
};
