// A closed loop of requests over ten HTTP/2 sessions until stdin ends; then what came of them.
// Arguments: the port, and "https" where it is TLS.
const http2 = require('http2');

let ends = false;
const answers = {};
const failures = [];
process.stdin.on('end', () => { ends = true; }).resume();

function ask(session) {
  return new Promise((resolve, reject) => {
    let text = '';
    const stream = session.request({ ':path': '/' });
    stream.setEncoding('utf8').on('data', (piece) => { text += piece; });
    stream.on('error', reject).on('close', () => {
      stream.rstCode === 0 ? resolve(text) : reject(new Error(`reset: ${stream.rstCode}`));
    });
    stream.end();
  });
}

async function run() {
  let session;
  while (!ends) {
    if (!session || session.closed) {
      session = http2.connect(`${process.argv[3] || 'http'}://127.0.0.1:${process.argv[2]}`,
        { rejectUnauthorized: false }).on('error', () => {});
    }
    try {
      const text = await ask(session);
      answers[text] = (answers[text] || 0) + 1;
      if (answers[text] === 1) console.log('answered');
    } catch (error) {
      failures.push(error.message);
      session = undefined;
    }
  }
  if (session) session.destroy();
}

Promise.all(Array.from({ length: 10 }, run))
  .then(() => console.log(JSON.stringify({ workers: Object.keys(answers).length, failures })));
