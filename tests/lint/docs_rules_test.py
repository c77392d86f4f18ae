#!/usr/bin/env python3
"""Each rule about the pages is broken once, in a copy of them, and has to be noticed."""
import pathlib
import shutil
import subprocess
import sys
import tempfile
import unittest

ROOT = pathlib.Path(__file__).resolve().parents[2]
BENCHMARKS = """
| program | bytes |
| --- | ---: |
""" + "".join(f"| {name} | 1,000 |\n" for name in ("pmx-init", "tini-static", "dumb-init",
                                                     "catatonit"))
for head in ("added, us", "RSS, kB", "context switches", "signal, us", "CPU, ms"):
    BENCHMARKS += f"\n| {head} | median |\n| --- | ---: |\n" + "".join(
        f"| {name} | 12 |\n" for name in ("pmx-init --log json", "tini-static", "dumb-init",
                                           "catatonit"))
for head, column in (("500 lines", "million lines/s"), ("reader of the app", "complete runs")):
    BENCHMARKS += f"\n| {head} | {column} |\n| --- | ---: |\n" + "".join(
        f"| {name} | 7 |\n" for name in ("pmx-init --log json", "pm2-runtime --json"))
for head, columns in (("connections/s", "median"), ("cluster", "2 workers"),
                      ("failed of requests", "http, close | http, keep-alive")):
    width = 1 + columns.count("|")
    BENCHMARKS += f"\n| {head} | {columns} |\n| --- |{' ---: |' * width}\n" + "".join(
        f"| {name} |{' 5 |' * width}\n" for name in ("pmx-init, rr", "pm2-runtime"))


class Pages(unittest.TestCase):
    def setUp(self):
        folder = tempfile.TemporaryDirectory()
        self.addCleanup(folder.cleanup)
        self.root = pathlib.Path(folder.name)
        for name in ("docs", "examples", "src"):
            shutil.copytree(ROOT / name, self.root / name)
        for name in ("Dockerfile.example", "LICENSE", "packaging/NOTICES", "README.md"):
            (self.root / name).parent.mkdir(exist_ok=True)
            shutil.copy(ROOT / name, self.root / name)
        (self.root / "docs/benchmarks.md").write_text(BENCHMARKS)

    def change(self, name, old, new):
        path = self.root / name
        text = path.read_text()
        self.assertIn(old, text)
        path.write_text(text.replace(old, new, 1))

    def run_on_copy(self, script, *arguments):
        return subprocess.run([sys.executable, "-B", ROOT / script, *arguments, self.root],
                              capture_output=True, text=True)

    def assert_refused(self, complaint, script="tests/lint/check_docs.py"):
        done = self.run_on_copy(script)
        self.assertIn(complaint, done.stdout)
        self.assertEqual(done.returncode, 1)

    def test_the_pages_as_they_are_pass(self):
        for script in ("tests/lint/check_docs.py", "tests/lint/check_pm2_docs.py"):
            done = self.run_on_copy(script)
            self.assertEqual((done.returncode, done.stderr), (0, ""), done.stdout)

    def test_a_link_leads_to_a_page(self):
        self.change("README.md", "(docs/cli.md)", "(docs/clj.md)")
        self.assert_refused("README.md: links to docs/clj.md")

    def test_a_link_leads_to_a_heading(self):
        self.change("docs/log-record.md", "(cli.md#the-log)", "(cli.md#the-logs)")
        self.assert_refused("cli.md has no heading #the-logs")

    def test_the_floor_plan_names_every_unit(self):
        (self.root / "src/core/rollout.h").write_text("// A rolling reload.\n")
        self.assert_refused("core/rollout: in only one of")

    def test_the_floor_plan_names_no_unit_that_is_gone(self):
        (self.root / "src/os/terminal.h").unlink()
        (self.root / "src/os/terminal.cc").unlink()
        self.assert_refused("os/terminal: in only one of")

    def test_every_event_is_on_its_page(self):
        self.change("src/runtime/announcer.cc", '"dropped"', '"lost"')
        self.assert_refused("event lost: ")

    def test_the_fields_of_an_event_are_on_its_page(self):
        self.change("docs/log-record.md", "`code`, `signal`, `uptime_ms`", "`code`, `uptime_ms`")
        self.assert_refused("event exited: ")

    def test_a_link_in_an_example_leads_to_a_heading(self):
        self.change("examples/cron/README.md", "manifest.md#restarts", "manifest.md#restart")
        self.assert_refused("manifest.md has no heading #restart")

    def test_what_stands_beside_pm2s_commands_is_there(self):
        for old, new, complaint in (
                ("`pmx-init reset api`", "`pmx-init zero api`", "there is no pmx-init zero"),
                ("--stream stderr", "--pipe stderr", "pmx-init has no --pipe"),
                ("| `env_file` |", "| `env_files` |", "env_files is no key of docs/manifest.md")):
            with self.subTest(new):
                self.change("docs/from-pm2.md", old, new)
                self.assert_refused(complaint, "tests/lint/check_pm2_docs.py")
                self.change("docs/from-pm2.md", new, old)

    def test_a_command_of_an_example_is_there(self):
        self.change("examples/cron/README.md", "pmx-init stop report", "pmx-init halt report")
        self.assert_refused("README.md: there is no pmx-init halt", "tests/lint/check_pm2_docs.py")

    def test_figures_are_written_and_then_the_same(self):
        self.run_on_copy("bench/readme.py")
        self.assertEqual(self.run_on_copy("bench/readme.py", "--check").returncode, 0)

    def test_other_figures_are_noticed(self):
        self.run_on_copy("bench/readme.py")
        self.change("README.md", "| 12 |", "| 11 |")
        done = self.run_on_copy("bench/readme.py", "--check")
        self.assertIn("other figures", done.stderr)
        self.assertEqual(done.returncode, 1)

    def test_a_figure_that_was_not_measured_is_noticed(self):
        self.change("docs/benchmarks.md", "RSS, kB", "memory")
        done = self.run_on_copy("bench/readme.py", "--check")
        self.assertIn("no figure of pmx-init --log json under RSS", done.stderr)
        self.assertEqual(done.returncode, 1)


if __name__ == "__main__":
    unittest.main()
