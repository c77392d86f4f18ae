"""`pmx-init run`: the apps of a manifest, from their start to the exit code of all."""

import json
import os
import re
import signal

from full_pipe import Pipe
from manifest_case import ManifestCase
from processes import wait_until
from support import OWN, main, program
from terminal import CTRL_C, on_terminal


class Run(ManifestCase):
    def test_dependencies_come_first_and_the_first_failure_is_the_exit_code(self):
        code, records = self.records(self.init(
            {"name": "api", "command": ["sh", "-c", "exit 4"], "autorestart": False,
             "depends_on": {"migration": "completed"}},
            {"name": "migration", "command": ["sh", "-c", "echo migrated"]}))
        told = [(record["app"], record.get("event", "line")) for record in records]
        self.assertLess(told.index(("migration", "exited")), told.index(("api", "started")))
        self.assertEqual(code, 4)

    def test_who_crashes_again_and_again_is_given_up(self):
        code, records = self.records(self.init(
            {"name": "bad", "command": ["sh", "-c", "exit 3"], "max_restarts": 3,
             "restart_delay": 1}))
        self.assertEqual([record["event"] for record in records].count("started"), 3)
        self.assertIn("given up", records[-1]["msg"])
        self.assertEqual(code, 3)

    def test_runs_just_over_min_uptime_are_counted_and_no_restart_is_without_a_pause(self):
        for keys, delays in (({}, (100, 100, 100)), ({"restart_delay": 20}, (20, 20, 20)),
                             ({"exp_backoff_restart_delay": 20}, (20, 30, 45))):
            with self.subTest(keys):
                init = self.init({"name": "a", "command": ["sh", "-c", "sleep 0.01; exit 1"],
                                  "min_uptime": 1, "max_restarts": 1, **keys})
                for restart, delay in enumerate(delays, 1):
                    said = re.fullmatch(
                        r"exited with code 1 after (\d+) ms, restart (\d+) in (\d+) ms(.*)",
                        self.until(init, '"event":"exited"')["msg"])
                    row = f", {restart} short runs in a row" if restart > 1 else ""
                    self.assertEqual((int(said[2]), said[4]), (restart, row))
                    # With no delay written, who ran for 100 ms has had its pause.
                    if keys or int(said[1]) < 100:
                        self.assertEqual(int(said[3]), delay)
                init.signal(signal.SIGTERM)
                init.exit_code()

    def test_what_an_app_waits_for_in_vain_is_its_end(self):
        code, records = self.records(self.init(
            {"name": "api", "command": "true", "depends_on": {"migration": "completed"}},
            {"name": "migration", "command": ["sh", "-c", "exit 9"], "autorestart": False}))
        self.assertNotIn(("api", "started"), [(r["app"], r["event"]) for r in records])
        self.assertEqual(code, 9)

    def test_a_stop_is_in_reverse_and_ends_with_0(self):
        slow = "trap 'sleep 0.3; exit 0' TERM; echo up; while :; do sleep 1000 & wait; done"
        init = self.init({"name": "api", "command": ["sh", "-c", slow], "depends_on": ["db"]},
                         {"name": "db", "command": ["sh", "-c", "echo up; exec sleep 1000"]})
        for _ in range(2):
            init.stdout.until('"msg":"up"')
        init.signal(signal.SIGTERM)
        code, records = self.records(init)
        self.assertEqual([r["app"] for r in records if r.get("event") == "exited"], ["api", "db"])
        self.assertEqual({r["level"] for r in records}, {"info"})
        self.assertEqual(code, 0)

    def test_who_does_not_stop_is_killed_and_the_code_says_so(self):
        init = self.init({"name": "deaf", "kill_timeout": 100, "command":
                          ["sh", "-c", "trap '' TERM; echo up; while :; do sleep 1000; done"]})
        init.stdout.until('"msg":"up"')
        init.signal(signal.SIGTERM)
        code, records = self.records(init)
        self.assertIn("killed", [record.get("event") for record in records])
        self.assertEqual(code, 137)

    def test_a_second_signal_kills_at_once(self):
        init = self.init({"name": "deaf", "kill_timeout": "1h", "command":
                          ["sh", "-c", "trap '' TERM; echo up; while :; do sleep 1000; done"]})
        init.stdout.until('"msg":"up"')
        init.signal(signal.SIGTERM)
        init.stdout.until("stopping everything")
        init.signal(signal.SIGTERM)
        self.assertEqual(init.exit_code(), 137)

    def test_the_end_of_a_critical_app_is_the_end_of_all(self):
        code, records = self.records(self.init(
            {"name": "main", "command": ["sh", "-c", "exit 6"], "autorestart": False,
             "critical": True},
            {"name": "side", "command": ["sleep", "1000"]}))
        self.assertIn("main is critical", "".join(record["msg"] for record in records))
        self.assertEqual(code, 6)

    def test_what_a_process_leaves_behind_is_stopped_before_the_next_run(self):
        script = "sleep 1000 & echo $!; exit 1"
        code, records = self.records(self.init(
            {"name": "a", "command": ["sh", "-c", script], "max_restarts": 2, "restart_delay": 1}))
        for left in [int(record["msg"]) for record in records if "stream" in record]:
            self.assertFalse(os.path.exists(f"/proc/{left}"), left)
        self.assertEqual(code, 1)

    def test_a_manifest_with_problems_starts_nothing(self):
        code, records = self.records(self.init({"nam": "x", "command": "true"}, {"name": "y"}))
        self.assertEqual({record["event"] for record in records}, {"problem"})
        self.assertEqual([r["path"] for r in records], ["apps[0].nam", "apps[1]"])
        self.assertEqual(code, 2)

    def test_all_problems_are_told_however_late_they_are_read(self):
        pipe = Pipe(self)
        apps = [{"nam": "x"} for _ in range(800)]
        init = self.init(*apps, popen={"stdout": pipe.write_end})
        pipe.close_writer()
        wait_until(lambda: pipe.waiting() > 60_000, "the pipe is full, and it waits for a reader")
        records = [json.loads(line) for line in pipe.read_all().splitlines()]
        self.assertEqual(len([r for r in records if r["event"] == "problem"]), 1600)
        self.assertEqual(init.exit_code(), 2)

    def test_keys_without_meaning_or_effect_are_named_once(self):
        code, records = self.records(self.init(
            {"name": "a", "command": "true", "autorestart": False, "watch": True, "time": True,
             "ignore_watch": ["x"], "shutdown_with_message": False}, deploy={}))
        told = {record["event"]: (record["level"], record["msg"]) for record in records[:2]}
        self.assertEqual(told, {
            "ignored": ("info", "mean nothing in a container: deploy, a.time"),
            "without-effect": ("warn", "have no effect in this version: a.watch")})
        self.assertEqual(code, 0)

    def test_an_app_reads_nothing_and_leads_a_session_of_its_own(self):
        script = "readlink /proc/self/fd/0; test $(ps -o sid= -p $$) = $$ && echo leads"
        _, records = self.records(self.init(
            {"name": "a", "command": ["sh", "-c", script], "autorestart": False}))
        self.assertEqual([r["msg"] for r in records if "stream" in r], ["/dev/null", "leads"])

    def test_instances_are_counted_by_the_processors_that_may_be_used(self):
        every = os.sched_getaffinity(0)
        self.addCleanup(os.sched_setaffinity, 0, every)
        os.sched_setaffinity(0, {min(every)})
        for written, count in (("max", 1), (0, 1), (-1, 1), ("50%", 1), ("300%", 3), (2, 2)):
            with self.subTest(instances=written):
                _, records = self.records(self.init(
                    {"name": "a", "command": ["sh", "-c", "echo $NODE_APP_INSTANCE"],
                     "autorestart": False, "instances": written}))
                self.assertEqual(sorted(r["msg"] for r in records if "stream" in r),
                                 [str(number) for number in range(count)])

    def test_variables_that_are_called_as_keys_configure_nothing(self):
        script = self.folder / "api.sh"
        script.write_text("echo $name $instances $# $*\ntest -e again || { touch again; exit 1; }\n"
                          "exec sleep 1000\n")
        variables = {"instances": "3", "name": "other", "args": "x y", "autorestart": "false",
                     "cron_restart": "@hourly", "watch": "true", "exec_mode": "cluster",
                     "restart_delay": "1h", "script": "/no/such"}
        init = self.init({"script": str(script), "args": ["one"], "cwd": str(self.folder)},
                         popen={"env": variables})
        for _ in range(2):
            self.assertEqual(self.until(init, '"stream"')["msg"], "api 3 1 one")
        init.signal(signal.SIGTERM)
        code, records = self.records(init)
        told = [(record["app"], record["instance"], record["event"]) for record in records
                if "event" in record and "app" in record]
        self.assertEqual(told, [("api", 0, "started"), ("api", 0, "exited")] * 2)
        self.assertEqual(code, 0)

    def test_what_has_nothing_to_do_with_node_is_no_cluster_and_a_warning_says_so(self):
        _, records = self.records(self.init(
            {"name": "a", "command": "true", "autorestart": False, "instances": 3,
             "exec_mode": "cluster"}))
        self.assertEqual((records[0]["event"], records[0]["level"]), ("without-effect", "warn"))
        self.assertIn('it is run as "fork"', records[0]["msg"])
        events = [record["event"] for record in records]
        self.assertEqual((events.count("without-effect"), events.count("started")), (1, 3))

    def test_keys_of_an_app_are_options(self):
        plain = self.folder / "lines"
        code, stdout, _ = self.run_line(OWN, [
            "-i", "2", "--exec-mode", "fork", "--env", "PORT=3000", "--increment-var", "PORT",
            "--instance-var", "NUMBER", "--namespace", "n", "--ipc", "true", "--treekill", "false",
            "--log-file", str(plain), "--restart", "never", "--control", "off", "--",
            "sh", "-c", 'echo "$NUMBER $PORT ${NODE_CHANNEL_FD:+channel}"; echo "$NUMBER" >&2'])
        said = [record["msg"] for record in map(json.loads, stdout.splitlines()) if "stream" in record]
        self.assertEqual((code, sorted(said)), (0, ["0", "0 3000 channel", "1", "1 3001 channel"]))
        files = "".join(each.read_text() for each in self.folder.glob("lines*"))
        self.assertEqual(sorted(files.splitlines()), sorted(said))

    def test_of_a_script_of_package_json_several_are_refused_and_its_node_line_is_told(self):
        (self.folder / "package.json").write_text('{"scripts": {"start": "node dist/app.js"}}')
        told = self.run_line(OWN, ["--log", "text", "--cwd", str(self.folder), "-i", "2", "--",
                                   "npm", "start"])
        self.assertEqual(told[:2], (2, ""))
        self.assertIn("; write pmx-init -i 2 -- node dist/app.js, or ", told[2])

    def test_on_a_terminal_the_log_is_for_people_and_ctrl_c_stops_everything(self):
        path = self.folder / "apps.json"
        path.write_text(json.dumps({"name": "a", "command": ["sh", "-c", "echo up; sleep 1000"]}))
        init, terminal = on_terminal(self, [program(OWN), "run", str(path)])
        terminal.screen.wait_for("| up")
        terminal.press(CTRL_C)
        terminal.screen.wait_for("SIGINT was received")
        self.assertEqual(init.exit_code(), 0)


if __name__ == "__main__":
    main()
