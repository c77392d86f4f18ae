const wait = (ms) => new Promise((resolve) => setTimeout(resolve, ms));

module.exports = async () => {
  await wait(1);
  return { apps: [{ name: 'api', script: 'server.js' }] };
};
