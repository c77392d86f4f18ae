"""`cron_restart`: restarts by the clock on the wall."""

import json
import signal
import subprocess

from manifest_case import ControlCase
from support import OWN, main, program

EVERY_SECOND = "* * * * * *"
HARDLY_EVER = "0 3 29 2 *"


def shell(name, commands, **keys):
    return {"name": name, "command": ["sh", "-c", commands], **keys}


class Cron(ControlCase):
    def test_what_runs_is_restarted(self):
        init = self.init(shell("app", "echo up; exec sleep 600", cron_restart=EVERY_SECOND))
        first = self.until(init, '"up"')
        self.until(init, '"restarting"', "cron_restart")
        self.assertNotEqual(self.until(init, '"up"')["pid"], first["pid"])
        init.signal(signal.SIGTERM)
        self.assertEqual(init.output()[0], 0)

    def test_a_cluster_that_never_listens_is_restarted(self):
        script = self.folder / "consumer.js"
        script.write_text("console.log('up'); setInterval(() => {}, 1e6);")
        init = self.init({"name": "app", "script": str(script), "instances": 1,
                          "cron_restart": EVERY_SECOND, "listen_timeout": "1h"})
        first = self.until(init, '"up"')["pid"]
        self.assertEqual(self.until(init, '"event":"exited"')["pid"], first)
        self.until(init, '"up"')
        init.signal(signal.SIGTERM)
        self.assertEqual(init.output()[0], 0)

    def test_a_pre_start_under_way_is_left_alone(self):
        go, runs = self.folder / "go", self.folder / "runs"
        prepares = f"echo >>{runs}; until [ -e {go} ]; do sleep 0.05; done"
        init = self.init(shell("app", "echo up; exec sleep 600", cron_restart=EVERY_SECOND,
                               pre_start={"command": ["sh", "-c", prepares], "timeout": "1h"}),
                         shell("clock", "exec sleep 600", cron_restart=EVERY_SECOND))
        for _ in range(3):
            self.until(init, '"restarting"', '"app":"clock"')
        go.touch()
        self.until(init, '"up"')
        self.assertEqual(runs.read_text(), "\n")
        init.signal(signal.SIGTERM)
        self.assertEqual(init.output()[0], 0)

    def test_a_job_that_has_ended_runs_again_and_is_waited_for(self):
        init = self.init(shell("job", "echo done", autorestart=False, cron=EVERY_SECOND))
        for _ in range(3):
            self.until(init, '"done"')
        init.signal(signal.SIGTERM)
        self.assertEqual(init.output()[0], 0)

    def test_a_job_that_failed_runs_again(self):
        fails_once = f"echo done; mkdir {self.folder}/once && exit 3; exec sleep 600"
        init = self.init(shell("job", fails_once, autorestart=False, critical=True,
                               cron_restart=EVERY_SECOND))
        self.until(init, '"done"')
        self.until(init, '"exited"', '"code":3')
        self.until(init, '"done"')
        init.signal(signal.SIGTERM)
        self.assertEqual(init.output()[0], 0)

    def test_who_cannot_be_started_is_not_waited_for(self):
        for critical in (True, False):
            init = self.init({"name": "app", "command": ["/nope"], "critical": critical,
                              "cron_restart": HARDLY_EVER})
            self.assertEqual(init.output()[0], 127)

    def test_a_critical_one_that_cannot_be_started_ends_the_others(self):
        init = self.init({"name": "app", "command": ["/nope"], "critical": True,
                          "cron_restart": HARDLY_EVER}, shell("other", "exec sleep 600"))
        self.assertEqual(init.output()[0], 127)

    def test_who_was_given_up_is_not_waited_for(self):
        init = self.init(shell("app", "exit 3", max_restarts=2, cron_restart=HARDLY_EVER))
        self.assertEqual(init.output()[0], 3)

    def test_nor_is_who_can_never_start(self):
        init = self.init({"name": "base", "command": ["/nope"]},
                         shell("job", "true", autorestart=False, depends_on=["base"],
                               cron_restart=HARDLY_EVER))
        self.assertEqual(init.output()[0], 127)

    def test_who_was_stopped_stays_stopped_and_who_is_started_again_is_back(self):
        clock = shell("clock", "echo tick", autorestart=False, cron_restart=EVERY_SECOND)
        app = shell("app", "echo up; exec sleep 600", cron_restart=EVERY_SECOND)
        init = self.init(clock, app)
        self.until(init, '"up"')
        self.assertEqual(self.ask("stop", "app").returncode, 0)
        for _ in range(3):
            record = self.until(init, '"restarting"')
            while record["app"] == "app":  # said before it was stopped
                record = self.until(init, '"restarting"')
        status = {one["name"]: one["status"]
                  for one in json.loads(self.ask("list", "--json").stdout)}
        self.assertEqual(status["app"], "stopped")
        self.assertEqual(self.ask("start", "app").returncode, 0)
        self.until(init, '"up"')
        init.signal(signal.SIGTERM)
        self.assertEqual(init.output()[0], 0)

    def test_who_never_started_by_itself_is_not_started(self):
        clock = shell("clock", "echo tick", autorestart=False, cron_restart=EVERY_SECOND)
        app = shell("app", "echo up", autostart=False, cron_restart=EVERY_SECOND)
        init = self.init(clock, app)
        for _ in range(3):
            self.until(init, '"tick"')
        init.signal(signal.SIGTERM)
        self.assertNotIn('"up"', init.output()[1])

    def test_zero_is_never(self):
        code, records = self.records(self.init(
            shell("app", "echo up", autorestart=False, cron_restart=0)))
        self.assertEqual((code, records[-1]["event"]), (0, "exited"))

    def test_apply_knows_the_new_times(self):
        app = shell("app", "echo up; exec sleep 600")
        init = self.init(app)
        self.until(init, '"up"')
        app["cron_restart"] = EVERY_SECOND
        (self.folder / "apps.json").write_text(json.dumps({"apps": [app]}))
        self.assertEqual(self.ask("apply").returncode, 0)
        self.until(init, '"restarting"')
        init.signal(signal.SIGTERM)
        self.assertEqual(init.output()[0], 0)

    def test_a_zone_that_nobody_knows_is_a_problem(self):
        path = self.folder / "apps.json"
        path.write_text(json.dumps({"apps": [shell("app", "true", cron_restart="0 3 * * *")]}))
        for zone, code in (("Mars/Olympus", 2), ("UTC", 0), ("CET-1CEST,M3.5.0,M10.5.0/3", 0)):
            check = subprocess.run([program(OWN), "check", str(path)], capture_output=True,
                                   text=True, check=False, env={"TZ": zone, "PATH": "/usr/bin"})
            self.assertEqual(check.returncode, code, zone)
            if code:
                self.assertIn("install tzdata", check.stderr)


if __name__ == "__main__":
    main()
