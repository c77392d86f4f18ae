module.exports = () => ({
  apps: ['a', 'b'].map((name, i) => ({
    name: `worker-${name}`,
    script: 'worker.js',
    args: [name, i],
  })),
});
