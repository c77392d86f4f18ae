#!/usr/bin/env python3
"""Each rule of tests/lint is broken once, in a tree of its own, and has to be noticed."""
import pathlib
import subprocess
import sys
import tempfile
import unittest

LINT = pathlib.Path(__file__).parent
HEADER = "// The vocabulary of this example.\n#pragma once\n"


def lint(script, *arguments):
    return subprocess.run([sys.executable, "-B", LINT / script, *arguments], capture_output=True,
                          text=True)


class Rules(unittest.TestCase):
    def setUp(self):
        folder = tempfile.TemporaryDirectory()
        self.addCleanup(folder.cleanup)
        self.root = pathlib.Path(folder.name) / "src"
        self.write("base/time.h", HEADER)
        self.write("core/life.h", HEADER + '#include "base/time.h"\n')

    def write(self, name, text):
        path = self.root / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text)

    def assert_refused(self, script, complaint):
        done = lint(script, self.root)
        self.assertIn(complaint, done.stdout)
        self.assertEqual(done.returncode, 1)

    def test_a_good_tree_passes(self):
        for script in ("check_layers.py", "check_files.py"):
            self.assertEqual(lint(script, self.root).returncode, 0)

    def test_an_empty_tree_is_not_a_good_one(self):
        for script in ("check_layers.py", "check_files.py"):
            self.assertEqual(lint(script, self.root / "nothing").returncode, 1)

    def test_a_floor_does_not_include_one_above(self):
        self.write("base/text.h", HEADER + '#include "core/life.h"\n')
        self.assert_refused("check_layers.py", "base/ must not include core/life.h")

    def test_core_and_os_do_not_know_each_other(self):
        self.write("os/clock.h", HEADER)
        self.write("core/when.h", HEADER + '#include "os/clock.h"\n')
        self.assert_refused("check_layers.py", "core/ must not include os/clock.h")

    def test_units_do_not_cycle(self):
        self.write("core/a.h", HEADER + '#include "core/b.h"\n')
        self.write("core/b.cc", '#include "core/a.h"\n')
        self.assert_refused("check_layers.py", "core/a -> core/b -> core/a")

    def test_a_name_means_one_thing_on_a_floor(self):
        self.write("core/a.cc", "constexpr int kMost = 1;\nusing Words = int;\n")
        self.write("core/b.cc", "constexpr int kMost = 2;\nusing Words = int;\n")
        self.write("os/c.cc", "constexpr int kMost = 3;\n")
        self.assert_refused("check_files.py", "b.cc: mean something else by kMost each")
        self.write("core/b.cc", "using Words = int;\n")
        self.assertEqual(lint("check_files.py", self.root).returncode, 0)

    def test_a_pure_floor_includes_no_system_header(self):
        for header in ("unistd.h", "sys/wait.h", "csignal", "time.h", "cap-ng.h"):
            self.write("codec/lines.cc", f"#include <{header}>\n")
            self.assert_refused("check_layers.py", f"must not include <{header}>")

    def test_an_include_names_a_file_from_the_root(self):
        self.write("core/lost.cc", '#include "life.h"\n')
        self.assert_refused("check_layers.py", "is not a file")

    def test_no_file_stands_outside_the_floors(self):
        self.write("util/all.h", HEADER)
        self.assert_refused("check_layers.py", "util/ is not a floor")

    def test_a_file_is_at_most_400_lines(self):
        self.write("core/long.cc", "//\n" * 401)
        self.assert_refused("check_files.py", "401 lines")

    def test_a_header_says_what_it_is_for(self):
        self.write("core/mute.h", "#pragma once\n")
        self.assert_refused("check_files.py", "naming the file's job")

    def test_a_header_is_included_once(self):
        self.write("core/twice.h", "// Something that is there twice.\n")
        self.assert_refused("check_files.py", "no #pragma once")

    def test_the_pure_library_calls_no_system(self):
        calls = {
            "read": "#include <unistd.h>\nlong f(char* p) { return read(0, p, 1); }",
            "getenv": "#include <cstdlib>\nchar* f() { return std::getenv(\"A\"); }",
            "steady_clock::now": "#include <chrono>\n"
                                 "auto f() { return std::chrono::steady_clock::now(); }",
        }
        for name, text in calls.items():
            source, library = self.root / "f.cc", self.root / "f.o"
            source.write_text(text + "\n")
            subprocess.run(["g++", "-std=c++23", "-O2", "-c", source, "-o", library], check=True)
            done = lint("check_symbols.py", library)
            self.assertIn(name, done.stdout)
            self.assertEqual(done.returncode, 1)

    def test_a_library_that_only_computes_is_pure(self):
        source, library = self.root / "f.cc", self.root / "f.o"
        source.write_text('#include <cstring>\nlong f(char* p) { return std::strlen(p); }\n')
        subprocess.run(["g++", "-O2", "-c", source, "-o", library], check=True)
        self.assertEqual(lint("check_symbols.py", library).returncode, 0)


if __name__ == "__main__":
    unittest.main()
