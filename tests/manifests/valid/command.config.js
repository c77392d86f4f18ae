module.exports = {
  apps: [
    { name: 'text', command: 'node server.js --from "a text"' },
    { name: 'list', command: ['node', 'server.js', '--from', 'a list'] },
  ],
};
