// An enum is more than a type: node alone, which only strips types, refuses it.
enum Kind { worker }

const { listen, who } = require('./who.js');

listen(require('http').createServer((_, response) => response.end(who({ kind: Kind.worker }))));
