module.exports = {
  apps: [
    { name: 'all', script: 'dist/main.js', instances: 0, exec_mode: 'cluster_mode' },
    { name: 'all-but-one', script: 'dist/main.js', instances: -1 },
    { name: 'half', script: 'dist/main.js', instances: '50%' },
  ],
};
