const path = require('path');
const { version } = require('./shop/package.json');

const port = process.env.PORT_OF_THE_TESTS || 8080;

module.exports = {
  apps: [
    {
      name: `shop-${version}`,
      cwd: path.join(__dirname, 'shop'),
      script: path.join(__dirname, 'shop', 'server.js'),
      env: {
        NODE_ENV: process.env.NODE_ENV || 'production',
        PORT: port,
        RELEASE: version,
        REDIS_URL: undefined,
      },
    },
  ],
};
