#!/usr/bin/env python3
"""One command touches nothing of what lies behind the gap in the release program: of that mapping no
page is resident (packaging/layout.ld). What is missing there brings all of it into memory.
usage: layout_test.py PROGRAM"""
import pathlib
import re
import signal
import subprocess
import sys
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
        """kB of each mapping of the program's code, when its command has got a signal."""
        with subprocess.Popen([PROGRAM, *arguments, "--", sys.executable, "-c", COMMAND],
                              stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, text=True) as running:
            self.assertTrue(any("is up" in line for line in running.stdout))
            running.send_signal(signal.SIGWINCH)
            self.assertTrue(any("has heard" in line for line in running.stdout))
            maps = pathlib.Path(f"/proc/{running.pid}/smaps").read_text()
            running.terminate()
            running.communicate()
        code = re.findall(r"r-xp [^\n]*/([^/\n]*)\n(?:[^\n]*\n){3}Rss: +(\d+) kB", maps)
        return [int(kilobytes) for name, kilobytes in code if name == pathlib.Path(PROGRAM).name]

    def test_one_command_needs_the_first_part_alone(self):
        for arguments in (("--log", "raw"), ("--log", "json"), ("--log", "text"), ("-g",)):
            with self.subTest(arguments):
                first, others = self.resident(*arguments)
                self.assertGreater(first, 0)
                self.assertEqual(others, 0, "what was touched there has to be in packaging/layout.ld")


if __name__ == "__main__":
    unittest.main(argv=sys.argv[:1])
