module.exports = {
  apps: [
    { name: 'report', script: 'tasks/report.py', env: { TOKEN: 1 } },
    { name: 'venv', script: 'tasks/report.py', interpreter: './venv/bin/python', args: '-v --out "a file.txt"' },
  ],
};
