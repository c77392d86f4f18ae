"""The subcommands that talk to the pmx-init that is running, and its socket."""

import json
import os
import pathlib
import signal
import socket
import subprocess
import tempfile
import time

from processes import wait_until
from support import OWN, PATIENCE, Init, TestCase, main, program
from terminal import on_terminal

UP = ["sh", "-c", "echo up; exec sleep 1000"]


class Control(TestCase):
    def setUp(self):
        super().setUp()
        folder = tempfile.TemporaryDirectory()
        self.addCleanup(folder.cleanup)
        self.folder = pathlib.Path(folder.name)
        self.socket = f"@pmx-init.test.{os.getpid()}.{self.id()}"

    def init(self, *apps, control=None, ups=None, options=(), up='"msg":"up"'):
        path = self.folder / "apps.json"
        path.write_text(json.dumps({"apps": list(apps)}))
        init = Init([program(OWN), "--control", control or self.socket, *options, "run", str(path)])
        self.addCleanup(init.end)
        for _ in range(len(apps) if ups is None else ups):
            init.stdout.until(up)
        return init

    def ask(self, *words, control=None):
        return subprocess.run([program(OWN), "--control", control or self.socket, *words], text=True,
                              stdin=subprocess.DEVNULL, capture_output=True, timeout=60)

    def listed(self, *words):
        done = self.ask("list", "--json", *words)
        self.assertEqual((done.returncode, done.stderr), (0, ""))
        return json.loads(done.stdout)

    def test_all_processes_count_for_memory_and_processor_time(self):
        busy = "echo up; (while :; do :; done) & wait"
        self.init({"name": "busy", "command": ["sh", "-c", busy]},
                  {"name": "idle", "command": UP})

        def differ():
            """Its own start counts for the idle one at first."""
            used = {one["name"]: one for one in self.listed()}
            is_so = used["busy"]["cpu_percent"] >= 5 and used["idle"]["cpu_percent"] == 0
            return used if is_so else None

        used = wait_until(differ, "one is busy and the other idle")
        alone = used["idle"]["memory_bytes"]
        self.assertGreater(alone, 100_000)
        self.assertGreater(used["busy"]["memory_bytes"], alone)

    def test_a_pattern_means_every_app_whose_name_matches(self):
        self.init({"name": "api-a", "command": UP}, {"name": "api-b", "command": UP},
                  {"name": "other", "command": UP})
        self.assertEqual([one["name"] for one in self.listed("/^api-/")], ["api-a", "api-b"])
        for pattern, names in (("/^[[:alpha:]]+$/", ["other"]), ("/[[:punct:]]/", ["api-a", "api-b"]),
                               ("/^[[:lower:]]+-[^[:upper:]a]$/", ["api-b"])):
            self.assertEqual([one["name"] for one in self.listed(pattern)], names)
        done = self.ask("stop", "/nothing/")
        self.assertEqual((done.returncode, done.stdout), (4, ""))
        self.assertIn("no app's name matches /nothing/", done.stderr)
        done = self.ask("stop", "/(/")
        self.assertEqual((done.returncode, done.stdout), (4, ""))
        self.assertIn("/(/ is no pattern", done.stderr)
        self.assertEqual(self.ask("stop", "/^a.*b$/", "other").returncode, 0)
        self.assertEqual([one["status"] for one in self.listed()], ["online", "stopped", "stopped"])

    def test_jlist_has_the_keys_that_scripts_read(self):
        self.init({"name": "api", "command": UP, "namespace": "web", "version": "1.2.3"})
        own = self.listed()[0]
        one, = json.loads(self.ask("jlist").stdout)
        self.assertEqual((one["name"], one["pm_id"], one["pid"]), ("api", 0, own["pid"]))
        self.assertGreater(one["monit"]["memory"], 100_000)
        env = one["pm2_env"]
        self.assertEqual((env["status"], env["exec_mode"], env["restart_time"], env["namespace"],
                          env["version"]), ("online", "fork_mode", 0, "web", "1.2.3"))
        self.assertLess(abs(env["pm_uptime"] / 1000 - time.time()), 120)
        self.assertEqual((env["exec_interpreter"], env["pm_exec_path"], env["args"], env["pm_cwd"]),
                         ("none", UP[0], UP[1:], os.getcwd()))
        self.assertEqual((env["pm_out_log_path"], env["axm_monitor"]), ("/dev/null", {}))

    def test_jlist_tells_a_script_from_its_interpreter_and_where_its_lines_go(self):
        (self.folder / "app.py").write_text("import time; print('up'); time.sleep(1000)")
        self.init({"script": "app.py", "interpreter": "python3", "interpreter_args": "-u -B",
                   "args": "--port 80", "cwd": str(self.folder), "instances": 2, "out_file": "o.log"})
        _, second = json.loads(self.ask("jlist").stdout)
        env = second["pm2_env"]
        self.assertEqual({key: env[key] for key in ("exec_interpreter", "node_args", "args", "instances")},
                         {"exec_interpreter": "python3", "node_args": ["-u", "-B"],
                          "args": ["--port", "80"], "instances": 2})
        self.assertEqual([env[key] for key in ("pm_exec_path", "pm_cwd", "pm_out_log_path")],
                         [str(self.folder / "app.py"), str(self.folder), str(self.folder / "o-1.log")])

    def test_jlist_says_the_same_as_long_as_nothing_is_started(self):
        def times():
            env = json.loads(self.ask("jlist").stdout)[0]["pm2_env"]
            return env["created_at"], env["pm_uptime"]

        self.init({"name": "api", "command": UP})
        first = times()
        self.assertEqual({times() for _ in range(20)}, {first})
        self.ask("stop", "api")
        self.assertEqual(times(), first)
        self.ask("start", "api")
        self.assertEqual(times()[0], first[0])
        self.assertGreater(times()[1], first[1])

    def connection(self):
        client = socket.socket(socket.AF_UNIX)
        self.addCleanup(client.close)
        client.connect("\0" + self.socket[1:])  # before the time limit: it waits while the backlog is full
        client.settimeout(60)
        return client

    def exchange(self, line, client=None):
        client = client or self.connection()
        client.sendall(line)
        return json.loads(client.makefile().readline())

    def test_list_has_one_object_for_each_instance(self):
        init = self.init({"name": "api", "command": UP}, {"name": "db", "command": UP,
                                                          "namespace": "data", "version": "1.2"})
        api, db = self.listed()
        self.assertEqual(
            (api["id"], api["name"], api["instance"], api["status"], api["ready"], api["mode"]),
            (0, "api", 0, "online", True, "fork"))
        self.assertEqual((db["namespace"], db["version"], db["restarts"]), ("data", "1.2", 0))
        self.assertEqual([row["name"] for row in self.listed("data")], ["db"])
        self.assertEqual([row["name"] for row in self.listed("api[0]", "1")], ["api", "db"])
        os.kill(api["pid"], 0)
        table = self.ask("ls").stdout.splitlines()
        self.assertEqual(table[0].split()[:3], ["id", "name", "namespace"])
        self.assertEqual(len(table), 3)
        init.signal(signal.SIGTERM)
        self.assertEqual(init.output()[0], 0)

    def test_restart_waits_for_the_new_process(self):
        self.init({"name": "api", "command": UP})
        before = self.listed()[0]
        done = self.ask("restart", "api", "--json")
        self.assertEqual(done.returncode, 0)
        after = json.loads(done.stdout)[0]
        self.assertNotEqual(before["pid"], after["pid"])
        self.assertEqual((after["restarts"], after["unstable_restarts"]), (1, 0))
        with self.assertRaises(ProcessLookupError):
            os.kill(before["pid"], 0)
        self.assertEqual(self.ask("reset", "api").returncode, 0)
        self.assertEqual(self.listed()[0]["restarts"], 0)

    def test_a_stopped_app_stays_stopped_and_keeps_nobody_from_ending(self):
        init = self.init({"name": "api", "command": UP}, {"name": "db", "command": UP})
        self.assertEqual(self.ask("stop", "all").returncode, 0)
        self.assertEqual([row["status"] for row in self.listed()], ["stopped"] * 2)
        self.assertEqual(self.ask("start", "db").returncode, 0)
        self.assertEqual([row["status"] for row in self.listed()], ["stopped", "online"])
        self.assertEqual(self.ask("shutdown").returncode, 0)
        self.assertEqual(init.output()[0], 0)

    def test_healthcheck_says_yes_or_no_and_nothing_else(self):
        self.assertEqual(self.ask("healthcheck").returncode, 1)  # nobody answers
        self.assertEqual(self.ask("healthcheck", "too", "much").returncode, 1)
        self.assertEqual(self.ask("ping").returncode, 3)

    def test_an_errored_app_can_be_started_again(self):
        init = self.init({"name": "bad", "command": ["sh", "-c", "test -e good || exit 3; echo up; "
                                                     "exec sleep 1000"],
                          "cwd": str(self.folder), "max_restarts": 1},
                         {"name": "other", "command": UP}, ups=0)
        init.stdout.until("given up")
        self.assertEqual(self.listed("bad")[0]["status"], "errored")
        self.assertEqual(self.listed("bad")[0]["exit_code"], 3)
        health = self.ask("healthcheck")
        self.assertEqual((health.returncode, health.stderr), (1, "pmx-init: bad is errored\n"))
        (self.folder / "good").touch()
        self.assertEqual(self.ask("start", "bad").returncode, 0)
        self.assertEqual(self.ask("healthcheck").returncode, 0)

    def test_who_was_given_up_is_not_well_although_it_ended_with_0(self):
        bad = {"name": "bad", "command": "true", "max_restarts": 1}
        init = self.init(bad, {"name": "other", "command": UP}, ups=1)
        wait_until(lambda: self.listed("bad")[0]["status"] == "errored", "it is given up")
        health = self.ask("healthcheck")
        self.assertEqual((health.returncode, health.stderr), (1, "pmx-init: bad is errored\n"))
        init.end()
        self.assertEqual(self.init(bad, ups=0).output()[0], 1)

    def test_a_start_that_fails_says_why(self):
        self.init({"name": "gone", "command": ["/nonexistent/program"]},
                  {"name": "other", "command": UP}, ups=1)
        done = self.ask("restart", "gone")
        self.assertEqual(done.returncode, 1)
        self.assertEqual(done.stderr,
                         "pmx-init: gone[0] is errored: it exited with code 127\n")

    def test_an_app_that_ends_at_once_has_not_been_started(self):
        # Each of them is up long enough to be seen once, and online as soon as it is executed.
        self.init({"name": "bad", "command": ["sh", "-c", "test -e good || exit 3; echo up; "
                                              "exec sleep 1000"], "cwd": str(self.folder),
                   "autostart": False},
                  {"name": "fast", "command": ["sh", "-c", "exit 4"], "restart_delay": 0,
                   "max_restarts": "unlimited", "autostart": False},
                  {"name": "once", "command": ["sh", "-c", "exit 5"], "autorestart": False,
                   "autostart": False},
                  {"name": "job", "command": "true", "autorestart": False, "autostart": False},
                  {"name": "other", "command": UP}, ups=1)
        for command in ("start", "restart", "reload"):
            for name, code in (("bad", 3), ("fast", 4), ("once", 5)):
                done = self.ask(command, name)
                self.assertEqual(done.returncode, 1, (command, name))
                self.assertIn(f"it exited with code {code}", done.stderr)
                self.assertEqual(self.ask("stop", name).returncode, 0)
            self.assertEqual(self.ask(command, "job").returncode, 0)
        (self.folder / "good").touch()
        self.assertEqual(self.ask("start", "bad").returncode, 0)

    def test_logs_has_the_last_lines_and_chooses_among_them(self):
        self.init({"name": "api", "command":
                   ["sh", "-c", "seq 1 40; echo '{\"level\":\"warn\",\"msg\":\"slow\"}'; echo bad >&2; "
                    "echo up; exec sleep 1000"]}, {"name": "db", "command": UP})
        done = self.ask("logs", "api", "--lines", "4")
        self.assertEqual(done.returncode, 0)
        self.assertLessEqual({"api[0] | slow", "api[0] | up"}, set(done.stdout.splitlines()))
        self.assertEqual(len(done.stdout.splitlines()), 4)
        self.assertEqual(self.ask("logs", "--raw", "--lines", "99", "--match", "3").stdout.split(),
                         [str(n) for n in range(1, 41) if "3" in str(n)])
        warned = self.ask("logs", "--json", "--lines", "99", "--level", "warn").stdout
        self.assertEqual(json.loads(warned)["msg"], "slow")
        self.assertEqual(self.ask("logs", "--stream", "stderr").stdout, "api[0] | bad\n")
        # Among all that are kept, unless it is said among how many.
        self.assertEqual(self.ask("logs", "--raw", "--match", "1").stdout.split()[:2], ["1", "10"])

    def test_logs_shows_records_that_only_others_can_read(self):
        self.init({"name": "api", "command":
                   ["sh", "-c", "echo '{\"msg\":\"much\",\"of\":1e999}'; echo up; exec sleep 1000"]},
                  up="up")
        shown = self.ask("logs", "--lines", "9")
        self.assertEqual((shown.returncode, shown.stderr), (0, ""))
        much, up = shown.stdout.splitlines()
        self.assertRegex(much, r'^api\[0\] \| \{.*"msg":"much","of":1e999')
        self.assertEqual(up, "api[0] | up")
        self.assertIn("1e999", self.ask("logs", "--stream", "stdout", "--match", "much").stdout)

    def test_logs_gives_no_orders_to_a_terminal(self):
        self.init({"name": "api", "command":
                   ["sh", "-c", "printf 'a\\033]0;title\\007b\\033[31mred\\033[0m\\033[2Jc\\302\\233d\\n'; echo up; exec sleep 1000"]}, up="up")
        client, terminal = on_terminal(self, [program(OWN), "--control", self.socket, "logs", "--raw"])
        self.assertEqual(client.exit_code(), 0)
        terminal.screen.wait_for("ab\033[31mred\033[0mcd")
        self.assertIn("\033]0;title", self.ask("logs", "--raw").stdout)  # no terminal

    def test_logs_says_where_no_lines_are_kept(self):
        self.init({"name": "api", "command": UP}, options=("--log", "raw"), up="up")
        for words in ([], ["api"], ["-f"]):
            done = self.ask("logs", *words)
            self.assertEqual((done.returncode, done.stdout, done.stderr),
                             (1, "", "pmx-init: with --log raw no lines are kept: start it with "
                              "--log json or --log text\n"))

    def test_logs_follows_until_the_end(self):
        init = self.init({"name": "api", "command":
                          ["sh", "-c", "trap 'echo later' USR2; echo up; "
                           "while :; do sleep 1000 & wait; done"]})
        reader = subprocess.Popen([program(OWN), "--control", self.socket, "logs", "-f", "--raw"],
                                  stdout=subprocess.PIPE, text=True)
        self.addCleanup(reader.wait)
        self.addCleanup(reader.kill)
        self.addCleanup(reader.stdout.close)
        self.assertEqual(reader.stdout.readline(), "up\n")
        self.ask("signal", "USR2", "api")
        self.assertEqual(reader.stdout.readline(), "later\n")
        init.signal(signal.SIGTERM)
        self.assertEqual((reader.stdout.read(), reader.wait(PATIENCE)), ("", 0))

    def test_who_reads_the_log_and_takes_nothing_stops_nobody(self):
        init = self.init({"name": "api", "command":
                          ["sh", "-c", "echo up; yes | head -n 10000; echo done; exec sleep 1000"]})
        client = self.connection()
        client.sendall(b'{"version":1,"command":"logs","follow":true}\n')
        init.stdout.until('"msg":"done"')
        self.assertEqual(self.listed()[0]["status"], "online")

    def test_a_signal_goes_to_the_main_process(self):
        init = self.init({"name": "api", "command":
                          ["sh", "-c", "trap 'echo heard' USR2; echo up; "
                           "while :; do sleep 1000 & wait; done"]})
        self.assertEqual(self.ask("signal", "SIGUSR2", "api").returncode, 0)
        init.stdout.until('"msg":"heard"')
        wrong = self.ask("signal", "SIGNOTHING", "api")
        self.assertEqual((wrong.returncode, wrong.stderr),
                         (2, 'pmx-init: "SIGNOTHING" is no signal, as SIGUSR2 is\n'))

    def test_every_change_is_in_the_log_with_who_asked(self):
        init = self.init({"name": "api", "command": UP})
        self.ask("restart", "api")
        self.assertIn("restart api: asked by process", init.stdout.until('"event":"control"'))

    def test_targets_that_are_not_there_are_refused(self):
        self.init({"name": "api", "command": UP})
        done = self.ask("stop", "apj")
        self.assertEqual((done.returncode, done.stderr),
                         (4, 'pmx-init: there is no app "apj", did you mean "api"?\n'))
        self.assertEqual(self.ask("stop").returncode, 2)
        self.assertEqual(self.listed()[0]["status"], "online")

    def test_where_nobody_answers_the_code_is_3(self):
        done = self.ask("list")
        self.assertEqual(done.returncode, 3)
        self.assertIn("no pmx-init answers at " + self.socket, done.stderr)

    def test_children_find_the_socket_in_PMX_CONTROL(self):
        init = self.init({"name": "api", "autorestart": False,
                          "command": ["sh", "-c", f"{program(OWN)} ping; echo $PMX_CONTROL"]}, ups=0)
        _, out, _ = init.output()
        said = [json.loads(line).get("msg") for line in out.splitlines()]
        self.assertIn("pmx-init answers", said)
        self.assertIn(self.socket, said)

    def test_as_pid_1_it_listens_where_PMX_CONTROL_says(self):
        for pid1, commands in ((True, ["ping"]), (False, [])):
            place = str(self.folder / f"control-{pid1}.sock")
            init = Init([program(OWN), "--restart", "never", "--", "sleep", "1000"], pid1=pid1,
                        env={"PMX_CONTROL": place})
            self.addCleanup(init.end)
            init.stdout.until('"event":"started"')
            self.assertEqual(os.path.exists(place), pid1)
            init.signal(signal.SIGTERM)
            self.assertEqual(init.output()[0], 0)

    def test_a_path_is_for_its_owner_only(self):
        path = str(self.folder / "control.sock")
        self.init({"name": "api", "command": UP}, control=path)
        self.assertEqual(os.stat(path).st_mode & 0o777, 0o600)
        self.assertEqual(self.ask("ping", control=path).returncode, 0)

    def test_a_path_that_was_left_behind_is_taken_again(self):
        path = str(self.folder / "control.sock")
        first = self.init({"name": "api", "command": UP}, control=path)
        first.signal(signal.SIGKILL)
        first.output()
        self.assertTrue(os.path.exists(path))
        self.init({"name": "api", "command": UP}, control=path)
        self.assertEqual(self.ask("ping", control=path).returncode, 0)

    def test_a_name_that_is_taken_is_one_warning_and_everything_else_goes_on(self):
        squatter = socket.socket(socket.AF_UNIX)
        self.addCleanup(squatter.close)
        squatter.bind("\0" + self.socket[1:])
        squatter.listen()
        init = self.init({"name": "api", "command": UP}, ups=0)
        init.stdout.wait_for('"msg":"up"')
        init.signal(signal.SIGTERM)
        code, out, _ = init.output()
        warning, = [line for line in out.splitlines() if '"event":"control"' in line]
        self.assertIn("choose another place by --control PATH", warning)
        self.assertEqual(code, 0)

    def test_another_user_is_refused(self):
        if os.geteuid() != 0:
            self.fail("this test has to run as root, to become somebody else")
        self.init({"name": "api", "command": UP})
        stranger = subprocess.run(
            ["setpriv", "--reuid", "65534", "--clear-groups", "python3", "-c",
             "import socket, sys; s = socket.socket(socket.AF_UNIX); "
             "s.connect('\\0' + sys.argv[1]); print(s.makefile().readline())", self.socket[1:]],
            text=True, capture_output=True, timeout=60)
        self.assertIn('"ok":false', stranger.stdout, stranger.stderr)
        self.assertIn("refused", stranger.stdout)

    def test_who_is_in_another_PID_namespace_is_refused_and_refuses(self):
        if os.geteuid() != 0:
            self.fail("this test has to run as root, to make a PID namespace")
        path = self.folder / "apps.json"
        path.write_text(json.dumps({"apps": [{"name": "api", "command": UP}]}))
        inside = Init(["unshare", "--pid", "--fork", "--kill-child", program(OWN), "--control",
                       self.socket, "run", str(path)])
        self.addCleanup(inside.end)
        inside.stdout.until('"msg":"up"')
        self.assertIn("refused", self.connection().makefile().readline())
        self.assertEqual(self.ask("ping").returncode, 1)

        self.socket += ".outside"
        self.init({"name": "api", "command": UP})
        done = subprocess.run(["unshare", "--pid", "--fork", program(OWN), "--control", self.socket,
                               "ping"], text=True, capture_output=True, timeout=60)
        self.assertEqual(done.returncode, 3)
        self.assertIn("runs in another container", done.stderr)

    def test_bad_requests_are_answered_and_harm_nobody(self):
        self.init({"name": "api", "command": UP})
        for line, code in ((b"\n", 2), (b"[]\n", 2), (b"\xff{\n", 2), (b'{"version":1}\n', 2),
                           (b'{"version":2,"command":"list"}\n', 2),
                           (b'{"version":1,"command":"fly"}\n', 2),
                           (b'{"version":1,"command":"stop","targets":[1]}\n', 2),
                           (b'{"version":1,"command":"stop","targets":["x"]}\n', 4)):
            reply = self.exchange(line)
            self.assertEqual((reply["ok"], reply["code"]), (False, code), line)
        reply = self.exchange(b"x" * (1024 * 1024 + 1))
        self.assertEqual(reply["error"], "the request is longer than 1 MiB")
        self.assertEqual(self.listed()[0]["status"], "online")

    def test_a_connection_serves_one_request_after_the_other(self):
        self.init({"name": "api", "command": UP})
        client = self.connection()
        client.sendall(b'{"version":1,"command":"ping"}\n' * 3)
        replies = client.makefile()
        for _ in range(3):
            self.assertTrue(json.loads(replies.readline())["ok"])

    def test_a_hundred_clients_at_once_and_many_who_say_nothing(self):
        self.init({"name": "api", "command": UP})
        silent = [self.connection() for _ in range(20)]
        clients = [self.connection() for _ in range(100)]
        for client in clients:
            client.sendall(b'{"version":1,"command":"list"}\n')
        for client in clients:
            self.assertTrue(json.loads(client.makefile().readline())["ok"])
        for client in silent:
            self.assertTrue(self.exchange(b'{"version":1,"command":"ping"}\n', client)["ok"])

    def test_who_waits_for_a_place_gets_one_when_others_leave(self):
        self.init({"name": "api", "command": UP})
        many = [self.connection() for _ in range(140)]
        many[-1].sendall(b'{"version":1,"command":"ping"}\n')
        for client in many[:100]:
            client.close()
        self.assertTrue(json.loads(many[-1].makefile().readline())["ok"])


if __name__ == "__main__":
    main()
