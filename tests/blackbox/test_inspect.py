"""How the apps that run are defined: `env`, and where its values came from; `save`."""

import json
import os
import signal

from manifest_case import ControlCase
from support import OWN, PATIENCE, Init, main, program

UP = ["sh", "-c", "echo up; exec sleep 1000"]


class Inspect(ControlCase):
    def setUp(self):
        super().setUp()
        self.secret = self.folder / "db"
        self.secret.write_text("s3cret\n")
        self.env_file = self.folder / ".env"
        self.env_file.write_text("KEY=k3y\nSHARED=f1le\n")

    def init(self, *apps, options=(), ups=None, **more):
        init = super().init(*apps, options=options, **more)
        for _ in range(len(apps) if ups is None else ups):
            init.stdout.until('"msg":"up"')
        return init

    def with_secrets(self, **more):
        return {"name": "api", "command": UP, "cwd": str(self.folder), "env_file": ".env",
                "env": {"LEVEL": "debug", "PASSWORD": {"file": str(self.secret)}, "SHARED": "known",
                        "URL": "db://me:${PASSWORD}@db", "SAID": "${LEVEL}"}, **more}

    def test_env_is_what_the_instance_was_started_with(self):
        self.init({"name": "api", "command": UP, "instances": 2, "exec_mode": "fork",
                   "env": {"LEVEL": "debug"}}, ups=2)
        pid = json.loads(self.works("list", "--json", "api[1]"))[0]["pid"]
        with open(f"/proc/{pid}/environ", encoding="utf-8") as file:
            actual = dict(line.split("=", 1) for line in file.read().split("\0") if line)
        told, = json.loads(self.works("env", "api[1]", "--json"))
        self.assertEqual((told["id"], told["name"], told["instance"]), (1, "api", 1))
        self.assertEqual(told["env"], actual)
        self.assertEqual(told["env"]["NODE_APP_INSTANCE"], "1")
        text = self.works("env", "api")
        self.assertTrue(text.startswith("api[0]\n"))
        self.assertIn("\n\napi[1]\n", text)

    def test_a_secret_is_shown_as_its_source(self):
        self.init(self.with_secrets())
        lines = self.works("env", "0").splitlines()
        for line in (f"PASSWORD=<from {self.secret}>", f"KEY=<from {self.env_file}>", "SHARED=known",
                     "URL=<from db://me:${PASSWORD}@db>", "LEVEL=debug", "SAID=debug"):
            self.assertIn(line, lines)
        told = self.works("env", "api", "--json")
        for secret in ("s3cret", "k3y", "f1le"):
            self.assertNotIn(secret, told)
        env = json.loads(told)[0]["env"]
        self.assertEqual(env["PASSWORD"], {"file": str(self.secret)})
        self.assertEqual(env["KEY"], {"env_file": str(self.env_file)})
        self.assertEqual(env["URL"], {"filled_in": "db://me:${PASSWORD}@db"})
        shown = self.works("env", "api", "--show-secrets").splitlines()
        for line in ("PASSWORD=s3cret", "KEY=k3y", "URL=db://me:s3cret@db"):
            self.assertIn(line, shown)
        self.assertNotIn("s3cret", self.works("describe", "api", "--json"))

    def test_a_secret_is_one_still_when_the_manifest_was_read_anew(self):
        init = self.init(self.with_secrets(), options=("--env-file", str(self.env_file)))
        path = self.folder / "apps.json"
        changed = self.with_secrets(env={"PASSWORD": {"file": str(self.secret)}, "NEW": "1"})
        path.write_text(json.dumps({"apps": [changed]}))
        init.signal(signal.SIGHUP)
        init.stdout.until('"msg":"up"')
        lines = self.works("env", "api").splitlines()
        self.assertIn("NEW=1", lines)
        self.assertIn(f"PASSWORD=<from {self.secret}>", lines)
        self.assertIn(f"SHARED=<from {self.env_file}>", lines)

    SAME = ("name", "instance", "namespace", "version", "mode", "status", "user", "ready")

    def listed(self):
        return [{key: one[key] for key in self.SAME} for one in json.loads(self.works("list", "--json"))]

    def environments(self):
        """Of each instance, without what is of one pmx-init, process or test run alone."""
        told = json.loads(self.works("env", "all", "--json", "--show-secrets"))
        return [{name: value for name, value in one["env"].items()
                 if name not in ("PMX_CONTROL", "PMX_INSTANCE_ID", "pm_id", "FAKE_CHILD_REPORT")} for one in told]

    def test_what_is_saved_can_be_checked_and_runs_in_the_same_way(self):
        first = self.init(
            self.with_secrets(version="1.2", namespace="web", depends_on={"db": "ready"},
                              ready={"delay": 1}, kill_timeout="3s", max_memory_restart="1G"),
            {"name": "db", "command": UP, "instances": 2, "env": {"RAW": "${A:-$}{B}"}},
            {"name": "old", "command": UP}, options=("--env", "EXTRA=1"), ups=4, stop_timeout="4s")
        first.stdout.wait_for('"event":"ready"')
        for words in (("scale", "db", "3"), ("delete", "old")):
            self.works(*words)
        before = self.listed(), self.environments()
        saved = self.works("save")
        for secret in ("s3cret", "k3y", "f1le"):
            self.assertNotIn(secret, saved)
        api = json.loads(saved)["apps"][0]
        self.assertEqual(api["env"]["PASSWORD"], {"file": str(self.secret)})
        self.assertEqual(api["env_file"], [str(self.env_file)])
        self.assertEqual(json.loads(self.works("save", "--json")), json.loads(saved))
        self.works("shutdown")
        self.assertEqual(first.exit_code(), 0)

        path = self.folder / "saved.json"
        path.write_text(saved)
        self.assertEqual(self.ask("check", str(path)).stdout, f"{path}: 2 apps, no problem\n")
        again = Init([program(OWN), "--control", self.control, "run", str(path)])
        self.addCleanup(again.end)
        for _ in range(4):
            again.stdout.until('"msg":"up"')
        again.stdout.wait_for('"event":"ready"')
        self.assertEqual((self.listed(), self.environments()), before)
        self.assertEqual(json.loads(self.works("save")), json.loads(saved))

    def test_what_was_applied_is_what_is_saved(self):
        self.init({"name": "api", "command": UP})
        path = self.folder / "other.json"
        path.write_text(json.dumps({"apps": [{"name": "new", "command": UP, "max_restarts": 3}]}))
        self.works("apply", str(path))
        app, = json.loads(self.works("save"))["apps"]
        self.assertEqual((app["name"], app["max_restarts"]), ("new", 3))
        self.works("delete", "new")
        done = self.ask("save")
        self.assertEqual((done.returncode, done.stdout), (1, ""))
        self.assertIn("there is no app", done.stderr)

    def test_of_nobody_there_is_no_env(self):
        self.init({"name": "api", "command": UP})
        done = self.ask("env", "apj")
        self.assertEqual((done.returncode, done.stdout), (4, ""))
        self.assertIn('did you mean "api"?', done.stderr)
        self.assertEqual(self.ask("env").returncode, 2)


    def test_who_never_ran_has_no_exit_code(self):
        init = self.init({"name": "once", "command": ["sh", "-c", "exit 6"], "autorestart": False},
                         {"name": "api", "command": UP, "depends_on": {"once": "completed"}},
                         {"name": "other", "command": UP}, ups=1)
        init.stdout.wait_for('"event":"errored"')
        codes = {app["name"]: app["exit_code"] for app in json.loads(self.works("list", "--json"))}
        self.assertEqual(codes, {"once": 6, "api": None, "other": None})
        done = self.ask("start", "api")
        self.assertEqual(done.returncode, 1)
        self.assertIn("api[0] is stopped: what it depends on has failed", done.stderr)


class NewVariables(ControlCase):
    def test_a_restart_with_new_variables_reads_their_files_again(self):
        secret = self.folder / "secret"
        secret.write_text("old\n")
        more = self.folder / "more.env"
        more.write_text("MORE=1\n")
        show = "echo $SECRET $MORE; exec sleep 1000"
        env = {"SECRET": {"file": str(secret)}}
        init = self.init(
            {"name": "api", "command": ["sh", "-c", show], "env": env, "env_file": str(more)},
            {"name": "other", "command": ["sh", "-c", show], "env": env})
        told = {self.until(init, '"stream"')["msg"] for _ in range(2)}  # in any order
        self.assertEqual(told, {"old 1", "old"})
        secret.write_text("new\n")
        more.write_text("MORE=2\n")
        self.works("restart", "api")
        init.stdout.until('"msg":"old 1"')
        self.works("restart", "--update-env", "api")
        init.stdout.until('"msg":"new 2"')
        self.works("restart", "--update-env", "api")  # also where nothing is new
        init.stdout.until('"msg":"new 2"')
        restarts = {app["name"]: app["restarts"]
                    for app in json.loads(self.works("list", "--json"))}
        self.assertEqual(restarts, {"api": 3, "other": 0})
        secret.unlink()
        failed = self.ask("restart", "--update-env", "all")
        self.assertEqual(failed.returncode, 1)
        self.assertIn(f"api: cannot read {secret}, the value of SECRET: no such file", failed.stderr)
        self.assertEqual(json.loads(self.works("list", "--json"))[0]["restarts"], 3)

    def test_an_app_that_was_stopped_is_started_with_new_variables(self):
        secret = self.folder / "secret"
        secret.write_text("old")
        init = self.init({"name": "api", "command": ["sh", "-c", "echo $SECRET; exec sleep 1000"],
                          "env": {"SECRET": {"file": str(secret)}}},
                         {"name": "other", "command": ["sleep", "1000"]})
        init.stdout.until('"msg":"old"')
        self.works("stop", "api")
        secret.write_text("new")
        self.works("restart", "api", "--update-env")
        init.stdout.until('"msg":"new"')

    def test_who_goes_meanwhile_stays_gone(self):
        more = self.folder / "more.env"
        more.write_text("")
        init = self.init(
            {"name": "api", "command": ["sleep", "1000"], "env_file": str(more)},
            {"name": "old", "kill_timeout": "1h", "command": [
                "sh", "-c", "trap : TERM; echo up; while :; do sleep 1000; done"]})
        pid = self.until(init, '"msg":"up"')["pid"]
        more.unlink()
        os.mkfifo(more)
        deleted = self.begin("delete", "old")
        self.until(init, "delete old: asked")
        restarted = self.begin("restart", "--update-env", "all")
        with open(more, "w", encoding="utf-8") as variables:  # it is being read
            os.kill(pid, signal.SIGKILL)
            self.assertEqual(deleted.wait(PATIENCE), 0)
            variables.write("MORE=1")
        self.assertEqual(restarted.wait(PATIENCE), 1)
        app, = json.loads(self.works("list", "--json"))
        self.assertEqual((app["name"], app["restarts"]), ("api", 1))

    def test_new_variables_are_what_apply_would_make_of_them(self):
        secret, more = self.folder / "secret", self.folder / "more.env"
        secret.write_text("old")
        more.write_text("")
        init = self.init({"name": "api", "command": ["sh", "-c", "echo $DB $LEVEL; exec sleep 1000"],
                          "env": {"PASSWORD": {"file": str(secret)}, "DB": "${DB}?pw=${PASSWORD}"},
                          "env_file": str(more)},
                         popen={"env": {"DB": "db://h", "LEVEL": "info"}})
        init.stdout.until('"msg":"db://h?pw=old info"')
        secret.write_text("new")
        more.write_text("LEVEL=debug")
        for _ in range(2):
            self.works("restart", "--update-env", "api")
            self.assertEqual(self.until(init, '"stream"')["msg"], "db://h?pw=new debug")
        self.assertIn("DB=<from ${DB}?pw=${PASSWORD}>", self.works("env", "api").splitlines())


if __name__ == "__main__":
    main()
