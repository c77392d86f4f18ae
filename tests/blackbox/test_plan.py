"""`pmx-init plan`: what would come of a manifest, without starting anything; and `states`."""

import json
import os
import re
import subprocess

from manifest_case import ManifestCase
from support import OWN, main, program



class Plan(ManifestCase):
    def plan(self, *apps, options=(), **top):
        path = self.folder / "apps.json"
        path.write_text(json.dumps({"apps": list(apps), **top}))
        return subprocess.run([program(OWN), "plan", str(path), *options], text=True,
                              stdin=subprocess.DEVNULL, capture_output=True, timeout=60)

    def run_check(self):
        return subprocess.run([program(OWN), "check", str(self.folder / "apps.json")], text=True,
                              stdin=subprocess.DEVNULL, capture_output=True, timeout=60, check=False)

    def planned(self, *apps, options=(), **top):
        done = self.plan(*apps, options=["--json", *options], **top)
        self.assertEqual((done.returncode, done.stderr), (0, ""))
        return json.loads(done.stdout)

    def test_the_command_is_the_one_that_will_run(self):
        script = self.folder / "my app.js"
        script.write_text("")
        app = {"script": script.name, "args": "--port 80", "cwd": str(self.folder)}
        planned = self.planned(app)["apps"][0]
        self.assertEqual(planned["command"], ["node", str(script), "--port", "80"])
        self.assertEqual((planned["name"], planned["cwd"], planned["instances"], planned["mode"]),
                         ("my app", str(self.folder), 1, "fork"))
        text = self.plan(app).stdout
        self.assertIn(f"node '{script}' --port 80\n", text)

    def test_of_several_manifests_the_keys_of_the_first_count_and_the_others_are_named(self):
        files = {"first": {"stop_timeout": "20s", "exit_when": "never"},
                 "second": {"stop_timeout": "30s", "exit_when": "never", "log": "text", "deploy": {}}}
        for name, top in files.items():
            app = {"name": name, "command": "true"}
            (self.folder / f"{name}.json").write_text(json.dumps({"apps": [app], **top}))
        (self.folder / "app.js").write_text("")
        paths = [str(self.folder / file) for file in ("app.js", "first.json", "second.json")]
        done = subprocess.run([program(OWN), "plan", "--json", *paths], text=True, check=True,
                              stdin=subprocess.DEVNULL, capture_output=True, timeout=60)
        planned = json.loads(done.stdout)
        self.assertEqual([app["name"] for app in planned["apps"]], ["app", "first", "second"])
        why = "counts in the first manifest only"
        self.assertEqual(planned["ignored"],
                         [{"key": "deploy", "why": "means nothing in a container"},
                          {"key": f"stop_timeout of {paths[2]}", "why": why},
                          {"key": f"log of {paths[2]}", "why": why}])
        text = subprocess.run([program(OWN), "plan", *paths], text=True, check=True,
                              stdin=subprocess.DEVNULL, capture_output=True, timeout=60).stdout
        self.assertIn(f"stop_timeout of {paths[2]}: {why}\n", text)

    def test_problems_of_several_manifests_come_in_the_order_of_the_files_each_once(self):
        files = {"a": {"command": "true", "user": "nosuchuser", "depends_on": ["nobody"]},
                 "b": {"command": "true", "instnaces": 1}}
        for name, app in files.items():
            (self.folder / f"{name}.json").write_text(json.dumps({"name": name, **app}))

        def told(*names):
            done = subprocess.run([program(OWN), "check", *names], cwd=self.folder, text=True,
                                  stdin=subprocess.DEVNULL, capture_output=True, timeout=60)
            self.assertEqual((done.returncode, done.stdout), (2, ""))
            return [line.split(": ")[:2] for line in done.stderr.splitlines()]

        a = [["a.json:1:42", "user"], ["a.json:1:71", "depends_on"]]
        b = [["b.json:1:34", "instnaces"]]
        self.assertEqual(told("a.json", "b.json"), a + b)
        self.assertEqual(told("b.json", "b.json"), [["b.json:1:10", "name"]] + b)
        # Nobody knows who else is in a file that is not there.
        self.assertEqual(told("b.json", "a.json", "gone.json"),
                         b + a[:1] + [["gone.json", "cannot be read"]])

    def test_names_that_env_makes_longer_are_referred_to_as_they_are_written(self):
        api = {"name": "api", "command": "true", "depends_on": ["db"], "env_production": {}}
        db, cache = ({"name": name, "command": "true"} for name in ("db", "cache"))
        cache["append_env_to_name"] = False

        def planned(*options):
            apps = self.planned(api, db, cache, defaults={"append_env_to_name": True},
                                options=("--env", "production", *options))["apps"]
            return {app["name"]: list(app["depends_on"]) for app in apps}

        long = {"api-production": ["db-production"], "db-production": []}
        self.assertEqual(planned(), {**long, "cache": []})
        self.assertEqual(planned("--only", "api,db"), long)
        self.assertEqual(planned("--only", "api-production,db"), long)
        self.assertEqual(planned("--only", "api,cache"), {"api-production": [], "cache": []})

    def test_two_that_get_the_same_name_by_env_are_a_problem(self):
        done = self.plan({"name": "api", "command": "true", "env_x": {}, "append_env_to_name": True},
                         {"name": "api-x", "command": "true"}, options=("--env", "x"))
        self.assertEqual(done.returncode, 2)
        self.assertIn('apps[1].name: "api-x" is the name of apps[0] already', done.stderr)

    def test_that_is_a_warning_of_run_too(self):
        for name, timeout in (("first", "20s"), ("second", "30s")):
            app = {"name": name, "command": "true", "autorestart": False}
            (self.folder / f"{name}.json").write_text(
                json.dumps({"apps": [app], "stop_timeout": timeout}))
        done = subprocess.run([program(OWN), "-q", "run", "first.json", "second.json"], text=True,
                              stdin=subprocess.DEVNULL, capture_output=True, timeout=60, check=True,
                              cwd=self.folder)
        warning, = map(json.loads, done.stdout.splitlines())
        self.assertEqual([warning[key] for key in ("event", "level", "msg")],
                         ["ignored", "warn",
                          "count in the first manifest only: stop_timeout of second.json"])

    def test_nothing_is_started(self):
        self.plan({"command": ["touch", str(self.folder / "started")]})
        self.assertEqual([file.name for file in self.folder.iterdir()], ["apps.json"])

    def test_instances_come_from_the_processors_that_may_be_used(self):
        usable = len(os.sched_getaffinity(0))
        apps = [{"name": f"n{count}", "command": "true", "instances": count}
                for count in (3, "max", "100%", -1)]
        three, most, all_of, but_one = self.planned(*apps)["apps"]
        self.assertEqual((three["instances"], three["instances_because"]), (3, "as written"))
        self.assertRegex(most["instances_because"], r"^all of \d+ processors? \(\d+ that it may")
        self.assertLessEqual(most["instances"], usable)
        self.assertEqual(all_of["instances"], most["instances"])
        self.assertEqual(but_one["instances"], max(1, most["instances"] - 1))
        # Options win over the manifest here too.
        self.assertEqual(self.planned(apps[0], options=["-i", "5"])["apps"][0]["instances"], 5)
        only = subprocess.run(["taskset", "-c", str(min(os.sched_getaffinity(0))), program(OWN), "plan",
                               str(self.folder / "apps.json"), "-i", "max", "--json"], text=True,
                              stdin=subprocess.DEVNULL, capture_output=True, timeout=60, check=True)
        app, = json.loads(only.stdout)["apps"]
        self.assertEqual(app["instances"], 1)
        self.assertIn("all of 1 processor (1 that it may run on", app["instances_because"])

    def test_ceilings_of_memory_are_bytes(self):
        written, none = self.planned({"name": "a", "command": "true", "max_memory_restart": "300M"},
                                     {"name": "b", "command": "true"})["apps"]
        self.assertEqual((written["memory_ceiling_bytes"], written["memory_ceiling_because"]),
                         (300 << 20, "as written"))
        self.assertEqual((none["memory_ceiling_bytes"], none["memory_ceiling_because"]), (None, None))

    def test_the_order_is_that_of_dependency_and_its_reverse(self):
        apps = [{"name": "web", "command": "true", "depends_on": {"api": "ready"}},
                {"name": "api", "command": "true", "depends_on": ["db"]},
                {"name": "db", "command": "true"}, {"name": "cron", "command": "true"}]
        planned = self.planned(*apps)
        self.assertEqual(planned["start_order"], [["db", "cron"], ["api"], ["web"]])
        self.assertEqual(planned["stop_order"], [["web", "cron"], ["api"], ["db"]])
        self.assertEqual(planned["apps"][0]["depends_on"], {"api": "ready"})
        text = self.plan(*apps).stdout
        self.assertIn("start           db and cron, then api, then web\n", text)
        self.assertIn("stop            web and cron, then api, then db\n", text)

    def test_a_stop_that_docker_or_kubernetes_would_cut_short_is_a_warning(self):
        for timeout, warned in (("9s", []), ("11s", ["Docker"]), ("31s", ["Docker", "Kubernetes"])):
            with self.subTest(timeout):
                planned = self.planned({"command": "true", "kill_timeout": timeout})
                self.assertEqual(planned["longest_stop_ms"], int(timeout[:-1]) * 1000)
                self.assertEqual(len(planned["warnings"]), len(warned))
                for warning, whose in zip(planned["warnings"], warned):
                    self.assertIn(f"{whose} kills after", warning)
        chain = [{"name": "a", "command": "true", "kill_timeout": "2s", "depends_on": ["b"]},
                 {"name": "b", "command": "true", "kill_timeout": "3s"}]
        self.assertEqual(self.planned(*chain, options=["--grace", "0"])["longest_stop_ms"], 5000)
        self.assertEqual(self.planned(*chain, stop_timeout="4s")["longest_stop_ms"], 4000)

    def test_a_command_after_the_last_stop_is_part_of_it(self):
        planned = self.planned({"command": "true", "kill_timeout": "1s",
                                "post_stop": {"command": "true", "timeout": "50s"}}, stop_timeout="55s")
        self.assertEqual(planned["longest_stop_ms"], 53_000)
        self.assertEqual(len(planned["warnings"]), 2)

    def test_keys_that_change_nothing_are_named_with_the_reason(self):
        apps = {"name": "a.b", "command": "true", "vizion": True, "watch": True,
                "source_map_support": True}
        planned = self.planned(apps, deploy={})
        self.assertEqual(planned["ignored"],
                         [{"key": "deploy", "why": "means nothing in a container"},
                          {"key": "a.b.vizion", "why": "means nothing in a container"},
                          {"key": "a.b.source_map_support",
                           "why": 'write "interpreter_args": "--enable-source-maps"'},
                          {"key": "a.b.watch", "why": "has no effect in this version"}])
        text = self.plan(apps, deploy={}).stdout
        self.assertIn("ignored         a.b.watch: has no effect in this version\n", text)

    def test_what_is_not_done_as_it_was_asked_for_is_a_warning(self):
        planned = self.planned(
            {"name": "py", "command": "python3 app.py", "exec_mode": "cluster", "instances": 2},
            {"name": "line", "script": "node dist/main.js", "node_args": "--max-old-space-size=512"},
            options=["--name", "web"])
        about = ("py: ", "line: interpreter_args are for an interpreter", "--name web: there are 2 apps")
        self.assertEqual(len(planned["warnings"]), len(about), planned["warnings"])
        for text, warning in zip(about, planned["warnings"]):
            self.assertTrue(warning.startswith(text), warning)

    def test_one_that_is_not_there_may_be_another_one(self):
        done = self.plan({"name": "api", "command": "true"}, options=["--only", "apj"])
        self.assertEqual((done.returncode, done.stderr),
                         (2, '--only: "apj" is no app of this manifest; did you mean "api"?\n'))

    def test_one_that_is_chosen_may_have_another_name(self):
        apps = ({"name": "a", "command": "true"}, {"name": "b", "command": "true"})
        planned = self.planned(*apps, options=["--only", "b", "--name", "web"])
        self.assertEqual([app["name"] for app in planned["apps"]], ["web"])

    def test_a_cluster_of_several(self):
        (self.folder / "app.js").touch()
        for words in ({"script": "app.js"}, {"script": "node", "args": "app.js"}, {"command": "node app.js"}):
            with self.subTest(words):
                planned = self.planned({"name": "web", "instances": 4, "cwd": str(self.folder), **words})
                self.assertEqual((planned["apps"][0]["instances"], planned["apps"][0]["mode"]), (4, "cluster"))
                self.assertEqual(planned["warnings"], [])
        planned = self.planned({"script": "node", "interpreter": "none", "instances": 4})
        self.assertEqual(planned["apps"][0]["mode"], "fork")

    def test_what_is_not_there_is_a_warning(self):
        own = self.folder / "node_modules" / ".bin"
        own.mkdir(parents=True)
        (own / "tsx").touch()
        (self.folder / "app.js").touch()
        (self.folder / "web").mkdir()
        (self.folder / "web" / "index.js").touch()
        here = str(self.folder)
        rows = (({"script": "app.js"}, None), ({"command": "node app"}, None), ({"script": "web"}, None),
                ({"script": "dist/main.js"}, f"{here}/dist/main.js is not there"),
                ({"script": "dist/main.js", "pre_start": "npm run build"}, None),
                ({"command": "node -r app.js main.js"}, f"{here}/main.js is not there"),
                ({"script": "app.js", "interpreter": "node@20.1"}, '"node@20.1" is in no folder of PATH'),
                ({"command": "./serve"}, "./serve is not there"),
                ({"script": "app.js", "cwd": "/nowhere"}, "/nowhere is not there"),
                ({"script": "nothing"}, f'"nothing" is neither in {here} nor in a folder of PATH'),
                ({"script": "tsx"}, f'"tsx" is neither in {here} nor in a folder of PATH: '
                                    "write node_modules/.bin/tsx"))
        for keys, missing in rows:
            with self.subTest(keys):
                app = {"name": "a", "cwd": here, **keys}
                self.assertEqual(self.planned(app)["warnings"], [f"a: {missing}"] if missing else [])
                checked = self.run_check()
                self.assertEqual(checked.returncode, 0)
                self.assertEqual("".join(checked.stdout.splitlines()[1:]),
                                 f"warning: a: {missing}" if missing else "")

    def test_one_instance_of_npm_is_no_cluster(self):
        planned = self.planned({"name": "web", "command": "npm start", "exec_mode": "cluster"})
        self.assertEqual((planned["apps"][0]["mode"], planned["warnings"]), ("fork", []))

    def test_problems_are_those_that_check_finds(self):
        done = self.plan({"command": "true", "instances": "many"}, options=["--json"])
        checked = self.run_check()
        self.assertEqual(done.returncode, 2)
        self.assertEqual(len(json.loads(done.stdout)["problems"]), 1)
        self.assertIn("apps[0].instances", done.stderr)
        self.assertEqual(done.stderr, checked.stderr)


class States(ManifestCase):
    def states(self, *options):
        done = subprocess.run([program(OWN), "states", *options], text=True, stdin=subprocess.DEVNULL,
                              capture_output=True, timeout=60)
        self.assertEqual((done.returncode, done.stderr), (0, ""))
        return done.stdout

    def test_all_three_forms_have_the_same_transitions(self):
        table = json.loads(self.states("--json"))
        edges = {(one["from"], to, one["event"]) for one in table["transitions"] for to in one["to"]}
        self.assertIn(("stopped", "launching", "start requested"), edges)
        self.assertEqual({edge[0] for edge in edges} | {edge[1] for edge in edges}, set(table["states"]))
        self.assertEqual({edge[2] for edge in edges}, set(table["events"]))
        graph = re.findall(r'^  (\w+) -> (\w+) \[label="([^"]*)"\];$', self.states("--dot"), re.MULTILINE)
        self.assertEqual(sorted(graph), sorted(edges))
        told, state = set(), None
        for line in self.states().splitlines():
            if not line.startswith(" "):
                state = line
                continue
            event, follows = re.fullmatch(r"  (.*?)  +(.*)", line).groups()
            told |= {(state, state if to == "stays" else to, event) for to in follows.split(", ")}
        self.assertEqual(told, edges)


if __name__ == "__main__":
    main()
