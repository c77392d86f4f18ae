'use strict';
const { readFileSync } = require('fs');
const { listen, who } = require('./who.js');

const { CERTIFICATE, KEY } = process.env;
listen(require('http2').createSecureServer(
  { cert: readFileSync(CERTIFICATE), key: readFileSync(KEY) },
  (request, response) => response.end(who()),
));
