#!/usr/bin/env python3
"""One command touches nothing of what lies behind the gaps in the release program: of those mappings no
page is resident (packaging/layout.ld). What is missing there brings all of them into memory.
usage: layout_test.py PROGRAM"""
import json
import pathlib
import re
import signal
import subprocess
import sys
import tempfile
import unittest

PROGRAM = sys.argv[1]
COMMAND = """
import signal
signal.signal(signal.SIGWINCH, lambda *_: print("has heard", flush=True))
print("is up", flush=True)
while True: signal.pause()
"""


class Layout(unittest.TestCase):
    def resident(self, *arguments):
        """Size and kB in memory of each mapping of the program's code, when its command has got a signal."""
        with subprocess.Popen([PROGRAM, *arguments], stdin=subprocess.DEVNULL, stdout=subprocess.PIPE,
                              text=True) as running:
            self.assertTrue(any("is up" in line for line in running.stdout))
            running.send_signal(signal.SIGWINCH)
            self.assertTrue(any("has heard" in line for line in running.stdout))
            maps = pathlib.Path(f"/proc/{running.pid}/smaps").read_text()
            running.terminate()
            running.communicate()
        code = re.findall(r"r-xp [^\n]*/([^/\n]*)\nSize: +(\d+) kB\n(?:[^\n]*\n){2}Rss: +(\d+) kB", maps)
        return [(int(size), int(kilobytes)) for name, size, kilobytes in code if name == pathlib.Path(PROGRAM).name]

    def test_one_command_needs_the_first_part_alone(self):
        for arguments in (("--log", "raw"), ("--log", "json"), ("--log", "text"), ("-g",)):
            with self.subTest(arguments):
                (_, first), *others = self.resident(*arguments, "--", sys.executable, "-c", COMMAND)
                self.assertGreater(first, 0)
                self.assertEqual([kilobytes for _, kilobytes in others], [0, 0],
                                 "what was touched there has to be in packaging/layout.ld")

    def test_a_supervisor_gives_back_what_has_read_its_manifest(self):
        with tempfile.NamedTemporaryFile("w", suffix=".json") as manifest:
            json.dump({"apps": [{"command": [sys.executable, "-c", COMMAND]}]}, manifest)
            manifest.flush()
            _, (size, commands), (_, others) = self.resident("--control", "off", "run", manifest.name)
        self.assertGreater(others, 0)
        self.assertLess(commands, size)


if __name__ == "__main__":
    unittest.main(argv=sys.argv[:1])
