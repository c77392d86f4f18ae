module.exports = {
  apps: [
    { name: 'cleanup', script: './tasks/cleanup.sh', args: 'now', interpreter: 'sh' },
    { name: 'entry', script: './tasks/entry', args: ['a', 'b c'], env: { LOG_LEVEL: 'debug' } },
    { name: 'none', script: 'tasks/entry', exec_interpreter: 'none', cwd: __dirname },
    { name: 'there', script: 'cleanup.sh', interpreter: '/bin/sh', cwd: './tasks' },
  ],
};
