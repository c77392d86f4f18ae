export default {
  apps: [{ script: 'server.js' ],
};
