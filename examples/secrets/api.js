// Answers who knows the token. All that it has been told is in its environment.
'use strict';

const crypto = require('node:crypto');
const http = require('node:http');

const { API_TOKEN, DATABASE_URL, PORT, SHOP_NAME } = process.env;

const digest = (text) => crypto.createHash('sha256').update(text).digest();
const expected = digest(`Bearer ${API_TOKEN}`);

const server = http.createServer((request, response) => {
  const known = crypto.timingSafeEqual(digest(request.headers.authorization ?? ''), expected);
  response.statusCode = known ? 200 : 401;
  response.end(known ? `${SHOP_NAME}\n` : 'who are you?\n');
});

server.listen(Number(PORT), () => {
  const { host, username } = new URL(DATABASE_URL);
  console.log(`listening on port ${server.address().port}, the database is at ${host}, as ${username}`);
  process.send?.('ready');
});

process.on('SIGTERM', () => {
  server.close(() => process.exit(0));
  server.closeIdleConnections();
});
