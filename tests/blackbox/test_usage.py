"""Command lines and what they are answered, exactly: one folder of tests/cases/ each.

cmd        the command line as one would type it; the first word is the name we are called by
env        optional, NAME=value lines
expected   the exit code, then stdout and stderr, each after its own heading

The folder of the program is left out of what it says. In `expected` {version}, {pid}, {time} and {milliseconds} stand for what changes. PMX_ACCEPT=1 writes
down what is answered now; read the difference before you commit it.
"""

import os
import pathlib
import re
import shlex

from support import OWN, SCRATCH, TestCase, main

CASES = pathlib.Path(__file__).resolve().parent.parent / "cases"
WHAT_VARIES = {"{version}": r"\d+\.\d+\.\d+", "{pid}": r"\d+",
                "{time}": r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{6}Z", "{milliseconds}": r"\d+"}
ACCEPTING = os.environ.get("PMX_ACCEPT") == "1"


def as_text(code, stdout, stderr):
    return f"exit {code}\n--- stdout\n{stdout}--- stderr\n{stderr}"


def as_pattern(expected):
    pattern = re.escape(expected)
    for name, meaning in WHAT_VARIES.items():
        pattern = pattern.replace(re.escape(name), meaning)
    return re.compile(pattern)


def with_names_of_what_varies(text):
    text = re.sub(WHAT_VARIES["{time}"], "{time}", text)
    text = re.sub(r'"pid":\d+', '"pid":{pid}', text)
    text = re.sub(r'"uptime_ms":\d+', '"uptime_ms":{milliseconds}', text)
    text = re.sub(r"after \d+ ms", "after {milliseconds} ms", text)
    return re.sub(r"^pmx-init \d+\.\d+\.\d+$", "pmx-init {version}", text, flags=re.MULTILINE)


def read_variables(folder):
    path = folder / "env"
    lines = path.read_text(encoding="utf-8").splitlines() if path.exists() else []
    return dict(line.split("=", 1) for line in lines)


class Usage(TestCase):
    def check(self, folder):
        name, *arguments = shlex.split((folder / "cmd").read_text(encoding="utf-8"))
        got = as_text(*self.run_line(name, arguments, env=read_variables(folder)))
        got = got.replace(SCRATCH + "/", "")
        if ACCEPTING:
            (folder / "expected").write_text(with_names_of_what_varies(got), encoding="utf-8")
            return
        expected = (folder / "expected").read_text(encoding="utf-8")
        if not as_pattern(expected).fullmatch(got):
            self.assertEqual(got, expected)


def _test_of(folder):
    def test(self):
        self.check(folder)
    test.__doc__ = (folder / "cmd").read_text(encoding="utf-8").strip()
    return test


for _folder in sorted(CASES.iterdir()):
    setattr(Usage, f"test_{_folder.name.replace('-', '_')}", _test_of(_folder))


class Help(TestCase):
    def test_it_fits_one_screen(self):
        for option in ("--help", "-h", "help"):
            code, stdout, stderr = self.run_line(OWN, [option])
            self.assertEqual((code, stderr), (0, ""))
            # A terminal of 80 x 24, whose last line is the prompt.
            self.assertLessEqual(len(stdout.splitlines()), 23)
            self.assertLessEqual(max(map(len, stdout.splitlines())), 80)


if __name__ == "__main__":
    main()
