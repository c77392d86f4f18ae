"""One cluster under test: pmx-init runs an app of two workers, and its records are waited for."""

import json
import os
import pathlib
import queue
import signal
import subprocess
import sys
import threading
import time
from concurrent.futures import ThreadPoolExecutor

from clients import PATIENCE

sys.path.append(str(pathlib.Path(__file__).resolve().parents[1] / "support"))
from free_port import free_port  # noqa: E402


class Cluster:
    """`records` are all that were read so far."""

    _count = 0

    def __init__(self, binary, runtime, client_node, folder, feature):
        Cluster._count += 1
        self.binary = binary
        self.runtime = runtime
        self.client_node = client_node  # what clients that are JavaScript run with
        self.folder = folder
        self.port = free_port()
        self.env = {"PORT": self.port, **feature.env(folder)}
        self.hooked = feature.hooked
        # What is known not to come is not waited for as long.
        self._patience = 10 if runtime.name in feature.without else PATIENCE
        self.records = []
        self._arrived = queue.Queue()
        app = {"name": "c", "script": str(folder / feature.script), "interpreter": runtime.program,
               "instances": 2, "exec_mode": "cluster", "listen_timeout": "60s", "env": self.env,
               **feature.keys(self)}
        manifest = folder / f"apps-{Cluster._count}.json"
        self._control = f"@pmx-compat.{os.getpid()}.{Cluster._count}"
        manifest.write_text(json.dumps({"apps": [app], "control": self._control}))
        environment = {name: value for name, value in os.environ.items()
                       if not name.startswith(("NODE_", "BUN_", "PMX_"))}
        self._process = subprocess.Popen([binary, "--log", "json", "run", str(manifest)], env=environment,
                                         stdin=subprocess.DEVNULL, stdout=subprocess.PIPE,
                                         stderr=subprocess.STDOUT, cwd=folder)
        self._reader = threading.Thread(target=self._read, daemon=True)
        self._reader.start()

    def _read(self):
        with self._process.stdout:
            for line in self._process.stdout:
                self._arrived.put(line.decode("utf-8", "replace"))
        self._arrived.put(None)

    def __enter__(self):
        return self

    def __exit__(self, *_):
        if self._process.poll() is not None:
            return
        self._process.terminate()
        try:
            self._process.wait(30)
        except subprocess.TimeoutExpired:
            for child in self._children():  # nobody else would end them
                os.kill(child, signal.SIGKILL)
            self._process.kill()
            self._process.wait()

    def _children(self):
        pid = self._process.pid
        with open(f"/proc/{pid}/task/{pid}/children", encoding="ascii") as children:
            return list(map(int, children.read().split()))

    def _next(self, deadline, what):
        try:
            line = self._arrived.get(timeout=max(0, deadline - time.monotonic()))
        except queue.Empty:
            raise AssertionError(f"waited {self._patience} s in vain for {what}; "
                                 f"{self.last_words()}") from None
        if line is None:
            raise AssertionError(f"the end came before {what}; {self.last_words()}")
        try:
            record = json.loads(line)
        except ValueError:
            record = {"msg": line}
        self.records.append(record)

    def wait_for(self, count, what, matches):
        """Until so many of all records, earlier ones too, are like this; gives those."""
        deadline = time.monotonic() + self._patience
        while len(found := [record for record in self.records if matches(record)]) < count:
            self._next(deadline, what)
        return found

    def ready(self, count=2):
        """A worker of Bun never says that it listens, so that it is online when it runs."""
        event = "started" if self.runtime.name == "bun" else "ready"
        return self.wait_for(count, f"{count} {event}", lambda record: record.get("event") == event)

    def command(self, *words):
        return subprocess.Popen([self.binary, "--control", self._control, *words], text=True,
                                stdin=subprocess.DEVNULL, stdout=subprocess.PIPE,
                                stderr=subprocess.STDOUT)

    def said(self, count, start):
        return [record["msg"] for record in self.wait_for(
            count, f"{count} times {start!r}", lambda record: record.get("msg", "").startswith(start)
            and record.get("stream") == "stdout")]

    def last_words(self):
        words = [record.get("msg") or json.dumps(record) for record in self.records[-8:]]
        return "last: " + " | ".join(words)[-900:]

    def end(self):
        """SIGTERM, after which pmx-init has to end with 0."""
        self._process.send_signal(signal.SIGTERM)
        deadline = time.monotonic() + PATIENCE
        code = self._process.wait(PATIENCE)
        self._reader.join(max(0, deadline - time.monotonic()))
        while not self._arrived.empty() and (line := self._arrived.get()) is not None:
            self.records.append(json.loads(line))
        if code != 0:
            raise AssertionError(f"pmx-init ended with {code}; {self.last_words()}")


def both(ask, at_once=1, besides=frozenset()):
    """Asks until two workers have answered, or one that is none of `besides`; gives an answer of each
    by its pid. Where the kernel chooses the worker it only takes the other if several come at once."""
    answers = {}
    wanted = 1 if besides else 2
    deadline = time.monotonic() + PATIENCE
    with ThreadPoolExecutor(at_once) as pool:
        while len(answers.keys() - besides) < wanted:
            if time.monotonic() > deadline:
                raise AssertionError(f"after {PATIENCE} s only worker {sorted(answers)} had answered")
            for answer in pool.map(lambda _: ask(), range(at_once)):
                answers[answer["pid"]] = answer
    return answers
