"""The manifests of tests/manifests: what `check` says about each of invalid/, word by word, and that
the apps of each of valid/ really run, each telling how it was started.

Beside invalid/NAME stands invalid/NAME.expected, all that `check` prints; beside valid/NAME stands
valid/NAME.expected: first the options of `run`, if any, then each line that an app wrote, as
"app[instance] line", sorted.
PMX_UPDATE=1 writes these files anew, to be reviewed in the diff.
"""

import os
import pathlib
import shutil
import signal
import subprocess
import tempfile
import unittest

import records
from support import OWN, PATIENCE, Init, TestCase, main, program

MANIFESTS = pathlib.Path(__file__).resolve().parent.parent / "manifests"
UPDATES = os.environ.get("PMX_UPDATE") == "1"
# PID 1 stays for their next time; they are stopped when each of their processes has ended.
STAYING = {"cron.config.js"}


def manifests_of(folder):
    """Every manifest below it. Two package.json are for npm and for node."""
    endings = (".json", ".config.js", ".config.cjs", ".config.mjs", ".yaml", ".yml")
    return sorted(path.relative_to(MANIFESTS / folder).as_posix()
                  for path in (MANIFESTS / folder).rglob("*")
                  if path.name.endswith(endings) and path.parent.name not in ("shop", "esm")
                  or path.name == "ecosystem.config.js")


class ManifestsTestCase(TestCase):
    def setUp(self):
        super().setUp()
        scratch = tempfile.TemporaryDirectory()
        self.addCleanup(scratch.cleanup)
        self.folder = pathlib.Path(scratch.name).resolve() / "manifests"
        shutil.copytree(MANIFESTS, self.folder)
        valid = self.folder / "valid"
        self.environment = {
            "PATH": f"{valid}/stubs:{os.environ['PATH']}", "HOME": f"{valid}/home",
            "LANG": "C.UTF-8", "SECRET_TOKEN": "inherited", "TOKEN": "inherited",
            "npm_config_cache": scratch.name, "npm_config_update_notifier": "false"}
        # So that "max" is the same everywhere.
        every = os.sched_getaffinity(0)
        self.addCleanup(os.sched_setaffinity, 0, every)
        os.sched_setaffinity(0, {min(every)})

    def compare(self, where, name, got):
        expected = MANIFESTS / where / f"{name}.expected"
        got = got.replace(str(self.folder / where), "{FOLDER}")
        if UPDATES:
            expected.write_text(got)
        self.assertEqual(got, expected.read_text())

    def check(self, folder, name):
        return subprocess.run([program(OWN), "check", name], cwd=self.folder / folder, text=True,
                              stdin=subprocess.DEVNULL, capture_output=True, timeout=PATIENCE,
                              env=self.environment, check=False)


class Invalid(ManifestsTestCase):
    def test_every_problem_is_named_with_its_place_and_what_would_be_right(self):
        names = manifests_of("invalid")
        self.assertGreaterEqual(len(names), 60)
        for name in names:
            with self.subTest(name):
                done = self.check("invalid", name)
                self.assertEqual((done.returncode, done.stdout), (2, ""))
                lines = done.stderr.splitlines()
                # What a program says of its own error may have several.
                for line in lines[:1] if ".config." in name else lines:
                    self.assertTrue(line.startswith(f"{name}:"), line)
                self.compare("invalid", name, done.stderr)

    def test_every_expectation_has_its_manifest(self):
        for folder in ("invalid", "valid"):
            names = {path.relative_to(MANIFESTS / folder).as_posix().removesuffix(".expected")
                     for path in (MANIFESTS / folder).rglob("*.expected")}
            self.assertEqual(names - set(manifests_of(folder)), set())


class Valid(ManifestsTestCase):
    def options_of(self, name):
        """The first line of the expectation, where it begins with "run": options for this run."""
        expected = MANIFESTS / "valid" / f"{name}.expected"
        first = expected.read_text().partition("\n")[0] if expected.exists() else ""
        return (first + "\n", first.split()[1:]) if first.startswith("run ") else ("", [])

    def run_manifest(self, name, options):
        init = Init([program(OWN), "--restart", "never", *options, "run", name],
                    cwd=self.folder / "valid", env={**dict.fromkeys(os.environ), **self.environment})
        self.addCleanup(init.end)
        if name in STAYING:
            init.stdout.wait_for('"event":"exited"')
            init.signal(signal.SIGTERM)
        code, out, err = init.output()
        self.assertEqual(err.replace(str(self.folder), "{FOLDER}"), "")
        return code, records.parse_all(out)

    def check_run(self, name):
        done = self.check("valid", name)
        self.assertEqual((done.returncode, done.stderr), (0, ""))
        first, options = self.options_of(name)
        code, told = self.run_manifest(name, options)
        lines = sorted(f"{record['app']}[{record['instance']}] {record['msg']}\n"
                       for record in told if "stream" in record and not is_of_npm(record["msg"]))
        self.assertEqual(code, 0, told)
        started = {record["app"] for record in told if record.get("event") == "started"}
        self.assertEqual(started, {line.partition("[")[0] for line in lines})
        self.compare("valid", name, first + "".join(lines))

    def test_each_of_them_starts_its_apps(self):
        names = manifests_of("valid")
        self.assertGreaterEqual(len(names), 40)
        for name in names:
            with self.subTest(name):
                self.check_run(name)


def is_of_npm(line):
    """What npm says around a script, which differs by its version."""
    return not line.strip() or line.startswith(("> ", "npm "))


if __name__ == "__main__":
    main()
