#!/usr/bin/env python3
"""The built program starts, runs a command and passes its exit code on; also under an emulator.
usage: program_test.py [EMULATOR] PROGRAM"""
import subprocess
import sys
import unittest

PROGRAM = sys.argv[1:]


def run(*arguments):
    return subprocess.run([*PROGRAM, *arguments], capture_output=True, text=True, timeout=120,
                          stdin=subprocess.DEVNULL)


class Program(unittest.TestCase):
    def test_says_its_version(self):
        done = run("--version")
        self.assertEqual((done.returncode, done.stderr), (0, ""))
        self.assertRegex(done.stdout, r"^pmx-init \d+\.\d+\.\d+")

    def test_passes_the_exit_code_on(self):
        self.assertEqual(run("--log", "raw", "--", "sh", "-c", "exit 7").returncode, 7)

    def test_raw_output_is_the_commands_own(self):
        done = run("--log", "raw", "--", "echo", "two words")
        self.assertEqual((done.returncode, done.stdout), (0, "two words\n"))

    def test_json_output_is_one_record_a_line(self):
        done = run("--log", "json", "--quiet", "--", "echo", "two words")
        self.assertEqual(done.returncode, 0)
        self.assertIn('"msg":"two words"', done.stdout)


if __name__ == "__main__":
    unittest.main(argv=sys.argv[:1])
