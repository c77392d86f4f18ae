"""`pmx-init run` of a manifest that a test writes, and the records that it leaves."""

import json
import os
import pathlib
import socket
import subprocess
import sys
import tempfile

from support import OWN, PATIENCE, Init, TestCase, program

sys.path.append(str(pathlib.Path(__file__).resolve().parents[1] / "support"))
from free_port import free_port  # noqa: E402, F401 - for the tests


class ManifestCase(TestCase):
    def setUp(self):
        super().setUp()
        folder = tempfile.TemporaryDirectory()
        self.addCleanup(folder.cleanup)
        self.folder = pathlib.Path(folder.name)

    def init(self, *apps, options=(), popen=None, **top):
        path = self.folder / "apps.json"
        path.write_text(json.dumps({"apps": list(apps), **top}))
        init = Init([program(OWN), *options, "run", str(path)], **(popen or {}))
        self.addCleanup(init.end)
        return init

    def records(self, init):
        code, out, err = init.output()
        self.assertEqual(err, "")
        return code, [json.loads(line) for line in out.splitlines()]

    def until(self, init, *parts):
        """The next record whose line contains all of these."""
        line = ""
        while not all(part in line for part in parts):
            line = init.stdout.next()
        return json.loads(line)


class ControlCase(ManifestCase):
    """The same, with a place of its own at which it takes commands."""

    def setUp(self):
        super().setUp()
        self.control = f"@pmx-init.test.{os.getpid()}.{self.id()}"

    def init(self, *apps, options=(), **more):
        return super().init(*apps, options=("--control", self.control, *options), **more)

    def ask(self, *words):
        return subprocess.run([program(OWN), "--control", self.control, *words], text=True,
                              stdin=subprocess.DEVNULL, capture_output=True, timeout=PATIENCE,
                              check=False)

    def works(self, *words):
        """What the command prints."""
        done = self.ask(*words)
        self.assertEqual((done.returncode, done.stderr), (0, ""))
        return done.stdout

    def begin(self, *words):
        """Asks, and does not wait for the answer."""
        client = subprocess.Popen([program(OWN), "--control", self.control, *words],
                                  stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL,
                                  stderr=subprocess.DEVNULL)
        self.addCleanup(client.wait)
        self.addCleanup(client.kill)
        return client

    def connection(self):
        client = socket.socket(socket.AF_UNIX)
        self.addCleanup(client.close)
        client.connect("\0" + self.control[1:])  # before the time limit: it waits for a place
        client.settimeout(PATIENCE)
        return client

    def requested(self, command, **more):
        """What the running one says to a request, line by line."""
        request = json.dumps({"version": 1, "command": command, **more})
        with self.connection() as client, client.makefile() as replies:
            client.sendall(request.encode() + b"\n")
            for reply in map(json.loads, replies):
                yield reply
                if "ok" in reply:
                    return
