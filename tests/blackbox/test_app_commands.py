"""What is executed for an app, and with which variables, as pm2 would have it."""

import json
import os
import shutil
import subprocess

from manifest_case import ManifestCase
from support import OWN, PATIENCE, Init, main, program



class Commands(ManifestCase):
    def file(self, name, text, mode=0o644):
        path = self.folder / name
        path.parent.mkdir(exist_ok=True)
        path.write_text(text)
        path.chmod(mode)
        return str(path)

    def asked(self, command, *apps, options=(), **top):
        path = self.folder / "apps.json"
        path.write_text(json.dumps({"apps": [{"cwd": str(self.folder), **app} for app in apps], **top}))
        return subprocess.run([program(OWN), command, str(path), *options], text=True, check=False,
                              stdin=subprocess.DEVNULL, capture_output=True, timeout=PATIENCE)

    def planned(self, *apps, options=(), **top):
        done = self.asked("plan", *apps, options=("--json", *options), **top)
        self.assertEqual((done.returncode, done.stderr), (0, ""))
        return json.loads(done.stdout)["apps"]

    def problem(self, *apps, options=(), **top):
        done = self.asked("check", *apps, options=options, **top)
        self.assertEqual((done.returncode, done.stdout), (2, ""))
        return done.stderr

    def says(self, *apps, variables=None, **top):
        """What the apps write, as they are run."""
        init = self.init(*({"cwd": str(self.folder), "autorestart": False, **app} for app in apps),
                         popen={"env": {"PYTHONUNBUFFERED": None, **(variables or {})}}, **top)
        code, records = self.records(init)
        self.assertEqual(code, 0, records)
        return [record["msg"] for record in records if "stream" in record]


class Scripts(Commands):
    def test_a_text_without_an_extension_is_run_by_node_or_by_what_it_names(self):
        for text, interpreter in (("console.log(1)", ["node"]), ("", ["node"]),
                                  ("#!/usr/bin/env node\n", ["node"]), ("#!/opt/node/bin/node\n", ["/opt/node/bin/node"]),
                                  ("#!/usr/bin/env -S node --no-warnings\n", ["node", "--no-warnings"]),
                                  ("#!/usr/bin/env bun\n", ["bun"]), ("#!/bin/sh\n", []), ("#!\n", []),
                                  ("#!/usr/bin/env -S A=b node\n", []), ("\x7fELF\0", [])):
            with self.subTest(text):
                path = self.file("bin/www", text)
                app, itself = self.planned({"script": "bin/www", "args": "x"},
                                           {"name": "b", "script": path, "interpreter": "none"})
                self.assertEqual(app["command"], [*interpreter, path, "x"])
                self.assertEqual(itself["command"], [path])

    def test_it_is_a_node_app_in_all_that_follows(self):
        path = self.file("bin/www", "console.log(process.execArgv[0], require('cluster').isWorker)\n"
                                    "process.disconnect?.()")
        app = {"script": "bin/www", "node_args": "--no-warnings", "instances": 2}
        planned, = self.planned(app)
        self.assertEqual((planned["command"], planned["mode"]), (["node", "--no-warnings", path], "cluster"))
        self.assertEqual(self.says(app), ["--no-warnings true"] * 2)

    def test_a_program_on_path_is_executed_itself_unless_node_gets_arguments(self):
        path = self.file("tool", "#!/usr/bin/env node\n", 0o755)
        app = {"script": "tool", "cwd": "/", "env": {"PATH": f"{self.folder}:{os.environ['PATH']}"}}
        plain, told = self.planned({"name": "a", **app}, {"name": "b", **app, "node_args": "--no-warnings"})
        self.assertEqual(plain["command"][-1:], ["tool"])
        self.assertEqual(told["command"], ["node", "--no-warnings", path])

    def test_a_whole_line_is_for_bash_where_there_is_one(self):
        self.file("x.env", "export WHO=sourced\n")
        line = {"script": "source ./x.env && [[ $WHO == s* ]] && echo $WHO"}
        self.assertEqual(self.says(line), ["sourced"])
        self.file("nothing/here", "")
        without = self.planned({**line, "env": {"PATH": str(self.folder / "nothing")}})[0]["command"]
        self.assertEqual(without[:2], ["sh", "-c"])


class Words(Commands):
    def test_cmd_means_what_script_means(self):
        path = self.file("app.js", "")
        for key in ("script", "exec", "cmd"):
            with self.subTest(key):
                app, = self.planned({key: "app.js", "args": "a b", "node_args": "--no-warnings"})
                self.assertEqual(app["command"], ["node", "--no-warnings", path, "a", "b"])
                self.assertEqual(app["name"], "app")

    def test_nothing_beside_command_is_lost(self):
        for more, command in (({"command": "server.js", "interpreter": "node"}, "node server.js"),
                              ({"command": ["a", "b"], "args": "c d"}, "a b c d"),
                              ({"command": "node a.js", "node_args": "-r x"}, "node -r x a.js"),
                              ({"command": "a.js", "interpreter": "/opt/node", "node_args": "-r x", "args": "c"},
                               "/opt/node -r x a.js c"),
                              ({"command": "a b", "interpreter": "none"}, "a b")):
            with self.subTest(more):
                self.assertEqual(" ".join(self.planned(more)[0]["command"]), command)
        clustered, = self.planned({"command": "server.js", "interpreter": "node", "instances": 2})
        self.assertEqual((clustered["name"], clustered["mode"]), ("server", "cluster"))

    def test_what_could_not_be_used_is_a_problem(self):
        self.assertIn("apps[0].node_args: are for an interpreter, and command has none",
                      self.problem({"command": "redis-server", "node_args": "-r x"}))
        self.assertIn("apps[0].command: stands beside script",
                      self.problem({"command": "a", "cmd": "b"}))

    def test_a_command_takes_the_place_of_what_the_defaults_execute(self):
        redis, app = self.planned({"name": "redis", "command": "redis-server"}, {"name": "app"},
                                  defaults={"script": "app.js", "node_args": "-r x"})
        self.assertEqual(redis["command"], ["redis-server"])
        self.assertEqual(app["command"], ["node", "-r", "x", str(self.folder / "app.js")])
        app, = self.planned({"script": "app.js"}, defaults={"command": "redis-server"})
        self.assertEqual(app["command"], ["node", str(self.folder / "app.js")])

    def test_arguments_for_the_interpreter_of_a_program_are_a_warning(self):
        init = self.init({"script": "true", "node_args": "-r x", "autorestart": False})
        _, records = self.records(init)
        warned, = [record for record in records if record.get("event") == "without-effect"]
        self.assertIn("true: interpreter_args are for an interpreter", warned["msg"])

    def test_apps_without_a_name_get_one_of_their_own(self):
        apps = self.planned({"script": "npm", "args": "start"}, {"script": "npm", "args": "run x"},
                            {"name": "npm-2", "script": "npm"}, {"script": "npm"})
        self.assertEqual([app["name"] for app in apps], ["npm", "npm-3", "npm-2", "npm-4"])
        apps = self.planned({"script": "a/index.js", "env_x": {}}, {"script": "b/index.js"},
                            options=("--env", "x"), defaults={"append_env_to_name": True})
        self.assertEqual([app["name"] for app in apps], ["index-x", "index-2-x"])

    def test_empty_texts_are_as_good_as_not_written(self):
        empty = dict.fromkeys(("interpreter", "cwd", "out_file", "error_file", "log_file"), "")
        plain, = self.planned({"script": "/srv/app.js"})
        self.assertEqual(self.planned({"script": "/srv/app.js", **empty})[0]["command"], plain["command"])
        init = self.init({"script": "pwd", **empty, "autorestart": False}, popen={"cwd": self.folder})
        code, records = self.records(init)
        self.assertEqual([record["msg"] for record in records if "stream" in record],
                         [str(self.folder.resolve())])
        self.assertEqual((code, sorted(os.listdir(self.folder))), (0, ["apps.json"]))


class Variables(Commands):
    def test_python_writes_its_lines_at_once(self):
        self.file("app.py", "import os; print(os.environ.get('PYTHONUNBUFFERED'))")
        python = shutil.which("python3")
        for app, told in (({"script": "app.py"}, "1"), ({"script": "python3 app.py"}, "1"),
                          ({"command": [python, "app.py"]}, "1"),
                          ({"script": "app.py", "env": {"PYTHONUNBUFFERED": "x"}}, "x"),
                          ({"command": ["env", python, "app.py"]}, "None")):
            with self.subTest(app):
                self.assertEqual(self.says(app), [told])
        self.assertEqual(self.says({"script": "app.py"}, variables={"PYTHONUNBUFFERED": "2"}), ["2"])

    def test_the_working_directory_is_in_its_variable(self):
        (self.folder / "sub").mkdir()
        told = {"command": ["env"], "cwd": str(self.folder / "sub")}
        self.assertIn(f"PWD={self.folder}/sub", self.says(told))
        self.assertIn("PWD=mine", self.says({**told, "env": {"PWD": "mine"}}))
        self.assertNotIn("PWD", {line.partition("=")[0] for line in self.says({**told, "filter_env": True})})

    def test_port_wins_over_env_and_the_chosen_one_over_both(self):
        app = {"script": "echo $PORT", "port": 4000, "env": {"PORT": 3000}, "env_x": {"PORT": 5000}}
        self.assertEqual(self.says(app), ["4000"])
        self.assertEqual(self.says(app, options=("--env", "x")), ["5000"])

    def test_lists_and_maps_become_json(self):
        value = {"a": [1, 2.5, "x\"y", None, True], "ü": {}}
        told, = self.says({"command": ["sh", "-c", "echo $VALUE $LIST"],
                           "env": {"VALUE": value, "LIST": ["a", "b"]}})
        self.assertEqual(told, '{"a":[1,2.5,"x\\"y",null,true],"ü":{}} ["a","b"]')

    def test_an_environment_that_no_app_has_cannot_be_chosen(self):
        one, other = {"name": "a", "command": "true", "env_production": {}}, {"name": "b", "command": "true"}
        self.assertEqual(len(self.planned(one, other, options=("--env", "production"))), 2)
        self.assertEqual(self.problem(one, other, options=("--env", "prod")),
                         '--env: "prod" is chosen, and no app has env_prod; there is "production"\n')
        self.assertIn("no app has env_x; leave it out", self.problem(other, options=("--env", "x")))

    def test_for_pm2_runtime_it_is_a_warning(self):
        path = self.folder / "apps.json"
        path.write_text(json.dumps({"apps": [{"name": "a", "command": "true", "autorestart": False}]}))
        init = Init([program("pm2-runtime"), "start", "--json", str(path), "--env", "x"])
        self.addCleanup(init.end)
        code, out, _ = init.output()
        self.assertEqual(code, 0)
        warned, = [line for line in out.splitlines() if "no app has env_x" in line]
        self.assertEqual(json.loads(warned)["type"], "PM2")


if __name__ == "__main__":
    main()
