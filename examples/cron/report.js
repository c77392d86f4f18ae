// A job: asks the server, prints a line, ends.
'use strict';

async function main() {
  const answer = await fetch(`http://127.0.0.1:${process.env.PORT}/report`, { method: 'POST' });
  const { visitors } = await answer.json();
  console.log(JSON.stringify({ level: 'info', msg: 'report', visitors }));
}

main();
