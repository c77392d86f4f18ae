"""What changes the apps while they run: delete, scale, apply and SIGHUP."""

import fcntl
import json
import os
import signal
import subprocess

from manifest_case import ControlCase, free_port
from processes import is_alive, processes_with, stat, wait_until
from support import OWN, PATIENCE, Init, main, only_as_root, program

UP = ["sh", "-c", "echo up; exec sleep 1000"]


def pipe_sizes(pid):
    """Of those that it reads its apps from."""
    sizes = []
    for name in os.listdir(f"/proc/{pid}/fd"):
        path = f"/proc/{pid}/fd/{name}"
        if int(name) <= 2 or not os.readlink(path).startswith("pipe:"):
            continue
        pipe = os.open(path, os.O_RDONLY | os.O_NONBLOCK)
        sizes.append(fcntl.fcntl(pipe, fcntl.F_GETPIPE_SZ))
        os.close(pipe)
    return sizes


class Changes(ControlCase):
    def init(self, *apps, ups=None, **more):
        init = super().init(*apps, **more)
        for _ in range(sum(app.get("instances", 1) for app in apps) if ups is None else ups):
            init.stdout.until('"msg":"up"')
        return init

    def fails(self, code, sentence, *words):
        done = self.ask(*words)
        self.assertEqual((done.returncode, done.stdout), (code, ""))
        self.assertIn(sentence, done.stderr)

    def listed(self):
        return {f'{one["name"]}{one["instance"]}': one for one in json.loads(self.works("list", "--json"))}

    def test_a_deleted_app_is_stopped_and_there_is_no_such_app_any_more(self):
        self.init({"name": "api", "command": UP}, {"name": "old", "command": UP})
        pid = self.listed()["old0"]["pid"]
        self.works("delete", "old")
        self.assertEqual(list(self.listed()), ["api0"])
        self.assertFalse(os.path.exists(f"/proc/{pid}"))
        self.fails(4, 'there is no app "old"', "logs", "old")
        self.fails(4, 'there is no app "old"', "delete", "old")

    def test_an_app_that_others_depend_on_is_not_deleted_without_them(self):
        self.init({"name": "db", "command": UP}, {"name": "api", "command": UP, "depends_on": ["db"]},
                  {"name": "last", "command": UP, "depends_on": ["api"]})
        self.fails(1, "db is needed: api depends on it", "delete", "db")
        self.assertEqual(len(self.listed()), 3)
        self.works("delete", "db", "api", "last")
        self.assertEqual(self.listed(), {})
        self.works("ping")

    def test_who_goes_depends_on_who_it_did(self):
        deaf = ["sh", "-c", "trap : TERM; echo up; while :; do sleep 1000; done"]
        init = self.init({"name": "first", "command": UP}, {"name": "db", "command": UP},
                         {"name": "api", "command": deaf, "depends_on": ["db"], "kill_timeout": "1h"})
        pid = self.listed()["api0"]["pid"]
        deleted = self.begin("delete", "api")
        self.until(init, "delete api: asked")
        self.works("delete", "first")
        told, = json.loads(self.works("describe", "api", "--json"))
        self.assertEqual(told["depends_on"], ["db"])
        os.kill(pid, signal.SIGKILL)
        self.assertEqual(deleted.wait(PATIENCE), 0)

    def test_a_person_stops_and_starts_in_the_order_of_dependency_too(self):
        # The database takes a moment to be ready, and says when it is asked to end.
        source = ("require('http').createServer((q, a) => a.end()).listen(process.env.PORT);"
                  "console.log('up'); process.on('SIGTERM', () => { console.log('asked');"
                  "process.exit(0) })")
        port = free_port()
        late = ["sh", "-c", "trap 'echo late; exit 0' TERM; echo up; while :; do sleep 0.1; done"]
        init = self.init({"name": "api", "command": late, "depends_on": {"db": "ready"}},
                         {"name": "db", "command": ["node", "-e", source], "env": {"PORT": str(port)},
                          "ready": {"http": f"http://127.0.0.1:{port}/"}})
        for _ in range(2):
            self.works("stop", "all")
            self.until(init, '"msg":"late"', '"app":"api"')
            self.until(init, '"event":"exited"', '"app":"api"')
            self.until(init, '"msg":"asked"', '"app":"db"')
            self.works("start", "all")
            self.until(init, '"event":"ready"', '"app":"db"')
            self.until(init, '"event":"started"', '"app":"api"')
        for _ in range(2):  # of both, of which api stands first
            self.works("restart", "all")
            self.until(init, '"event":"ready"', '"app":"db"')
            self.until(init, '"event":"started"', '"app":"api"')
        self.works("stop", "all")
        self.assertIn("api[0] waits: what it depends on was stopped", self.ask("start", "api").stderr)
        self.works("start", "db")
        self.until(init, '"event":"ready"', '"app":"db"')
        self.until(init, '"event":"started"', '"app":"api"')
        self.works("stop", "db")  # alone: nobody else is concerned
        self.assertEqual(self.listed()["api0"]["status"], "online")

    def test_scale_adds_instances_and_takes_the_last_away(self):
        init = self.init({"name": "worker", "command": UP, "exec_mode": "fork"})
        first = self.listed()["worker0"]["pid"]
        self.works("scale", "worker", "3")
        listed = self.listed()
        self.assertEqual([(one["id"], one["status"]) for one in listed.values()],
                         [(0, "online"), (1, "online"), (2, "online")])
        self.works("scale", "worker", "-2")
        self.assertEqual(list(self.listed()), ["worker0"])
        self.assertEqual(self.listed()["worker0"]["pid"], first)
        self.works("scale", "worker", "+1")
        self.assertEqual(list(self.listed()), ["worker0", "worker1"])
        self.fails(1, "that would make 0", "scale", "worker", "-2")
        self.fails(2, '"many" is no number of instances', "scale", "worker", "many")
        self.fails(1, "scale worker -1", "delete", "worker[1]")
        init.signal(signal.SIGTERM)
        self.assertEqual(self.records(init)[0], 0)

    def test_each_instance_has_its_number_and_its_lines(self):
        init = super().init({"name": "w", "exec_mode": "fork",
                             "command": ["sh", "-c", "echo up $NODE_APP_INSTANCE; exec sleep 1000"]},
                            options=("--control", self.control))
        init.stdout.until('"msg":"up 0"')
        self.works("scale", "w", "2")
        init.stdout.until('"msg":"up 1"')
        self.works("scale", "w", "1")
        self.works("scale", "w", "2")
        init.stdout.until('"msg":"up 1"')
        self.assertEqual(self.works("logs", "w[1]", "--raw").splitlines(), ["up 1"])

    def test_many_instances_come_and_go(self):
        super().init({"name": "w", "command": ["sleep", "1000"], "exec_mode": "fork"},
                     options=("--control", self.control)).stdout.until('"event":"started"')
        for count in (40, 1, 60, 2):
            self.works("scale", "w", str(count))
            self.assertEqual(len(self.listed()), count)
        self.assertLess(max(one["id"] for one in self.listed().values()), 60)

    def write(self, *apps, name="apps.json", **top):
        path = self.folder / name
        path.write_text(json.dumps({"apps": list(apps), **top}))
        return str(path)

    def test_apply_starts_stops_replaces_and_keeps(self):
        init = self.init({"name": "same", "command": UP}, {"name": "gone", "command": UP},
                         {"name": "other", "command": UP, "env": {"A": "1"}})
        before = self.listed()
        new = self.write({"name": "new", "command": UP, "depends_on": ["same"]},
                         {"name": "other", "command": ["sh", "-c", "echo A=$A; exec sleep 1000"],
                          "env": {"A": "2"}},
                         {"name": "same", "command": UP}, name="new.json")
        self.works("apply", new)
        init.stdout.until('"msg":"A=2"')
        after = self.listed()
        self.assertEqual(sorted(after), ["new0", "other0", "same0"])
        self.assertEqual(after["same0"]["pid"], before["same0"]["pid"])
        self.assertNotEqual(after["other0"]["pid"], before["other0"]["pid"])
        self.assertEqual({one["status"] for one in after.values()}, {"online"})
        self.works("apply", new)
        self.assertEqual({name: one["pid"] for name, one in self.listed().items()},
                         {name: one["pid"] for name, one in after.items()})

    def test_the_answer_names_who_was_meant_whoever_has_its_place(self):
        sockets = {"sockets": [f"@pmx-init.test.rows.{os.getpid()}"], "instances": 2}
        self.init({"name": "old", "command": UP}, {"name": "api", "command": UP, **sockets})
        path = self.folder / "next.json"
        path.write_text(json.dumps({"apps": [{"name": "api", "command": UP, "umask": "077",
                                              **sockets}]}))
        rows = json.loads(self.works("apply", str(path), "--json"))
        self.assertEqual(sorted(row["name"] for row in rows), ["api", "api", "old"])

    def test_what_a_deleted_app_says_last_is_followed(self):
        # It halts us, so that its last words and its end are seen together.
        last = ("import os, signal; signal.signal(signal.SIGTERM, lambda *_: (os.kill(os.getppid(), "
                "signal.SIGSTOP), print('bye', flush=True), os._exit(0))); print('up', flush=True); "
                "signal.pause()")
        init = self.init({"name": "api", "command": ["python3", "-c", last], "treekill": False},
                         {"name": "other", "command": UP})
        pid = self.listed()["api0"]["pid"]
        follower = subprocess.Popen(
            [program(OWN), "--control", self.control, "logs", "-f", "--raw", "api"], text=True,
            stdin=subprocess.DEVNULL, stdout=subprocess.PIPE)
        self.addCleanup(follower.stdout.close)
        self.addCleanup(follower.wait)
        self.addCleanup(follower.kill)
        self.assertIn("up", follower.stdout.readline())
        deleted = self.begin("delete", "api")
        wait_until(lambda: stat(pid).state == "Z", "its end")
        init.signal(signal.SIGCONT)
        self.assertEqual(deleted.wait(PATIENCE), 0)
        init.signal(signal.SIGTERM)
        self.assertEqual(follower.stdout.read(), "bye\n")

    def test_what_an_app_left_behind_is_of_nobody_who_has_its_place(self):
        leaves = ("import os, time\nif os.fork() == 0:\n os.setsid()\n if os.fork() == 0:\n"
                  "  print('orphan', os.getpid(), flush=True); time.sleep(1000)\n os._exit(0)\n"
                  "time.sleep(1000)")
        init = self.init({"name": "old", "command": ["python3", "-c", leaves], "treekill": False},
                         {"name": "api", "command": UP}, ups=0)
        orphan = int(self.until(init, '"msg":"orphan')["msg"].split()[1])
        self.works("delete", "old")
        self.works("scale", "api", "2")
        rows = {row["instance"]: row for row in json.loads(self.works("list", "--json"))}
        self.assertLess(rows[1]["memory_bytes"], 6 << 20)  # no python
        self.works("restart", "api")
        self.assertTrue(is_alive(orphan))
        os.kill(orphan, signal.SIGKILL)

    def test_a_change_that_comes_with_the_stop_has_failed(self):
        init = self.init({"name": "api", "command": UP}, {"name": "old", "command": UP})
        with self.connection() as client, client.makefile() as replies:
            init.signal(signal.SIGSTOP)  # so that both are there when it goes on
            client.sendall(b'{"version":1,"command":"delete","targets":["old"]}\n')
            init.signal(signal.SIGTERM)
            init.signal(signal.SIGCONT)
            reply = json.loads(replies.readline())
        self.assertEqual((reply["ok"], reply["error"]), (False, "everything is being stopped"))

    def test_what_was_left_out_and_is_written_now_is_the_same(self):
        self.init({"name": "api", "command": UP})
        pid = self.listed()["api0"]["pid"]
        path = self.folder / "written.json"
        for written in ({"instances": 1}, {"merge_logs": False}, {"exec_mode": "fork"}):
            path.write_text(json.dumps({"apps": [{"name": "api", "command": UP, **written}]}))
            self.works("apply", str(path))
            self.assertEqual(self.listed()["api0"]["pid"], pid, written)
        path.write_text(self.works("save"))
        self.works("apply", str(path))
        self.assertEqual(self.listed()["api0"]["pid"], pid)

    def test_a_manifest_with_problems_changes_nothing_and_all_of_them_are_told(self):
        self.init({"name": "api", "command": UP})
        before = self.listed()["api0"]["pid"]
        wrong = self.write({"name": "api", "comand": UP}, {"name": "b", "command": UP, "user": "nobody-here"},
                           name="wrong.json")
        done = self.ask("apply", wrong)
        self.assertEqual((done.returncode, done.stdout), (2, ""))
        self.assertIn("did you mean command?", done.stderr)
        self.fails(2, 'nobody-here', "apply", self.write(
            {"name": "api", "command": UP}, {"name": "b", "command": UP, "user": "nobody-here"},
            name="wrong.json"))
        self.fails(2, "cannot be read", "apply", str(self.folder / "missing.json"))
        self.assertEqual(self.listed()["api0"]["pid"], before)

    def test_what_cannot_become_another_while_it_runs_is_refused(self):
        app = {"name": "api", "command": UP}
        path = self.folder / "apps.json"
        path.write_text(json.dumps({"apps": [app], "control": self.control}))
        init = Init([program(OWN), "run", str(path)])
        self.addCleanup(init.end)
        init.stdout.until('"msg":"up"')
        for key, other in (("log.schema", {"log": {"schema": "ecs"}}),
                           ("log.format", {"log": "text"}),
                           ("log.flush_timeout", {"log": {"flush_timeout": "1s"}}),
                           ("control", {"control": "@other"})):
            changed = {"apps": [{**app, "nice": 1}], "control": self.control, **other}
            path.write_text(json.dumps(changed))
            done = self.ask("apply", str(path))
            self.assertEqual((done.returncode, done.stderr),
                             (2, f"pmx-init: {key} is another than when pmx-init started: a change "
                                 "of it needs a new container\n"))
        self.assertEqual(json.loads(self.works("list", "--json"))[0]["restarts"], 0)

    def test_hangup_reads_the_manifest_anew(self):
        init = self.init({"name": "api", "command": UP})
        self.write({"name": "api", "command": UP}, {"name": "second", "command": UP})
        init.signal(signal.SIGHUP)
        init.stdout.until('"msg":"up"')
        self.assertEqual(sorted(self.listed()), ["api0", "second0"])
        (self.folder / "apps.json").write_text('{"apps": [{"name": "api", "command": []}]}')
        init.signal(signal.SIGHUP)
        record = self.until(init, '"event":"problem"')
        self.assertIn("apps[0].command", record["msg"])
        self.until(init, '"event":"apply"', "nothing is changed")
        self.assertEqual(sorted(self.listed()), ["api0", "second0"])
        init.signal(signal.SIGTERM)
        self.assertEqual(self.records(init)[0], 0)

    def test_apply_without_a_file_reads_what_was_read_at_the_start(self):
        self.init({"name": "api", "command": UP})
        self.write({"name": "renamed", "command": UP})
        self.works("apply")
        self.assertEqual(list(self.listed()), ["renamed0"])

    def test_a_program_that_says_what_to_run_is_evaluated_by_who_asks(self):
        self.init({"name": "api", "command": UP})
        config = self.folder / "new.config.js"
        config.write_text("module.exports = { apps: [{ name: process.env.WANTED, command: "
                          + json.dumps(UP) + " }] }")
        done = subprocess.run([program(OWN), "--control", self.control, "apply", str(config)],
                              env={**os.environ, "WANTED": "by-name"}, stdin=subprocess.DEVNULL,
                              capture_output=True, text=True, timeout=60)
        self.assertEqual((done.returncode, done.stderr), (0, ""))
        self.assertEqual(list(self.listed()), ["by-name0"])

    def test_nothing_is_left_of_what_says_what_to_run_and_others_live_on(self):
        config = self.folder / "apps.config.js"
        config.write_text("const { spawn } = require('child_process');"
                          "for (const detached of [true, false])"
                          "  spawn('sleep', ['1000'], { detached, stdio: 'ignore' }).unref();"
                          "module.exports = { apps: [{ script: 'true' }] }")
        done = subprocess.run(
            ["sh", "-c", 'OURS=no sleep 1000 >/dev/null 2>&1 & echo $!; exec "$@"', "sh",
             program(OWN), "check", str(config)], env={**os.environ, "OURS": str(self.folder)},
            stdin=subprocess.DEVNULL, capture_output=True, text=True, timeout=60)
        other = int(done.stdout.split()[0])
        self.addCleanup(os.kill, other, signal.SIGKILL)
        self.assertEqual((done.returncode, done.stderr), (0, ""), done.stdout)
        self.assertTrue(is_alive(other))
        self.assertEqual(processes_with(f"OURS={self.folder}"), [])

    @only_as_root  # others may have no pipes that large
    def test_large_pipes_are_of_one_budget_whoever_comes_later(self):
        init = self.init({"name": "api", "command": UP, "instances": 8, "exec_mode": "fork"})
        large = lambda: [size for size in pipe_sizes(init.pid) if size > 65536]
        self.assertEqual(sum(large()), 16 << 20)
        self.works("scale", "api", "16")
        self.assertEqual(sum(large()), 16 << 20)

    def test_an_app_that_does_not_come_up_makes_apply_fail(self):
        self.init({"name": "api", "command": UP})
        new = self.write({"name": "api", "command": UP}, {"name": "bad", "command": ["/no/such"]},
                         name="new.json")
        done = self.ask("apply", new)
        self.assertEqual(done.returncode, 1)
        self.assertIn("bad[0] is errored", done.stderr)
        self.assertEqual(self.listed()["api0"]["status"], "online")

    def test_a_reload_into_what_exits_at_once_fails_and_says_why(self):
        script, good = self.folder / "app.sh", self.folder / "good"
        script.write_text(f"touch {good}; echo up; exec sleep 1000")
        self.init({"name": "api", "script": str(script), "interpreter": "sh",
                   "ready": {"exec": ["test", "-e", str(good)], "interval": 20}})
        self.works("reload", "api")
        script.write_text("exit 1")
        good.unlink()
        done = self.ask("reload", "api")
        self.assertEqual((done.returncode, done.stderr),
                         (1, "pmx-init: api[0] is waiting restart: it exited with code 1\n"))

    def test_new_apps_have_the_same_surroundings_as_the_first(self):
        show = ["sh", "-c", "echo $PMX_CONTROL $INHERITED ${WANTED:-none}; exec sleep 1000"]
        init = super().init({"name": "api", "command": show}, options=("--control", self.control),
                            popen={"env": {**os.environ, "INHERITED": "yes"}})
        init.stdout.until(f'"msg":"{self.control} yes none"')
        new = self.write({"name": "second", "command": show}, name="new.json")
        subprocess.run([program(OWN), "--control", self.control, "apply", new],
                       env={**os.environ, "WANTED": "by the client", "INHERITED": "no"}, check=True,
                       stdin=subprocess.DEVNULL, capture_output=True, timeout=60)
        init.stdout.until(f'"msg":"{self.control} yes none"')

    def follow(self, *targets):
        client = subprocess.Popen(
            [program(OWN), "--control", self.control, "logs", "-f", "--raw", *targets],
            stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, text=True)
        self.addCleanup(client.stdout.close)
        self.addCleanup(client.wait, 60)
        self.addCleanup(client.kill)
        return client

    def test_who_follows_an_app_follows_new_instances_too(self):
        says = ["sh", "-c", "echo $NAME $NODE_APP_INSTANCE; exec sleep 1000"]
        api, web, db = ({"name": name, "command": says, "env": {"NAME": name}}
                        for name in ("api", "web", "db"))
        init = super().init(api, web)
        for _ in range(2):
            init.stdout.until('"stream"')
        of_api, of_all = self.follow("api"), self.follow()
        self.assertEqual(of_api.stdout.readline(), "api 0\n")
        self.assertEqual({of_all.stdout.readline() for _ in range(2)}, {"api 0\n", "web 0\n"})
        self.works("delete", "web")
        self.works("apply", self.write(api, db, name="new.json"))  # db takes the place of web
        self.works("scale", "api", "2")
        self.assertEqual({of_all.stdout.readline() for _ in range(2)}, {"api 1\n", "db 0\n"})
        self.assertEqual(of_api.stdout.readline(), "api 1\n")

    def test_nobody_follows_who_takes_an_app_s_place(self):
        self.init({"name": "api", "command": UP}, {"name": "web", "command": UP})
        client = self.follow("web")
        self.assertEqual(client.stdout.readline(), "up\n")
        self.works("delete", "web")
        db = {"name": "db", "command": ["sh", "-c", "echo not for you; exec sleep 1000"]}
        web = {"name": "web", "command": ["sh", "-c", "echo again; exec sleep 1000"]}
        api = {"name": "api", "command": UP}
        self.works("apply", self.write(api, db, name="new.json"))
        self.works("apply", self.write(api, db, web, name="newer.json"))
        self.assertEqual(client.stdout.readline(), "again\n")

    def test_a_client_that_follows_the_log_is_ended_by_an_interrupt(self):
        init = self.init({"name": "api", "command": UP})
        client = self.follow()
        self.assertEqual(client.stdout.readline(), "up\n")
        client.send_signal(signal.SIGINT)
        self.assertEqual(client.wait(60), -signal.SIGINT)


if __name__ == "__main__":
    main()
