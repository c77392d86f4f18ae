module.exports = {
  apps: [
    { name: 'ts', script: 'src/main.ts', interpreter: 'node', interpreter_args: '--no-warnings --require ./lib/tell.js' },
  ],
};
