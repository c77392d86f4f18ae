"""Apps that speak over the channel of Node: real ones, and one that says what no node would."""

import itertools
import json
import os
import shutil
import subprocess

from manifest_case import ManifestCase
from support import OWN, program

NODE = shutil.which("node")
NUMBERS = itertools.count()
# A program that is not node, with what it needs to speak over the channel.
SPEAKER = """
import os, sys
fd = int(os.environ["NODE_CHANNEL_FD"])
def say(data):
    while data:
        data = data[os.write(fd, data):]
"""


class ChannelCase(ManifestCase):
    def setUp(self):
        super().setUp()
        self.socket = f"@pmx-init.test.{os.getpid()}.{next(NUMBERS)}"

    def script(self, text, name="app.js"):
        path = self.folder / name
        path.write_text(text)
        return str(path)

    def node(self, text, **keys):
        return {"name": "node", "script": self.script(text), **keys}

    def speaker(self, text, **keys):
        return {"name": "speaker", "interpreter": "python3", "interpreter_args": "-u",
                "script": self.script(SPEAKER + text, f"speaker{next(NUMBERS)}.py"), "ipc": True,
                **keys}

    def controlled(self, *apps):
        return self.init(*apps, options=["--control", self.socket])

    def ask(self, *words):
        return subprocess.run([program(OWN), "--control", self.socket, *words], text=True,
                              stdin=subprocess.DEVNULL, capture_output=True, timeout=60)

    def listed(self, name):
        done = self.ask("list", "--json", name)
        self.assertEqual((done.returncode, done.stderr), (0, ""))
        return json.loads(done.stdout)[0]

    def said(self, init):
        code, records = self.records(init)
        self.assertEqual(code, 0, records)
        return [record["msg"] for record in records if "stream" in record]
