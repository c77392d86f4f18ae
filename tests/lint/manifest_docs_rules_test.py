#!/usr/bin/env python3
"""What page, schema and program have to agree on about the manifest is broken once, and has to be
noticed. Needs what check_manifest_docs.py needs."""
import pathlib
import shutil
import subprocess
import sys
import tempfile
import unittest

ROOT = pathlib.Path(__file__).resolve().parents[2]
PAGE, SCHEMA, NAMES = "docs/manifest.md", "docs/manifest.schema.json", "tests/manifests/pm2-attributes"


class ManifestPages(unittest.TestCase):
    def setUp(self):
        folder = tempfile.TemporaryDirectory()
        self.addCleanup(folder.cleanup)
        self.root = pathlib.Path(folder.name)
        for name in (PAGE, SCHEMA, NAMES):
            (self.root / name).parent.mkdir(parents=True, exist_ok=True)
            shutil.copy(ROOT / name, self.root / name)

    def refused(self, name, old, new, complaint):
        path = self.root / name
        text = path.read_text()
        self.assertIn(old, text)
        path.write_text(text.replace(old, new, 1))
        done = subprocess.run([sys.executable, "-B", ROOT / "tests/lint/check_manifest_docs.py",
                               self.root], capture_output=True, text=True)
        self.assertIn(complaint, done.stdout, done.stderr)
        self.assertEqual(done.returncode, 1)

    def test_a_key_is_on_the_page(self):
        self.refused(PAGE, "| `umask` |", "| umask |", "app umask: the program has")

    def test_the_page_has_no_key_of_its_own(self):
        self.refused(PAGE, "| `umask` |", "| `mask` |", "app mask: the program has None")

    def test_an_alias_is_on_the_page(self):
        self.refused(PAGE, "`script` (`exec`, `cmd`)", "`script`", "app script: the program has")

    def test_what_is_ignored_is_not_among_what_is_used(self):
        self.refused(PAGE, "| `umask` |", "| `vizion` | none | |\n| `umask` |", "app vizion: the pro")

    def test_a_key_is_in_the_schema(self):
        self.refused(SCHEMA, '"umask": {', '"mask": {', "app umask: used, but not in")

    def test_the_schema_has_no_key_of_its_own(self):
        self.refused(SCHEMA, '"umask": {', '"mask": {', "app mask: in docs/manifest.schema.json, and")

    def test_a_spelling_is_in_the_schema(self):
        self.refused(SCHEMA, "minUptime", "minUpTime", "app min_uptime: docs/manifest.schema.json")

    def test_a_key_has_a_description(self):
        self.refused(SCHEMA, '"description": "Sets PORT, whatever env says of it."', '"description": ""', "app port: has no")

    def test_what_is_ignored_is_marked_in_the_schema(self):
        self.refused(SCHEMA, '"vizion": {"description": "Ignored: there is no checkout in an image.", '
                     '"deprecated": true}', '"vizion": {"description": "?"}', "app vizion: ignored")

    def test_the_schema_takes_its_examples(self):
        self.refused(SCHEMA, '"examples": ["027"]', '"examples": ["927"]', "refuses its own example")

    def test_the_program_takes_the_examples_of_the_schema(self):
        self.refused(SCHEMA, '"examples": ["30s"]', '"examples": ["30000h"]',
                     "the program refuses an example of the schema: apps[")

    def test_a_key_of_a_map_is_on_the_page(self):
        for old, new, complaint in (
                ("| `log.on_full` |", "| on_full |", "app.log.on_full: not in docs/manifest.md, and known"),
                ("and `flush_timeout`;", "and the rest;", "top.log.flush_timeout: not in docs/manifest.md"),
                ('`{"level": "info", "multiline": "off"}`', '`{"level": "info"}`',
                 "app.log.stderr.multiline: not in docs/manifest.md"),
                ("| `{\"notify\": true}` |", "| notify |", "app.ready.notify: not in docs/manifest.md"),
                ("| `\"retries\"` |", "| retries |", "app.health.retries: not in docs/manifest.md"),
                ('"name": "admin", "backlog": 511', '"name": "admin"', "app.sockets.backlog: not in docs"),
                (', "timeout": "5m" }', " }", "app.pre_start.timeout: not in docs/manifest.md"),
                ("`keep` is all", "keep is all", "app.capabilities.keep: not in docs/manifest.md")):
            with self.subTest(complaint):
                self.setUp()
                self.refused(PAGE, old, new, complaint)

    def test_the_page_has_no_key_of_a_map_of_its_own(self):
        self.refused(PAGE, "| `\"retries\"` | – |", "| `\"retries\"` | 3 |",
                     "app.ready.retries: in docs/manifest.md, and unknown to the program")

    def test_a_key_of_a_map_is_in_the_schema(self):
        self.refused(SCHEMA, '"backlog": {', '"queue": {',
                     "app.sockets.backlog: not in docs/manifest.schema.json, and known")

    def test_the_schema_has_no_key_of_a_map_of_its_own(self):
        self.refused(SCHEMA, '"backlog": {', '"queue": {',
                     "app.sockets.queue: in docs/manifest.schema.json, and unknown")

    def test_names_that_pm2_has_are_known(self):
        self.refused(NAMES, "vizion", "vision", "vision: an attribute of pm2")

    def test_names_of_one_attribute_of_pm2_are_names_of_one_key(self):
        self.refused(NAMES, "merge_logs combine_logs", "merge_logs combine_logs err",
                     "err: another name of merge_logs in pm2, and of error_file here")


if __name__ == "__main__":
    unittest.main()
