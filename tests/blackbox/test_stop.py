"""How apps are stopped: how long all of them together may take, and what a main process leaves."""

import os
import signal

from manifest_case import ControlCase, ManifestCase
from processes import is_alive
from support import FAKE_CHILD, main


def deaf(name, **keys):
    return {"name": name, "command":
            ["sh", "-c", "trap '' TERM; echo up; while :; do sleep 1000; done"], **keys}


class StopTimeout(ManifestCase):
    def stopping(self, *apps, **top):
        init = self.init(*apps, **top)
        for _ in apps:
            self.until(init, '"msg":"up"')
        init.signal(signal.SIGTERM)
        return init

    def test_when_it_is_over_a_whole_chain_is_killed_at_once(self):
        # Were each killed when its turn comes, an end would stand between two kills.
        code, records = self.records(self.stopping(
            deaf("a"), deaf("b", depends_on=["a"]), deaf("c", depends_on=["b"]),
            defaults={"kill_timeout": 300}, stop_timeout=300))
        told = [record["event"] for record in records
                if record.get("event", "started") != "started"]
        self.assertEqual(told, ["stopping"] + ["killed"] * 3 + ["exited"] * 3)
        self.assertEqual({record["app"] for record in records
                          if record.get("event") == "killed"},
                         {"a", "b", "c"})
        self.assertEqual(code, 137)

    def test_a_longer_kill_timeout_of_one_app_raises_it(self):
        go = self.folder / "go"
        slow = (f"trap 'echo asked; until [ -e {go} ]; do sleep 0.01; done; echo bye; exit 0' TERM;"
                " echo up; while :; do sleep 1000 & wait; done")
        init = self.stopping(deaf("deaf", kill_timeout=100),
                             {"name": "slow", "command": ["sh", "-c", slow], "kill_timeout": "1h"},
                             stop_timeout=100)
        init.stdout.wait_for('"msg":"asked"')
        self.until(init, '"event":"exited"', '"app":"deaf"')
        go.touch()
        code, records = self.records(init)
        self.assertEqual([record["app"] for record in records if record.get("event") == "killed"],
                         ["deaf"])
        self.assertIn(("slow", "bye"), [(record.get("app"), record["msg"]) for record in records])
        self.assertEqual(code, 137)


class TreeKill(ControlCase):
    """A wrapper ends of the stop signal and does not forward it: `sh -c 'CHILD; true'`."""

    def wrapped(self, until, **keys):
        child = f"{FAKE_CHILD} name inner report-signals-until {until} say bye"
        init = self.init({"name": "app", "command": ["sh", "-c", f"{child}; true"],
                          "stop_signal": "SIGUSR2", **keys})
        return init, init.all_ready("inner")["inner"]

    def test_what_it_leaves_gets_the_stop_signal_and_may_say_its_last_words(self):
        init, inner = self.wrapped(until=12, kill_timeout="1h")
        init.signal(signal.SIGTERM)
        init.reports.expect("inner signal 12")
        code, records = self.records(init)
        self.assertEqual([record["msg"] for record in records if "stream" in record], ["bye"])
        self.assertFalse(is_alive(inner))
        self.assertEqual(code, 0)

    def test_without_it_the_stop_signal_does_not_come(self):
        # In the end it gets SIGTERM, as whatever is left when all apps have ended.
        init, _ = self.wrapped(until=15, treekill=False)
        init.signal(signal.SIGTERM)
        init.reports.expect("inner signal 15")
        self.assertEqual(self.records(init)[0], 0)

    def test_a_stop_by_hand_is_done_when_nothing_is_left(self):
        _, inner = self.wrapped(until=12)
        self.works("stop", "app")
        self.assertFalse(is_alive(inner))

    def test_without_it_a_stop_by_hand_leaves_the_rest_alone(self):
        init, inner = self.wrapped(until=15, treekill=False)
        self.works("stop", "app")
        self.assertTrue(is_alive(inner))
        init.signal(signal.SIGTERM)
        init.reports.expect("inner signal 15")
        self.assertEqual(init.exit_code(), 0)

    def test_who_is_left_alone_goes_on_writing_after_a_restart(self):
        child = f"{FAKE_CHILD} name inner report-signals-until 10 say still-here"
        init = self.init({"name": "app", "treekill": False,
                          "command": ["sh", "-c", f"{child} & echo up; exec sleep 1000"]})
        inner = init.all_ready("inner")["inner"]
        first = self.until(init, '"msg":"up"')["pid"]
        self.works("restart", "app")
        self.until(init, '"msg":"up"')
        os.kill(inner, signal.SIGUSR1)
        self.assertEqual(self.until(init, '"msg":"still-here"')["pid"], first)
        self.assertIn("still-here", self.works("logs", "app", "--lines", "100"))

    def test_what_does_not_heed_it_is_killed_with_kill_timeout(self):
        init, inner = self.wrapped(until=64, kill_timeout=100)
        self.works("stop", "app")
        init.reports.expect("inner signal 12")
        self.assertFalse(is_alive(inner))


if __name__ == "__main__":
    main()
