"""`max_memory_restart`: who uses more memory than its ceiling is restarted."""

import json
import os
import signal
import sys
import time

from manifest_case import ControlCase
from memory_group import LIMIT, MemoryGroup
from processes import wait_until
from support import main, only_as_root

# Holds 100 MB, in a child of its own where the argument says so, the first time that it is run.
HOG = """
import os, sys, time
marker, how = sys.argv[1:]
first = not os.path.exists(marker)
open(marker, "a").close()
def hold():
    data = bytearray(100_000_000)
    data[::4096] = b"x" * len(data[::4096])
    print("holds", flush=True)
    time.sleep(1000)
def in_child():
    if os.fork() == 0:
        if how == "session":
            os.setsid()
        if how == "stranger":
            os.setsid()
            if os.fork() > 0:
                os._exit(0)
            os.execve(sys.executable, [sys.executable, "-c",
                      "data = bytearray(100_000_000); data[::4096] = b'x' * len(data[::4096])\\n"
                      "print('holds', flush=True); import time; time.sleep(1000)"], {})
        hold()
if first and how == "self":
    hold()
if first:
    in_child()
else:
    print("small", flush=True)
time.sleep(1000)
"""


class Memory(ControlCase):
    def hog(self, how, **keys):
        return {"name": "hog", "command": [sys.executable, "-c", HOG, str(self.folder / "m"), how],
                "max_memory_restart": "60M", **keys}

    def assert_restarted(self, init):
        record = self.until(init, '"memory-limit"')
        self.assertEqual((record["app"], record["level"], record["limit_bytes"]),
                         ("hog", "warn", 60 << 20))
        self.assertGreater(record["memory_bytes"], 60 << 20)
        self.assertIn("restart 1 in 0 ms", self.until(init, '"exited"')["msg"])
        self.until(init, '"small"')
        init.signal(signal.SIGTERM)
        code, _ = self.records(init)
        self.assertEqual(code, 0)

    def test_who_uses_more_is_said_and_restarted(self):
        self.assert_restarted(self.init(self.hog("self")))

    def test_memory_is_the_sum_of_all_processes_of_an_app(self):
        self.assert_restarted(self.init(self.hog("child"), {"name": "other", "command": "sleep 999"}))

    def test_who_left_the_session_counts_by_its_parents(self):
        self.assert_restarted(self.init(self.hog("session"),
                                        {"name": "other", "command": "sleep 999"}))

    def test_of_a_single_app_everything_is_its(self):
        # Its own session, no parents, an empty environment: nothing says whose it is.
        self.assert_restarted(self.init(self.hog("stranger")))

    def test_of_a_single_app_everything_is_its_after_others_have_gone(self):
        hog = self.hog("stranger")
        hog["autostart"] = False
        init = self.init(hog)
        wait_until(lambda: self.ask("ping").returncode == 0, "it takes commands")
        self.works("scale", "hog", "2")
        self.works("scale", "hog", "1")
        self.works("start", "hog")
        self.assert_restarted(init)

    def test_of_several_apps_none_has_what_nothing_says_anything_about(self):
        init = self.init(self.hog("stranger"), {"name": "other", "command": "sleep 999"},
                         {"name": "clock", "command": ["sh", "-c", "sleep 3; echo over"],
                          "autorestart": False})
        self.until(init, '"holds"')
        self.until(init, '"over"')
        rows = json.loads(self.works("list", "--all", "--json"))
        adopted = [row for row in rows if row["id"] is None]
        self.assertEqual([row["status"] for row in adopted], ["adopted"])
        self.assertGreater(adopted[0]["memory_bytes"], 100_000_000)
        self.assertRegex(self.works("list", "--all"), rf"\n- .*{adopted[0]['pid']}.*adopted")
        self.assertNotIn("adopted", self.works("list"))
        init.signal(signal.SIGTERM)
        _, records = self.records(init)
        self.assertNotIn("memory-limit", [record.get("event") for record in records])

    def test_what_a_health_check_runs_is_the_apps(self):
        # Its environment tells nothing, as one that may not be read.
        question = f"/bin/sleep 999 & : >{self.folder}/asked; wait"
        health = {"exec": ["env", "-i", "/bin/sh", "-c", question], "interval": 10, "timeout": "1h"}
        self.init({"name": "api", "command": "sleep 999", "health": health},
                  {"name": "other", "command": "sleep 999"})
        wait_until(lambda: (self.folder / "asked").exists(), "somebody asks")
        rows = json.loads(self.works("list", "--all", "--json"))
        self.assertEqual([row["name"] for row in rows], ["api", "other"])

    @only_as_root
    def test_also_of_apps_of_other_users(self):
        os.chmod(self.folder, 0o777)
        hold = "x=$(head -c 100000000 /dev/zero | tr '\\0' x); echo holds; sleep 999; echo $x"
        script = ("test -e m && { echo small; exec sleep 999; }; : >m; "
                  "setsid sh -c \"$HOLD\" & exec sleep 999")
        hog = {"name": "hog", "command": ["sh", "-c", script], "cwd": str(self.folder),
               "user": "65534:65534", "env": {"HOLD": hold}, "max_memory_restart": "60M"}
        self.assert_restarted(self.init(hog, {"name": "other", "command": "sleep 999"}))

    @only_as_root
    def test_instances_that_are_added_share_a_percentage_with_the_others(self):
        group = MemoryGroup(self)
        init = self.init(self.hog("self", max_memory_restart="60%"),
                         popen={"preexec_fn": group.enter})
        self.until(init, '"holds"')
        self.works("scale", "hog", "2")
        record = self.until(init, '"memory-limit"')
        self.assertEqual((record["instance"], record["limit_bytes"]), (0, LIMIT // 100 * 60 // 2))
        self.until(init, '"small"')

    def test_a_percentage_needs_a_limit_of_the_container(self):
        init = self.init({"name": "a", "command": "true", "max_memory_restart": "80%"})
        code, records = self.records(init)
        if code != 2:
            self.skipTest("there is a memory limit here")
        self.assertEqual(records[0]["path"], "apps[0].max_memory_restart")
        self.assertIn("there is none", records[0]["msg"])

    def test_without_a_ceiling_pmx_init_sleeps(self):
        init = self.init({"name": "a", "command": ["sh", "-c", "echo up; exec sleep 999"]})
        self.until(init, '"up"')
        before = self.switches(init)
        time.sleep(2.5)  # more than two looks
        self.assertLess(self.switches(init) - before, 2)  # it may just have been about to sleep

    def switches(self, init):
        with open(f"/proc/{init.pid}/status", encoding="utf-8") as file:
            lines = dict(line.split(":", 1) for line in file)
        return int(lines["voluntary_ctxt_switches"])


if __name__ == "__main__":
    main()
