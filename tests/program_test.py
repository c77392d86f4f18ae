#!/usr/bin/env python3
"""The built program starts, runs a command and passes its exit code on; also under an emulator.
usage: program_test.py [EMULATOR] PROGRAM"""
import os
import struct
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


@unittest.skipUnless("musl" in os.path.basename(os.path.dirname(PROGRAM[-1])), "not for release")
class ReleaseFile(unittest.TestCase):
    """ELF64, little-endian: elf(5)."""

    def setUp(self):
        with open(PROGRAM[-1], "rb") as file:
            self.bytes = file.read()
        header = struct.unpack_from("<16sHHIQQQIHHHHHH", self.bytes)
        self.segments = self.table(header[5], header[9], header[10])
        self.sections = self.table(header[6], header[11], header[12])

    def table(self, offset, size, count):
        return [offset + i * size for i in range(count)]

    def test_it_is_static(self):
        kinds = [struct.unpack_from("<I", self.bytes, at)[0] for at in self.segments]
        self.assertIn(1, kinds)  # PT_LOAD
        self.assertNotIn(2, kinds)  # PT_DYNAMIC
        self.assertNotIn(3, kinds)  # PT_INTERP

    def test_it_has_no_symbols(self):
        kinds = [struct.unpack_from("<II", self.bytes, at)[1] for at in self.sections]
        self.assertNotIn(2, kinds)  # SHT_SYMTAB


if __name__ == "__main__":
    unittest.main(argv=sys.argv[:1])
