const shared = require('./not-there');

module.exports = { apps: [{ script: shared.script }] };
