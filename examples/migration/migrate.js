// Brings the database, a JSON file here, to the version that the API needs, one step after the other.
'use strict';

const fs = require('node:fs');

const file = process.env.DATABASE;
const steps = [
  () => ({ version: 1, jobs: [] }),
  (data) => ({ ...data, version: 2, done: 0 }),
];

function load() {
  try {
    return JSON.parse(fs.readFileSync(file, 'utf8'));
  } catch (error) {
    if (error.code === 'ENOENT') return { version: 0 };
    throw error;
  }
}

let data = load();
while (data.version < steps.length) {
  const next = steps[data.version](data);
  fs.writeFileSync(`${file}.new`, JSON.stringify(next));
  fs.renameSync(`${file}.new`, file); // all of a step or nothing of it
  console.log(`version ${data.version} to ${next.version}`);
  data = next;
}
console.log(`the database has version ${data.version}`);
