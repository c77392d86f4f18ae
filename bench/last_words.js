// An app that says a lot and then ends at once, as one does after a fatal error. What is still
// queued inside Node when process.exit() is called is lost: only a reader that keeps up saves it.
const detail = 'while handling an order of the customer, giving up after 3 attempts'.padEnd(76, '.');
for (let i = 0; i < 100000; i++) console.log(`last words ${String(i).padStart(9, '0')} ${detail}`);
process.exit();
