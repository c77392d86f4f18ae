import path from 'node:path';

export default {
  apps: [{ name: 'api', script: path.join('src', 'server.js'), cwd: '.' }],
};
