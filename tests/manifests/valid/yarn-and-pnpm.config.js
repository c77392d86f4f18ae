module.exports = {
  apps: [
    { name: 'web', script: 'yarn', args: 'start', interpreter: 'none' },
    { name: 'api', script: 'pnpm', args: ['run', 'start:prod'] },
  ],
};
