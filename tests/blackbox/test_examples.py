"""Each folder of examples/ does what its README says, with its manifest as it is."""

import http.client
import json
import os
import pathlib
import re
import shutil
import signal
import subprocess
import sys
import threading
import unittest
from contextlib import closing

from manifest_case import ControlCase, free_port
from processes import PATIENCE, wait_until
from records import parse_all
from support import OWN, Init, main, program

EXAMPLES = pathlib.Path(__file__).resolve().parents[2] / "examples"


def positions(records, *moments):
    """Where in the log the first record of each app is that has all of these fields."""
    found = []
    for app, fields in moments:
        fitting = [number for number, record in enumerate(records) if record.get("app") == app
                   and fields.items() <= record.items()]
        if not fitting:
            raise AssertionError(f"{app} has no record with {fields}: {records}")
        found.append(fitting[0])
    return found


@unittest.skipUnless(shutil.which("node"), "needs node")
class ExampleCase(ControlCase):
    """Works on a copy, for some examples write files and some tests change them."""

    example = manifest = None

    def setUp(self):
        super().setUp()
        self.copy = self.folder / self.example
        shutil.copytree(EXAMPLES / self.example, self.copy)
        self.port = free_port()
        # This Python for those who want one, not whatever stands in front of it.
        path = os.pathsep.join([os.path.dirname(sys.executable), os.environ["PATH"]])
        self.variables = {"PORT": str(self.port), "PATH": path}

    def run_it(self, **variables):
        init = Init([program(OWN), "--control", self.control, "run", self.manifest], cwd=self.copy,
                    env={**self.variables, **variables})
        self.addCleanup(init.end)
        return init

    def only_look(self, subcommand, *options, **variables):
        """`check` or `plan`: (exit code, stdout, stderr)"""
        done = subprocess.run([program(OWN), subcommand, self.manifest, *options], cwd=self.copy,
                              env={**os.environ, **self.variables, **variables}, text=True,
                              stdin=subprocess.DEVNULL, capture_output=True, timeout=PATIENCE,
                              check=False)
        return done.returncode, done.stdout, done.stderr

    def connect(self):
        return closing(http.client.HTTPConnection("127.0.0.1", self.port, timeout=PATIENCE))

    def request(self, method, path, body=None, headers=None):
        """(status, text)"""
        with self.connect() as connection:
            connection.request(method, path, body, headers or {})
            answer = connection.getresponse()
            return answer.status, answer.read().decode()

    def listed(self, name):
        return json.loads(self.works("list", "--json", name))[0]

    def stop(self, init):
        """All records, the end of which went well."""
        init.signal(signal.SIGTERM)
        code, out, err = init.output()
        self.assertEqual((code, err), (0, ""), out)
        return parse_all(out)


class Migration(ExampleCase):
    example, manifest = "migration", "ecosystem.config.js"

    def run_it(self, **variables):
        self.database = self.folder / "shop.json"
        return super().run_it(**{"DATABASE": str(self.database), **variables})

    def test_each_waits_for_the_one_it_needs_and_the_stop_goes_the_other_way_round(self):
        init = self.run_it()
        self.until(init, "looks for jobs")
        self.assertEqual(self.request("POST", "/jobs", "paint the fence"), (202, ""))
        self.until(init, "begins paint the fence")
        records = self.stop(init)
        places = positions(
            records, ("db-migrate", {"msg": "version 1 to 2"}),
            ("db-migrate", {"event": "exited", "code": 0}), ("api", {"event": "started"}),
            ("api", {"event": "ready"}), ("worker", {"event": "started"}),
            ("worker", {"msg": "has done paint the fence"}), ("worker", {"event": "exited", "code": 0}),
            ("api", {"event": "exited", "code": 0}))
        self.assertEqual(places, sorted(places), records)
        self.assertEqual(json.loads(self.database.read_text()), {"version": 2, "jobs": [], "done": 1})

    def test_the_next_start_finds_nothing_to_migrate_and_the_jobs_that_were_left(self):
        (self.folder / "shop.json").write_text('{"version": 2, "jobs": ["mow the lawn"], "done": 0}')
        init = self.run_it()
        self.until(init, "has done mow the lawn")
        said = [record["msg"] for record in self.stop(init)
                if record.get("app") == "db-migrate" and "stream" in record]
        self.assertEqual(said, ["the database has version 2"])

    def test_when_the_migration_fails_nothing_else_is_started(self):
        code, records = self.records(self.run_it(DATABASE=str(self.folder / "nowhere/shop.json")))
        self.assertEqual(code, 1)
        started = {record["app"] for record in records if record.get("event") == "started"}
        self.assertEqual(started, {"db-migrate"})

    def test_the_plan_has_both_orders(self):
        code, out, err = self.only_look("plan", "--json")
        self.assertEqual((code, err), (0, ""))
        plan = json.loads(out)
        self.assertEqual(plan["start_order"], [["db-migrate"], ["api"], ["worker"]])
        self.assertEqual(plan["stop_order"], plan["start_order"][::-1])


@unittest.skipUnless(shutil.which("node"), "needs node")
class Readme(ControlCase):
    """The manifest of README.md, with apps that do what their names promise."""

    SCRIPTS = {
        "migrate.js": "console.log('migrated')",
        "api.js": "require('http').createServer((_, answer) => answer.end()).listen(PORT);",
        "worker.js": "console.log('works'); setInterval(() => {}, 1e6);"}

    def test_its_manifest_starts_in_order_and_ends_well(self):
        page = (EXAMPLES.parent / "README.md").read_text()
        block = re.search(r"```js\n(// ecosystem.config.js\n.*?)```", page, re.DOTALL)
        port = str(free_port())
        files = {**self.SCRIPTS, "ecosystem.config.js": block[1]}
        for name, text in files.items():
            (self.folder / name).write_text(text.replace("PORT", port).replace("3000", port))
        init = Init([program(OWN), "--control", self.control, "run", "ecosystem.config.js"],
                    cwd=self.folder)
        self.addCleanup(init.end)
        self.until(init, '"msg":"works"')
        init.signal(signal.SIGTERM)
        code, out, err = init.output()
        self.assertEqual((code, err), (0, ""), out)
        places = positions(
            parse_all(out), ("migrate", {"msg": "migrated"}),
            ("migrate", {"event": "exited", "code": 0}), ("api", {"event": "started"}),
            ("api", {"event": "ready"}), ("worker", {"event": "started"}),
            ("worker", {"event": "exited"}), ("api", {"event": "exited"}))
        self.assertEqual(places, sorted(places), out)


class Cron(ExampleCase):
    example, manifest = "cron", "apps.yaml"

    def report(self, init):
        return self.until(init, '"msg":"report"')

    def test_the_job_runs_again_and_again_beside_the_server(self):
        init = self.run_it()
        first = self.report(init)
        server = self.listed("server")["pid"]
        wait_until(lambda: self.listed("report")["status"] == "stopped", "the job has ended")
        for _ in range(2):
            self.assertEqual(self.request("GET", "/"), (200, "welcome\n"))
        pids, visitors = [first["pid"]], 0
        while visitors < 2:
            record = self.report(init)
            pids.append(record["pid"])
            visitors += record["visitors"]
        self.assertEqual((visitors, len(set(pids))), (2, len(pids)))
        self.assertEqual(self.listed("server")["pid"], server)
        self.stop(init)

    def test_the_job_may_be_run_now_and_not_by_the_clock(self):
        init = self.run_it()
        self.report(init)
        self.works("restart", "report")
        self.report(init)
        self.works("stop", "report")
        self.assertEqual(self.listed("report")["status"], "stopped")
        self.works("start", "report")
        self.report(init)
        self.stop(init)


class SocketHandover(ExampleCase):
    example, manifest = "socket-handover", "ecosystem.config.js"

    def test_no_connection_is_lost_by_restarts_under_load(self):
        init = self.run_it()
        self.until(init, '"event":"ready"')
        answers, problems, done = [], [], threading.Event()

        def load():
            while not done.is_set():
                try:
                    answers.append(self.request("GET", "/"))
                except (OSError, http.client.HTTPException) as error:
                    problems.append(error)

        clients = [threading.Thread(target=load) for _ in range(4)]
        for client in clients:
            client.start()
        pids = [self.listed("server")["pid"]]
        for _ in range(3):
            self.works("restart", "server")
            pids.append(self.listed("server")["pid"])
            self.assertEqual(self.request("GET", "/"), (200, f"{pids[-1]}\n"))
        done.set()
        for client in clients:
            client.join()
        self.assertEqual(problems, [])
        self.assertEqual({status for status, _ in answers}, {200})
        self.assertLessEqual({text for _, text in answers}, {f"{pid}\n" for pid in pids})
        self.assertEqual(len(set(pids)), 4)
        self.stop(init)

    def test_who_comes_while_there_is_no_server_waits_for_the_next(self):
        init = self.run_it()
        self.until(init, '"event":"ready"')
        self.works("stop", "server")
        with self.connect() as connection:
            connection.request("GET", "/")
            self.works("start", "server")
            answer = connection.getresponse().read().decode()
        self.assertEqual(answer, f"{self.listed('server')['pid']}\n")
        said = [record.get("msg") for record in self.stop(init)]
        self.assertEqual(said.count("has answered everybody"), 2)


class Secrets(ExampleCase):
    example, manifest = "secrets", "ecosystem.config.js"
    secrets = ("only-an-example", "another-example")  # what the files hold

    def run_it(self, **variables):
        init = super().run_it(**{"SECRETS": "secrets", **variables})
        self.until(init, '"event":"ready"')
        return init

    def answer_for(self, token):
        return self.request("GET", "/", headers={"Authorization": f"Bearer {token}"})

    def test_the_app_has_them_and_who_asks_is_told_where_they_came_from(self):
        init = self.run_it()
        self.assertEqual(self.answer_for(self.secrets[0]), (200, "The corner shop\n"))
        self.assertEqual(self.answer_for("guessed")[0], 401)
        shown = self.works("env", "api").splitlines()
        settings = f"<from {self.copy}/settings.env>"
        for line in (f"API_TOKEN=<from {self.copy}/secrets/api-token>",
                     f"DB_PASSWORD=<from {self.copy}/secrets/db-password>",
                     "DATABASE_URL=<from postgres://shop:${DB_PASSWORD}@${DB_HOST:-localhost}/shop>",
                     f"SHOP_NAME={settings}", f"LOG_LEVEL={settings}", f"PORT={self.port}"):
            self.assertIn(line, shown)
        for words in (["env", "api"], ["describe", "--json", "api"], ["list", "--json"], ["save"]):
            text = self.works(*words)
            for secret in self.secrets:
                self.assertNotIn(secret, text, words)
        self.assertIn("DATABASE_URL=postgres://shop:another-example@localhost/shop",
                      self.works("env", "api", "--show-secrets").splitlines())
        log = json.dumps(self.stop(init))
        for secret in self.secrets:
            self.assertNotIn(secret, log)

    def test_a_variable_of_the_container_stands_before_the_default(self):
        init = self.run_it(DB_HOST="db")
        self.assertIn("DATABASE_URL=postgres://shop:another-example@db/shop",
                      self.works("env", "api", "--show-secrets").splitlines())
        self.stop(init)

    def test_apply_and_hup_read_them_anew(self):
        init = self.run_it()
        self.answer_for(self.secrets[0])
        for token, ask in (("second", lambda: self.works("apply")),
                           ("third", lambda: init.signal(signal.SIGHUP))):
            (self.copy / "secrets/api-token").write_text(f"{token}\n")
            ask()
            self.until(init, '"event":"ready"')
            self.assertEqual(self.answer_for(token)[0], 200)
            self.assertEqual(self.answer_for(self.secrets[0])[0], 401)
        self.stop(init)

    def test_what_is_missing_is_named_and_nothing_is_started(self):
        code, _, problems = self.only_look("check", SECRETS="nowhere")
        self.assertEqual(code, 2)
        for name in ("nowhere/api-token", "nowhere/db-password"):
            self.assertIn(name, problems)
        code, records = self.records(super().run_it(SECRETS="nowhere"))
        self.assertEqual(code, 2)
        self.assertEqual({record["event"] for record in records}, {"problem"})


class Cluster(ExampleCase):
    example, manifest = "cluster", "ecosystem.config.js"

    def test_a_reload_under_its_load_loses_nothing(self):
        init = self.run_it()
        self.until(init, '"event":"ready"')
        load = subprocess.Popen(["node", "load.js", str(self.port), "3"], cwd=self.copy, text=True,
                                stdout=subprocess.PIPE, stderr=subprocess.STDOUT)
        self.addCleanup(load.stdout.close)
        self.addCleanup(load.kill)
        shown = load.stdout.readline()
        self.assertRegex(shown, r"^\d+ requests a second, workers [\d ]+; 0 of \d+ failed$")
        self.works("reload", "api")
        rest, _ = load.communicate(timeout=PATIENCE)
        self.assertRegex(rest, r"(?m)^0 of [1-9]\d* requests failed$")
        self.assertEqual(load.returncode, 0)
        self.stop(init)


if __name__ == "__main__":
    main()
