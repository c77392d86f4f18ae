"""`--trace` and `pmx-init replay`: what happened once happens again in the same way."""

import json
import os
import pathlib
import signal
import subprocess

from manifest_case import ControlCase
from support import OWN, Init, main, program

TRACES = pathlib.Path(__file__).parent.parent / "traces"


def replay(path, *options):
    return subprocess.run([program(OWN), "replay", str(path), *options], text=True,
                          stdin=subprocess.DEVNULL, capture_output=True, check=False, timeout=60)


class Replay(ControlCase):
    def setUp(self):
        super().setUp()
        self.trace = self.folder / "trace.jsonl"

    def traced(self, *apps, **top):
        return self.init(*apps, options=("--trace", str(self.trace)), **top)

    def traced_until_up(self, **more):
        init = self.traced({"name": "api", "command": ["sh", "-c", "echo up; exec sleep 1000"], **more})
        init.stdout.until('"msg":"up"')
        return init

    def same(self):
        """The replay, which found no difference."""
        done = replay(self.trace, "--json")
        self.assertEqual((done.returncode, done.stderr), (0, ""), done.stdout)
        found = json.loads(done.stdout)
        self.assertIsNone(found["difference"])
        return found

    def test_a_whole_life_with_hooks_failures_and_orders(self):
        sleep = ["sh", "-c", "echo up; exec sleep 1000"]
        init = self.traced(
            {"name": "api", "command": sleep, "depends_on": {"once": "completed"}, "instances": 2,
             "pre_start": "true", "post_stop": "true"},
            {"name": "once", "command": "true"},
            {"name": "bad", "command": ["sh", "-c", "exit 3"], "max_restarts": 3,
             "restart_delay": 1},
            exit_when="never", drain_delay=10)
        for _ in range(2):
            init.stdout.until('"msg":"up"')
        init.stdout.until("given up")
        self.works("restart", "api")
        self.works("scale", "api", "3")
        self.works("delete", "bad")
        init.signal(signal.SIGTERM)
        self.assertEqual(init.exit_code(), 0)
        self.assertGreater(self.same()["events"], 30)

    def test_who_is_replaced_side_by_side(self):
        init = self.traced_until_up(sockets=[f"@pmx-init.test.replay.{os.getpid()}"])
        self.works("reload", "api")
        init.signal(signal.SIGTERM)
        self.assertEqual(init.exit_code(), 0)
        self.same()

    def test_another_memory_limit_is_no_other_app(self):
        init = self.traced_until_up(max_memory_restart="500M")
        path = self.folder / "apps.json"
        path.write_text(path.read_text().replace("500M", "600M"))
        self.works("apply", str(path))
        self.works("restart", "api")
        init.signal(signal.SIGTERM)
        self.assertEqual(init.exit_code(), 0)
        self.same()

    def test_what_is_about_nobody_is_no_trace(self):
        init = self.traced_until_up()
        init.signal(signal.SIGTERM)
        init.exit_code()
        text = self.trace.read_text()
        self.trace.write_text(text.replace('{"Spawned":[0,', '{"Spawned":[7,'))
        self.assertEqual(replay(self.trace).returncode, 2)

    def test_of_one_command_too(self):
        init = Init([program(OWN), "--trace", str(self.trace), "-g", "-e", "3", "--", "sh", "-c",
                     "exit 3"])
        self.addCleanup(init.end)
        self.assertEqual(init.exit_code(), 0)
        self.same()

    def test_what_was_killed_is_a_trace_up_to_then(self):
        init = self.traced_until_up()
        pid = json.loads(self.works("list", "--json"))[0]["pid"]
        init.signal(signal.SIGKILL)
        init.exit_code()
        subprocess.run(["kill", "-9", str(pid)], check=True)
        with self.trace.open("a") as trace:
            trace.write('{"at":12')
        self.same()

    def test_no_secret_is_in_it(self):
        secret = self.folder / "secret"
        secret.write_text("hunter2")
        init = self.traced({"name": "api", "command": "true", "autorestart": False,
                            "env": {"A": {"file": str(secret)}, "B": "${A}", "C": "plain text"}})
        self.assertEqual(init.exit_code(), 0)
        self.assertNotIn("hunter2", self.trace.read_text())
        self.assertNotIn("plain text", self.trace.read_text())
        self.same()

    def test_the_first_difference_is_shown(self):
        init = self.traced({"name": "api", "command": ["sh", "-c", "exit 3"],
                            "autorestart": False})
        self.assertEqual(init.exit_code(), 3)
        lines = self.trace.read_text().splitlines()
        at = next(i for i, line in enumerate(lines) if '"Leave":[3]' in line)
        lines[at] = lines[at].replace('"Leave":[3]', '"Leave":[4]')
        self.trace.write_text("\n".join(lines) + "\n")
        done = replay(self.trace)
        self.assertEqual(done.returncode, 1)
        self.assertTrue(done.stdout.startswith(f"{self.trace}:{at}: after "), done.stdout)
        self.assertIn('recorded  [{"Leave":[4]}]\n  replayed  [{"Leave":[3]}]\n', done.stdout)
        found = json.loads(replay(self.trace, "--json").stdout)["difference"]
        self.assertEqual((found["line"], found["recorded"]), (at, [{"Leave": [4]}]))

    def test_what_is_no_trace_is_refused(self):
        for text, what in (("", "is no trace: it is empty"), ("{}\n", "line 1 is none of a trace"),
                           ("no\n", "line 1 is none of a trace")):
            self.trace.write_text(text)
            done = replay(self.trace)
            self.assertEqual((done.returncode, done.stdout), (2, ""))
            self.assertIn(what, done.stderr)
        self.assertIn("cannot be read: no such file", replay("/nonexistent").stderr)

    def test_a_trace_that_cannot_be_written_is_no_start(self):
        done = subprocess.run([program(OWN), "--trace", "/nonexistent/t", "--log", "json", "true"],
                              text=True, stdin=subprocess.DEVNULL, capture_output=True, check=False,
                              timeout=60)
        self.assertEqual(done.returncode, 125)
        self.assertIn("cannot write a trace to /nonexistent/t: no such file", done.stdout)

    def test_those_that_were_kept_are_as_they_were(self):
        kept = sorted(TRACES.glob("*.jsonl"))
        self.assertGreaterEqual(len(kept), 2)
        for path in kept:
            with self.subTest(path.name):
                done = replay(path)
                self.assertEqual((done.returncode, done.stderr), (0, ""), done.stdout)


if __name__ == "__main__":
    main()
