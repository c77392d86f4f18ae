module.exports = {
  apps: [
    { name: 'api', script: ] },
  ],
};
