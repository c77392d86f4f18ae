"""Keys of the manifest about all apps together, and about what each may do."""

import json
import signal
import subprocess

from manifest_case import ControlCase, ManifestCase, free_port
from support import OWN, Init, main, only_as_root, program


def shell(name, commands, **keys):
    return {"name": name, "command": ["sh", "-c", commands], **keys}


class Log(ManifestCase):
    def lines(self, *apps, options=(), **top):
        _, records = self.records(self.init(*apps, options=options, **top))
        return [record for record in records if record.get("stream")]

    def test_level_of_both_streams_and_of_one(self):
        once = {"autorestart": False}
        both = shell("both", "echo out; echo err >&2", log={"level": "warn"}, **once)
        one = shell("one", "echo out; echo err >&2", log={"stderr": {"level": "info"}}, **once)
        levels = {(line["app"], line["stream"]): line["level"] for line in self.lines(both, one)}
        self.assertEqual(levels, {("both", "stdout"): "warn", ("both", "stderr"): "warn",
                                  ("one", "stdout"): "info", ("one", "stderr"): "info"})

    def test_json_lines_and_length_of_one_app(self):
        say = "echo '{\"a\":1}'; printf '%02000d\\n' 0"
        plain = shell("plain", say, autorestart=False)
        other = shell("other", say, autorestart=False,
                      log={"json_lines": "wrap", "max_record": "1K"})
        lines = self.lines(plain, other)
        self.assertEqual([line.get("a") for line in lines if line["app"] == "plain"], [1, None])
        own = [line for line in lines if line["app"] == "other"]
        self.assertEqual(own[0]["msg"], '{"a":1}')
        self.assertTrue(all(len(json.dumps(line, separators=(",", ":"))) <= 1024 for line in own))
        self.assertEqual("".join(line["msg"] for line in own[1:]), "0" * 2000)

    def test_multiline_of_stdout_only(self):
        app = shell("app", "printf 'a\\n  b\\n'; printf 'c\\n  d\\n' >&2", autorestart=False,
                    log={"stdout": {"multiline": "indent"}})
        texts = {(line["stream"], line["msg"]) for line in self.lines(app)}
        self.assertEqual(texts, {("stdout", "a\n  b"), ("stderr", "c"), ("stderr", "  d")})

    def test_an_option_wins_over_the_app_and_the_app_over_the_manifest(self):
        say = {"autorestart": False, "log": {"json_lines": "merge"}}
        apps = [shell("own", "echo '{\"a\":1}'", **say),
                shell("other", "echo '{\"a\":1}'", autorestart=False)]
        by_app = {line["app"]: line for line in self.lines(*apps, log={"json_lines": "wrap"})}
        self.assertEqual(by_app["own"]["a"], 1)
        self.assertEqual(by_app["other"]["msg"], '{"a":1}')
        lines = self.lines(*apps, log={"json_lines": "merge"}, options=["--json-lines", "wrap"])
        self.assertEqual([line["msg"] for line in lines], ['{"a":1}'] * 2)

    def test_format_and_schema_of_everything(self):
        app = shell("app", "echo hello", autorestart=False)
        init = self.init(app, log="text")
        self.assertIn("app[0] | hello", init.output()[1])
        _, records = self.records(self.init(app, log={"schema": "ecs"}))
        self.assertTrue(all("@timestamp" in record for record in records))

    def test_larger_records_than_there_is_room_for_are_refused_by_apply(self):
        init = self.init(shell("app", "echo up; exec sleep 600"))
        self.until(init, '"up"')
        big = shell("app", "echo up; exec sleep 600", log={"max_record": "64K"})
        (self.folder / "apps.json").write_text(json.dumps({"apps": [big]}))
        init.signal(signal.SIGHUP)
        self.assertIn("needs a new container", self.until(init, '"problem"')["msg"])
        init.signal(signal.SIGTERM)
        self.assertEqual(init.output()[0], 0)


class Signals(ManifestCase):
    def test_a_signal_that_replaces_the_processes(self):
        init = self.init(shell("app", "echo up; exec sleep 600"), signals={"SIGUSR2": "reload"})
        first = self.until(init, '"up"')["pid"]
        init.signal(signal.SIGUSR2)
        self.assertNotEqual(self.until(init, '"up"')["pid"], first)
        init.signal(signal.SIGTERM)
        self.assertEqual(init.output()[0], 0)

    def test_a_signal_that_stops_everything(self):
        init = self.init(shell("app", "echo up; exec sleep 600"), signals={"USR1": "stop"})
        self.until(init, '"up"')
        init.signal(signal.SIGUSR1)
        self.assertEqual(init.output()[0], 0)

    def test_a_signal_that_is_ignored_although_it_would_stop(self):
        init = self.init(shell("app", "echo up; exec sleep 600"), signals={"SIGINT": "ignore"})
        self.until(init, '"up"')
        init.signal(signal.SIGINT)
        self.until(init, "SIGINT was received and ignored")
        init.signal(signal.SIGTERM)
        self.assertEqual(init.output()[0], 0)

    def test_a_signal_that_is_sent_on_although_it_would_be_ignored(self):
        app = shell("app", "trap 'echo got; exit 0' ALRM; echo up; sleep 600 & wait",
                    autorestart=False)
        init = self.init(app, signals={"SIGALRM": "forward"})
        self.until(init, '"up"')
        init.signal(signal.SIGALRM)
        self.until(init, '"got"')
        self.assertEqual(init.output()[0], 0)

    def test_a_signal_that_reads_the_manifest(self):
        init = self.init(shell("app", "echo up; exec sleep 600"), signals={"SIGUSR2": "apply"})
        self.until(init, '"up"')
        (self.folder / "apps.json").write_text(json.dumps(
            {"apps": [shell("other", "echo new; exec sleep 600")]}))
        init.signal(signal.SIGUSR2)
        self.until(init, '"new"')
        init.signal(signal.SIGTERM)
        self.assertEqual(init.output()[0], 0)


class Drain(ControlCase):
    APP = shell("app", "echo up; exec sleep 600")

    def draining(self, delay):
        init = self.init(self.APP, drain_delay=delay)
        self.until(init, '"up"')
        self.assertEqual(self.ask("healthcheck").returncode, 0)
        init.signal(signal.SIGTERM)
        self.until(init, '"stopping"', "stopping everything in")
        return init

    def test_meanwhile_the_healthcheck_fails_and_the_app_runs(self):
        init = self.draining("10m")
        health = self.ask("healthcheck")
        self.assertEqual((health.returncode, "about to be stopped" in health.stderr), (1, True))
        self.assertEqual(json.loads(self.ask("list", "--json").stdout)[0]["status"], "online")
        init.signal(signal.SIGTERM)  # ends the delay, and no more than that
        code, records = self.records(init)
        self.assertEqual(code, 0)
        self.assertFalse([record for record in records if record.get("event") == "killed"])

    def test_then_everything_is_stopped(self):
        init = self.draining("300ms")
        code, records = self.records(init)
        self.assertEqual((code, records[-1]["event"]), (0, "exited"))

    def test_a_request_to_shut_down_waits_as_well(self):
        init = self.init(self.APP, drain_delay="200ms")
        self.until(init, '"up"')
        self.assertEqual(self.ask("shutdown").returncode, 0)
        self.until(init, "a request to shut down was received: stopping everything in 200 ms")
        self.assertEqual(init.output()[0], 0)


class Rights(ManifestCase):
    def of(self, commands, **keys):
        _, records = self.records(self.init(shell("app", commands, autorestart=False, **keys)))
        return [record["msg"] for record in records if record.get("stream")]

    def test_limits_in_every_form(self):
        show = "ulimit -Sn; ulimit -Hn; ulimit -Sc; ulimit -Su"
        lines = self.of(show, rlimits={"nofile": "64:128", "RLIMIT_CORE": 0,
                                       "nproc": {"soft": 500, "hard": 600}})
        self.assertEqual(lines[:3], ["64", "128", "0"])

    def test_options_win(self):
        app = shell("app", "ulimit -Sn; umask; nice; pwd", autorestart=False, nice=3, umask="077",
                    rlimits={"nofile": 64}, cwd="/")
        options = ["--rlimit", "nofile=100", "--umask", "027", "--nice", "5", "--cwd", "/tmp"]
        _, records = self.records(self.init(app, options=options))
        self.assertEqual([r["msg"] for r in records if r.get("stream")],
                         ["100", "0027", "5", "/tmp"])

    @only_as_root
    def test_its_groups_its_share_of_the_machine_and_no_new_privileges(self):
        show = "nice; cat /proc/self/oom_score_adj; " \
               "grep -E '^(Gid|Groups|NoNewPrivs|Cpus_allowed_list):' /proc/self/status | cut -f 2-"
        self.assertEqual(
            [line.split() for line in self.of(show, nice=3, oom_score_adj=321, cpus="0", group=1234,
                                              groups=["29", "777"], no_new_privs=True)],
            [["3"], ["321"], ["1234"] * 4, ["29", "777"], ["1"], ["0"]])

    @only_as_root
    def test_capabilities_are_dropped_and_kept(self):
        show = "grep -E 'Cap(Bnd|Amb)' /proc/self/status"
        net = 1 << 10  # CAP_NET_BIND_SERVICE
        lines = self.of(show, capabilities={"drop": "all"})
        self.assertEqual([int(line.split()[1], 16) for line in lines], [0, 0])
        lines = self.of(show, user="65534",
                        capabilities={"drop": "all", "ambient": ["net_bind_service"]})
        self.assertEqual([int(line.split()[1], 16) for line in lines], [net, net])
        lines = self.of(show, capabilities={"keep": ["CAP_KILL", "net_bind_service"]})
        self.assertEqual(int(lines[0].split()[1], 16), net | 1 << 5)

    def test_a_capability_that_there_is_not(self):
        init = self.init(shell("app", "true", capabilities={"drop": ["net_bind_servise"]}))
        code, records = self.records(init)
        self.assertEqual((code, records[0]["path"]), (2, "apps[0].capabilities.drop"))
        self.assertIn("did you mean CAP_NET_BIND_SERVICE?", records[0]["msg"])


class Options(ManifestCase):
    """What is typed as one word, and what it wins over."""

    def test_codes_and_sockets_have_commas_between(self):
        first, second = free_port(), free_port()
        init = Init([program(OWN), "--stop-exit-codes", "7, 3", "--sockets",
                     f"127.0.0.1:{first},127.0.0.1:{second}", "--", "sh", "-c",
                     "echo $LISTEN_FDS; exit 3"])
        self.addCleanup(init.end)
        code, records = self.records(init)
        self.assertEqual(code, 3)
        self.assertEqual([record["msg"] for record in records if record.get("stream")], ["2"])

    def test_a_variable_that_is_wrong_is_named(self):
        init = Init([program(OWN), "--", "true"], env={"PMX_KILL_TIMEOUT": "abc"})
        code, records = self.records(init)
        self.assertEqual((code, records[0]["file"]), (2, "PMX_KILL_TIMEOUT"))

    @only_as_root
    def test_the_user_that_is_shown_is_the_one_it_runs_as(self):
        path = self.folder / "apps.json"
        path.write_text(json.dumps({"apps": [{"command": "true", "user": "root"}]}))
        planned = subprocess.run([program(OWN), "plan", "--json", "--user", "12345", str(path)],
                                 capture_output=True, check=True).stdout
        self.assertEqual(json.loads(planned)["apps"][0]["user"], "12345")


class Control(ManifestCase):
    def test_where_commands_are_taken(self):
        place = str(self.folder / "here")
        init = self.init(shell("app", "echo up; exec sleep 600"), control=place)
        self.until(init, '"up"')
        ping = subprocess.run([program(OWN), "--control", place, "ping"], capture_output=True,
                              check=False)
        self.assertEqual(ping.returncode, 0)
        init.signal(signal.SIGTERM)
        self.assertEqual(init.output()[0], 0)

    def test_off_is_nowhere(self):
        init = self.init(shell("app", "echo ${PMX_CONTROL-none}", autorestart=False),
                         control="off")
        _, records = self.records(init)
        self.assertEqual([r["msg"] for r in records if r.get("stream")], ["none"])


if __name__ == "__main__":
    main()
