"""`oom-killed`: the kernel has killed an app because the memory of its control group ran out."""

import json
import os
import signal
import sys

from manifest_case import ManifestCase
from memory_group import LIMIT, MemoryGroup
from support import main, only_as_root

# Takes more than that, the first time that it is run.
HOG = """
import os, sys, time
first = not os.path.exists(sys.argv[1])
open(sys.argv[1], "a").close()
if first:
    data = bytearray(600_000_000)
    data[::4096] = b"x" * len(data[::4096])
print("small", flush=True)
time.sleep(1000)
"""


class OomKill(ManifestCase):
    def setUp(self):
        super().setUp()
        self.group = MemoryGroup(self)

    def events(self, records, name):
        return [record for record in records if record.get("event") == name]

    @only_as_root
    def test_who_was_killed_by_the_kernel_is_said_and_restarted(self):
        init = self.init({"name": "hog", "command": [sys.executable, "-c", HOG,
                                                     str(self.folder / "m")]},
                         {"name": "other", "command": "sleep 999"},
                         popen={"preexec_fn": self.group.enter})
        said = self.until(init, '"oom-killed"')
        self.assertEqual((said["app"], said["level"], said["limit_bytes"]), ("hog", "error", LIMIT))
        self.assertIn("256.0 MiB", said["msg"])
        exited = self.until(init, '"exited"')
        self.assertEqual((exited["pid"], exited["signal"]), (said["pid"], "SIGKILL"))
        self.assertIn("restart 1", exited["msg"])
        small = self.until(init, '"small"')
        # Somebody's SIGKILL, in a group in which the kernel has killed before, is not the kernel's.
        os.kill(small["pid"], signal.SIGKILL)
        self.until(init, '"small"')
        init.signal(signal.SIGTERM)
        code, records = self.records(init)
        self.assertEqual(code, 0)
        self.assertEqual(len(self.events(records, "oom-killed")), 1)
        self.assertIn("SIGKILL", [record["signal"] for record in self.events(records, "exited")
                                  if record["pid"] == small["pid"]])

    @only_as_root
    def test_also_of_one_command(self):
        init = self.start_line("pmx-init", ["--", sys.executable, "-c", HOG, str(self.folder / "m")],
                               preexec_fn=self.group.enter)
        code, out, err = init.output()
        self.assertEqual((code, err), (137, ""))
        (said,) = self.events([json.loads(line) for line in out.splitlines()], "oom-killed")
        self.assertEqual(said["limit_bytes"], LIMIT)


if __name__ == "__main__":
    main()
