"""`--termination-log`: why the container ended, for Kubernetes."""

import json
import os
import re
import signal
import subprocess
import sys

from manifest_case import ManifestCase
from support import OWN, Init, main, program

FAILS = """
import sys
for n in range(14):
    print("stderr line", n, file=sys.stderr)
print("not this")
sys.exit(3)
"""


class TerminationLog(ManifestCase):
    def setUp(self):
        super().setUp()
        self.file = self.folder / "termination-log"
        self.file.write_text("of before")
        self.options = ("--termination-log", str(self.file))

    def command(self, *words, options=()):
        init = Init([program(OWN), *self.options, *options, "--", *words])
        self.addCleanup(init.end)
        return init.output()[0]

    def test_the_exit_and_the_last_lines_of_stderr(self):
        self.assertEqual(self.command(sys.executable, "-c", FAILS), 3)
        first, *lines = self.file.read_text().splitlines()
        self.assertRegex(first, r"^python3?[0-9.]*\[0\] exited with code 3 after \d+ ms$")
        self.assertEqual(lines, [f"stderr line {n}" for n in range(4, 14)])

    def test_of_several_apps_that_which_decided(self):
        init = self.init({"name": "quiet", "command": "sleep 3600"},
                         {"name": "worker", "command": [sys.executable, "-c", FAILS],
                          "autorestart": False, "critical": True}, options=self.options)
        self.assertEqual(self.records(init)[0], 3)
        first, *lines = self.file.read_text().splitlines()
        self.assertRegex(first, r"^worker\[0\] exited with code 3 ")
        self.assertEqual(len(lines), 10)

    def test_nothing_of_an_app_that_has_gone_is_told_of_another(self):
        control = f"@pmx-init.test.{os.getpid()}.termination"
        ask = [program(OWN), "--control", control]
        said = "echo its own business >&2; exec sleep 1000"
        init = self.init({"name": "old", "command": ["sh", "-c", said]},
                         {"name": "stays", "command": ["sleep", "1000"]},
                         options=(*self.options, "--control", control))
        init.stdout.until("its own business")
        subprocess.run([*ask, "delete", "old"], check=True, stdout=subprocess.DEVNULL)
        path = self.folder / "next.json"
        path.write_text(json.dumps({"apps": [
            {"name": "stays", "command": ["sleep", "1000"]},
            {"name": "new", "command": ["sh", "-c", "exit 1"], "autorestart": False,
             "critical": True}]}))
        subprocess.run([*ask, "apply", str(path)], check=False, capture_output=True)
        self.assertEqual(init.exit_code(), 1)
        text = self.file.read_text()
        self.assertRegex(text, r"^new\[0\] exited with code 1 ")
        self.assertNotIn("its own business", text)

    def test_a_good_end_leaves_it_alone(self):
        self.assertEqual(self.command("true"), 0)
        self.assertEqual(self.file.read_text(), "of before")

    def test_a_file_that_is_not_there_is_not_made(self):
        self.file.unlink()
        self.assertEqual(self.command("false"), 1)
        self.assertFalse(self.file.exists())

    def test_no_more_than_kubernetes_shows(self):
        code = "import sys; sys.stderr.write(('y' * 999 + '\\n') * 50); sys.exit(1)"
        self.assertEqual(self.command(sys.executable, "-c", code), 1)
        text = self.file.read_text()
        self.assertLessEqual(len(text), 4096)
        self.assertEqual(text.splitlines()[1:], ["y" * 999] * 4)

    def test_of_a_line_that_is_too_long_the_end(self):
        code = "import sys; sys.stderr.write('y' * 9000 + ' the end\\n'); sys.exit(1)"
        self.assertEqual(self.command(sys.executable, "-c", code), 1)
        text = self.file.read_text()
        self.assertLessEqual(len(text), 4096)
        self.assertRegex(text, r"yyy the end\n$")

    def test_who_cannot_be_started_for_another_s_sake(self):
        init = self.init({"name": "migrate", "command": "false", "autorestart": False},
                         {"name": "api", "command": "true", "critical": True,
                          "depends_on": {"migrate": "completed"}}, options=self.options)
        self.assertEqual(init.exit_code(), 1)
        self.assertRegex(self.file.read_text(), r"^api\[0\] is never started: it depends on migrate, ")

    def test_what_follows_its_stop_is_not_its_end(self):
        init = self.init({"name": "api", "command": "sh -c 'exit 3'", "critical": True,
                          "autorestart": False, "post_stop": {"command": "false"}},
                         options=self.options)
        self.assertEqual(init.exit_code(), 3)
        self.assertRegex(self.file.read_text(), r"^api\[0\] exited with code 3 ")

    def test_a_signal(self):
        self.assertEqual(self.command("sh", "-c", "echo last >&2; kill -KILL $$"), 137)
        self.assertTrue(re.fullmatch(r"sh\[0\] was ended by SIGKILL after \d+ ms\nlast\n",
                                     self.file.read_text()), self.file.read_text())

    def test_a_command_that_cannot_be_started(self):
        self.assertEqual(self.command("no-such-command"), 127)
        self.assertIn("could not be started: ", self.file.read_text())
        self.assertEqual(self.command("true", options=("--user", "nobody-of-this-name")), 125)
        self.assertIn("nobody-of-this-name", self.file.read_text())

    def test_stopped_and_killed(self):
        init = self.init({"name": "deaf", "command": "sh -c 'trap \"\" TERM; echo up; sleep 3600'",
                          "kill_timeout": 100, "treekill": True}, options=self.options)
        self.until(init, '"msg":"up"')
        init.signal(signal.SIGTERM)
        self.assertEqual(self.records(init)[0], 137)
        self.assertRegex(self.file.read_text(), r"^deaf\[0\] was ended by SIGKILL after \d+ ms\n$")


if __name__ == "__main__":
    main()
