"""The exit code of a pmx-init that supervises: whose code it is, and when it ends by itself."""

import itertools
import signal

from manifest_case import ManifestCase
from support import main


def job(name, commands, **keys):
    return {"name": name, "command": ["sh", "-c", commands], "autorestart": False, **keys}


def server(name, trap, **keys):
    """It does this when it is asked to stop."""
    commands = f"trap '{trap}' TERM INT; echo up; while :; do sleep 0.01; done"
    return job(name, commands, **keys)


SLEEPER = job("sleeper", "echo up; exec sleep 1000")
# Who is called "first" has ended, and pmx-init knows it.
FIRST = "echo $$ > first.new; mv first.new first; "
AFTER_FIRST = "until [ -e first ]; do sleep 0.01; done; while [ -d /proc/$(cat first) ]; do " \
              "sleep 0.01; done; "

# What happens, the code, the apps.
BY_THEMSELVES = (
    ("all end well", 0, [job("a", "exit 0"), job("b", "exit 0")]),
    ("one fails", 7, [job("a", "exit 0"), job("b", "exit 7"), job("c", "exit 0")]),
    ("one is ended by a signal", 129, [job("a", "kill -HUP $$"), job("b", "exit 0")]),
    ("the first that failed decides", 5,
     [job("late", AFTER_FIRST + "exit 6"), job("first", FIRST + "exit 5")]),
    ("who is critical decides", 6,
     [job("first", FIRST + "exit 5"), job("main", AFTER_FIRST + "exit 6", critical=True), SLEEPER]),
    ("who is critical ends well", 0, [job("main", "exit 0", critical=True), SLEEPER]),
    ("one cannot be executed", 126, [job("a", "exit 0"), {"name": "b", "command": ["./file"]}]),
    ("one is not found", 127, [job("a", "exit 0"), {"name": "b", "command": ["./no-such"]}]),
)
STOPPED = (
    ("the stop signal ends them", 0, [SLEEPER, {**SLEEPER, "name": "other", "stop_signal": "INT"}]),
    ("they exit with 0", 0, [server("a", "exit 0"), server("b", "exit 0")]),
    ("they exit with 128 and the signal", 0,
     [server("a", "exit 143"), server("b", "exit 130", stop_signal="SIGINT")]),
    ("one exits with 128 and another signal", 130, [server("a", "exit 130"), SLEEPER]),
    ("one fails meanwhile", 3, [SLEEPER, server("a", "exit 3")]),
    ("one has to be killed", 137, [SLEEPER, server("deaf", "", kill_timeout=50)]),
)


class SupervisedExit(ManifestCase):
    def setUp(self):
        super().setUp()
        (self.folder / "file").write_text("not executable")

    def start_apps(self, apps, pid1):
        (self.folder / "first").unlink(missing_ok=True)
        return self.init(*apps, defaults={"cwd": str(self.folder)}, popen={"pid1": pid1})

    def test_when_all_are_at_rest_or_a_critical_one_is(self):
        for (what, wanted, apps), pid1 in itertools.product(BY_THEMSELVES, (False, True)):
            with self.subTest(what, pid1=pid1):
                self.assertEqual(self.records(self.start_apps(apps, pid1))[0], wanted)

    def test_after_a_stop(self):
        for (what, wanted, apps), pid1 in itertools.product(STOPPED, (False, True)):
            with self.subTest(what, pid1=pid1):
                init = self.start_apps(apps, pid1)
                for _ in apps:
                    self.until(init, '"msg":"up"')
                init.signal(signal.SIGTERM)
                self.assertEqual(self.records(init)[0], wanted)

    def test_a_wrong_manifest_starts_nothing_and_is_2(self):
        apps = [job("a", "echo > first"), job("b", "exit 3", instances="many")]
        for pid1 in (False, True):
            with self.subTest(pid1=pid1):
                code, records = self.records(self.start_apps(apps, pid1))
                self.assertEqual({record["event"] for record in records}, {"problem"})
                self.assertEqual(code, 2)
                self.assertFalse((self.folder / "first").exists())

    def test_any_stopped_ends_with_the_first_that_has_stopped(self):
        for wanted in (0, 4):
            (self.folder / "up").unlink(missing_ok=True)
            init = self.init(
                job("job", f"until [ -e up ]; do sleep 0.01; done; exit {wanted}"),
                job("side", "trap 'echo bye; exit 0' TERM; echo > up; "
                            "while :; do sleep 1000 & wait; done"),
                exit_when="any-stopped", defaults={"cwd": str(self.folder)})
            code, records = self.records(init)
            told = [(record["app"], record.get("event", record["msg"])) for record in records]
            self.assertEqual([one for one in told if one[1] != "started"],
                             [("job", "exited"), ("job", "stopping"), ("side", "bye"),
                              ("side", "exited")])
            self.assertIn(f"stopping everything with code {wanted}: job has ended, and exit_when is "
                          "any-stopped", [record["msg"] for record in records])
            self.assertEqual(code, wanted)

    def test_who_is_restarted_has_not_stopped(self):
        init = self.init(job("job", "test -e again && exec sleep 1000; echo > again; exit 1",
                             autorestart=True, restart_delay=1), SLEEPER,
                         exit_when="any-stopped", defaults={"cwd": str(self.folder)})
        self.until(init, '"app":"job"', '"event":"exited"')
        self.until(init, '"app":"job"', '"event":"started"')
        init.signal(signal.SIGTERM)
        self.assertEqual(self.records(init)[0], 0)


if __name__ == "__main__":
    main()
