"""Several apps in one container, as an operator sees them: exec, health, restart policy, limits."""

import json
import os

from case import ROOT, ContainerTest

EXAMPLES = os.path.join(os.path.dirname(__file__), "..", "..", "examples")


class Supervised(ContainerTest):
    def test_the_example_with_a_migration(self):
        started = self.start(
            "run",
            "/example/ecosystem.config.js",
            options=(
                "--entrypoint",
                "pmx-init",
                "--volume",
                f"{os.path.abspath(EXAMPLES)}/migration:/example:ro",
                "--health-cmd",
                "pmx-init healthcheck",
                "--health-interval",
                "1s",
            ),
        )
        self.await_state(started, "{{.State.Health.Status}}", "healthy")
        rows = json.loads(started.exec("pmx-init", "list", "--json").stdout)
        self.assertEqual(
            [(row["name"], row["status"]) for row in rows],
            [("db-migrate", "stopped"), ("api", "online"), ("worker", "online")],
        )
        table = started.exec("pmx-init", "list").stdout.decode()
        self.assertIn("worker", table)
        before = rows[2]["pid"]
        started.exec("pmx-init", "restart", "worker")
        rows = json.loads(started.exec("pmx-init", "list", "--json").stdout)
        self.assertEqual((rows[2]["status"], rows[2]["restarts"]), ("online", 1))
        self.assertNotEqual(rows[2]["pid"], before)
        logged = started.exec("pmx-init", "logs", "api", "--json").stdout.splitlines()
        self.assertTrue(logged)
        self.assertEqual({json.loads(line)["app"] for line in logged}, {"api"})
        # Not the API: a worker without it fails, and a stop in that moment ends with its code.
        started.exec("pmx-init", "stop", "worker")
        rows = json.loads(started.exec("pmx-init", "list", "--json").stdout)
        self.assertEqual(rows[2]["status"], "stopped")
        started.exec("pmx-init", "start", "worker")
        started.stop(patience=30)
        self.assertEqual(started.exit_code(), 0)
        ends = [record["app"] for record in started.events() if record["event"] == "exited"]
        self.assertEqual(ends[-2:], ["worker", "api"])

    def test_an_app_that_is_not_ready_makes_the_container_unhealthy(self):
        deaf = {"name": "deaf", "command": "sleep 999", "ready": {"exec": ["false"]}}
        started = self.supervise(
            {"apps": [deaf]},
            "--health-cmd",
            "pmx-init healthcheck",
            "--health-interval",
            "1s",
            "--health-retries",
            "1",
        )
        self.await_state(started, "{{.State.Health.Status}}", "unhealthy")

    def test_the_restart_policy_of_the_engine_sees_failures_only(self):
        fails = {"name": "job", "command": ["sh", "-c", "exit 3"], "autorestart": False}
        started = self.supervise({"apps": [fails]}, "--restart", "on-failure:2")
        self.await_state(started, "{{.RestartCount}} {{.State.Status}}", "2 exited")
        self.assertEqual(started.exit_code(), 3)
        works = {"name": "job", "command": "true", "autorestart": False}
        started = self.supervise({"apps": [works]}, "--restart", "on-failure:2")
        self.assertEqual(started.exit_code(), 0)
        self.assertEqual(started.inspect("{{.RestartCount}}"), "0")

    def test_what_runs_goes_on_when_something_has_run_out(self):
        """The first apps are started, the others are not, say why, and are tried again."""
        apps = [{"name": f"app{i}", "command": "sleep 999"} for i in range(12)]
        for limit, reason in (
            (("--pids-limit", "6"), "resource temporarily unavailable"),
            (("--ulimit", "nofile=24:24"), "no file descriptors available"),
        ):
            with self.subTest(limit=limit):
                started = self.supervise({"apps": apps}, *limit)
                started.await_output(reason, times=2)
                started.await_output('"event":"started"', times=2)
                self.assertEqual(started.inspect("{{.State.Status}}"), "running")
                started.stop(patience=60)
                failed = [record for record in started.records() if reason in record["msg"]]
                self.assertTrue(all("app" in record for record in failed), failed)
                ended = [record["app"] for record in started.events() if record["event"] == "exited"]
                ran = [record["app"] for record in started.events() if record["event"] == "started"]
                self.assertEqual(sorted(ended), sorted(ran))

    def test_a_read_only_root_and_nobody_s_user(self):
        apps = {"apps": [{"name": "a", "command": "sleep 999"}, {"name": "b", "command": "sleep 999"}]}
        started = self.supervise(
            apps, "--read-only", "--tmpfs", "/tmp", "--user", "1234:0", "--cap-drop", "ALL"
        )
        started.await_output('"event":"started"', times=2)
        rows = json.loads(started.exec("pmx-init", "list", "--json").stdout)
        self.assertEqual([row["status"] for row in rows], ["online", "online"])
        started.exec("pmx-init", "restart", "a")
        started.stop(patience=60)
        self.assertEqual(started.exit_code(), 0)

    ON_FAILURE = ("--restart", "on-failure:1")

    def ends_with(self, started, code):
        """And the engine tries again, where that is a failure."""
        self.await_state(
            started,
            "{{.RestartCount}} {{.State.Status}} {{.State.ExitCode}}",
            f"{1 if code else 0} exited {code}",
        )

    def test_exit_codes_are_the_container_s(self):
        one = {"name": "one", "autorestart": False}
        two = {"name": "two", "command": "sleep 999"}
        fails = {**one, "command": ["sh", "-c", "exit 5"]}
        for apps, code in (
            ([{**fails, "critical": True}, two], 5),
            ([fails, {**one, "name": "other", "command": "true"}], 5),
            ([fails, {**two, "depends_on": {"one": "completed"}}], 5),
            ([{**one, "command": "true"}], 0),
            ([{**one, "command": ["sh", "-c", "kill -9 $$"]}], 137),
            ([{**one, "command": "/no/such"}], 127),
            ([{**one, "command": "/etc/passwd"}], 126),
            ([{**one, "comand": "true"}], 2),
        ):
            with self.subTest(apps=apps):
                self.ends_with(self.supervise({"apps": apps}, *self.ON_FAILURE), code)

    # Whether it ends by `trap`, or has to be killed.
    ASKED = "trap '{}' TERM INT QUIT; echo up; while :; do sleep 999 & wait; done"

    def asked_to_stop(self, command, signal, **keys):
        """By a process beside it: after `docker kill` of the stop signal the engine never restarts."""
        app = {"name": "one", "command": command, **keys}
        started = self.supervise({"apps": [app]}, *self.ON_FAILURE)
        started.await_output("up" if isinstance(command, list) else '"event":"started"')
        started.exec("sh", "-c", f"kill -{signal} 1", check=False)
        return started

    def test_a_stop_that_was_asked_for_is_no_failure(self):
        asked = (["sh", "-c", self.ASKED.format(f"exit {code}")] for code in (0, 143))
        for command in (*asked, "sleep 999"):
            for signal in ("TERM", "INT", "QUIT"):
                with self.subTest(command=command, signal=signal):
                    self.ends_with(self.asked_to_stop(command, signal), 0)

    def test_who_had_to_be_killed_is_one(self):
        deaf = ["sh", "-c", self.ASKED.format("")]
        started = self.asked_to_stop(deaf, "TERM", kill_timeout=100)
        self.await_state(started, "{{.RestartCount}}", "1")
        killed = [record["app"] for record in started.events() if record["event"] == "killed"]
        self.assertEqual(killed, ["one"])

    def test_who_was_given_up_is_one(self):
        gives_up = {"name": "one", "command": "true", "max_restarts": 2, "restart_delay": 1}
        self.ends_with(self.supervise({"apps": [gives_up]}, *self.ON_FAILURE), 1)

    def test_with_nothing_but_stopped_apps_it_stays_up(self):
        started = self.supervise({"apps": [{"name": "one", "command": "sleep 999"}]}, *self.ON_FAILURE)
        started.await_output('"event":"started"')
        started.exec("pmx-init", "stop", "one")
        started.exec("pmx-init", "ping")
        started.exec("pmx-init", "shutdown", check=False)
        self.ends_with(started, 0)

    def test_what_becomes_of_each_signal(self):
        named = "trap 'echo got {0}' {0}; "
        traps = "".join(named.format(name) for name in self.SENT_ON)
        script = traps + "echo up; while :; do sleep 999 & wait; done"
        started = self.supervise({"apps": [{"name": "one", "command": ["sh", "-c", script]}]})
        started.await_output('"msg":"up"')
        for name in self.SENT_ON:
            started.signal(name)
            started.await_output(f"got {name}")
        started.signal("ALRM")
        started.await_output("SIGALRM")
        started.exec("sed", "-i", 's/"one"/"two"/', "/tmp/apps.json")
        started.signal("HUP")
        started.await_output('"app":"two"')
        started.signal("QUIT")
        self.assertEqual(started.exit_code(), 0)

    SENT_ON = ("USR1", "USR2", "WINCH", "CONT")

    def test_so_are_those_of_one_command(self):
        for words, code in (
            (["--", "sh", "-c", "exit 7"], 7),
            (["--", "sh", "-c", "kill -SEGV $$"], 139),
            (["--", "sh", "-c", "kill -TERM $$"], 143),
            (["-e", "143", "--", "sh", "-c", "kill -TERM $$"], 0),
            (["--", "true"], 0),
            (["--", "/no/such"], 127),
            (["--", "/etc/passwd"], 126),
            (["--cwd", "/no/such", "--", "true"], 125),
            (["--no-such-option", "--", "true"], 2),
        ):
            with self.subTest(words=words):
                options = ("--entrypoint", "pmx-init", *self.ON_FAILURE)
                self.ends_with(self.start(*words, options=options), code)

    def test_instances_from_the_limits_of_the_container(self):
        apps = {"apps": [{"name": "w", "command": "true", "instances": "max", "exec_mode": "fork"}]}
        both = len(os.sched_getaffinity(0)) > 1
        for limit, wanted in (
            (("--cpus", "1.5"), 2 if both else 1),
            (("--cpus", "0.5"), 1),
            (("--cpuset-cpus", "0"), 1),
        ):
            planned = self.plan(apps, *limit)
            self.assertEqual(planned["apps"][0]["instances"], wanted, limit)

    def test_why_it_ended_is_where_kubernetes_looks(self):
        fails = "echo the reason >&2; exit 4"
        started = self.start(
            "-c",
            f": >/dev/termination-log; pmx-init -- sh -c '{fails}'; cat /dev/termination-log",
            options=(*ROOT, "--entrypoint", "sh"),
        )
        started.exit_code()
        self.assertIn(b"the reason\n", started.output().rpartition(b"}\n")[2])
        self.assertRegex(started.output(), rb"sh\[0\] exited with code 4 after \d+ ms\n")
