#!/usr/bin/env python3
"""Connections are handed to the workers of a cluster, and no memory is allocated for it.
usage: hand_over.py FAULT_PROGRAM   (needs node)"""
import http.client
import os
import pathlib
import signal
import subprocess
import sys
import tempfile

sys.path.append(str(pathlib.Path(__file__).resolve().parents[1] / "support"))
from free_port import free_port  # noqa: E402

PATIENCE = 120  # seconds: never a measure, only the end of all hope
FIRST, LAST = 200, 1200  # calls of accept(): those before have made the room that all others use
APP = """
require('http').createServer((request, response) => response.end(String(process.pid)))
  .listen(+process.env.PORT, () => console.log('listens'));
"""


def workers_that_answer(port, count):
    pids = set()
    for _ in range(count):
        connection = http.client.HTTPConnection("127.0.0.1", port, timeout=PATIENCE)
        connection.request("GET", "/", headers={"Connection": "close"})
        pids.add(connection.getresponse().read())
        connection.close()
    return pids


def check(program, balance, folder):
    report = folder / balance
    (folder / "app.js").write_text(APP)
    port = free_port()
    environment = {**os.environ, "PORT": str(port), "FAULT_REPORT": str(report), "FAULT_COUNTED": "accept4",
                   "FAULT_FIRST": str(FIRST), "FAULT_LAST": str(LAST), "ASAN_OPTIONS": "detect_leaks=0"}
    command = [program, "--log", "json", "--control", str(folder / "control"), "-i", "2", "--balance",
               balance, "--", "node", str(folder / "app.js")]
    with subprocess.Popen(command, env=environment, stdout=subprocess.PIPE, text=True) as init:
        try:
            for _ in range(2):
                while '"msg":"listens"' not in init.stdout.readline():
                    if init.poll() is not None:
                        return f"ended with {init.returncode}"
            workers = workers_that_answer(port, LAST)
        finally:
            init.send_signal(signal.SIGTERM)
            init.stdout.read()
    said = report.read_text() if report.exists() else "nothing was counted"
    print(f"{balance}: {LAST - FIRST} calls of accept(), {len(workers)} workers, {said.strip()}")
    is_fine = said == "allocations 0\n" and (len(workers) == 2 or balance == "sticky")
    return None if is_fine else f"{balance}: {said}"


def main():
    program = os.path.abspath(sys.argv[1])
    with tempfile.TemporaryDirectory(prefix="pmx-fault-") as folder:
        problems = [check(program, balance, pathlib.Path(folder)) for balance in ("rr", "least", "sticky")]
    print("\n".join(filter(None, problems)))
    return any(problems)


if __name__ == "__main__":
    sys.exit(main())
