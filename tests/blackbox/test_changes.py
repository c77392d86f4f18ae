"""What changes the apps while they run: delete, scale, apply and SIGHUP."""

import json
import os
import signal
import subprocess

from manifest_case import ManifestCase
from support import OWN, main, program

UP = ["sh", "-c", "echo up; exec sleep 1000"]


class Changes(ManifestCase):
    def setUp(self):
        super().setUp()
        self.socket = f"@pmx-init.test.{os.getpid()}.{self.id()}"

    def init(self, *apps, **more):
        init = super().init(*apps, options=("--control", self.socket), **more)
        for _ in range(sum(app.get("instances", 1) for app in apps)):
            init.stdout.until('"msg":"up"')
        return init

    def ask(self, *words):
        return subprocess.run([program(OWN), "--control", self.socket, *words], text=True,
                              stdin=subprocess.DEVNULL, capture_output=True, timeout=60)

    def works(self, *words):
        done = self.ask(*words)
        self.assertEqual((done.returncode, done.stderr), (0, ""))
        return done.stdout

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
                            options=("--control", self.socket))
        init.stdout.until('"msg":"up 0"')
        self.works("scale", "w", "2")
        init.stdout.until('"msg":"up 1"')
        self.works("scale", "w", "1")
        self.works("scale", "w", "2")
        init.stdout.until('"msg":"up 1"')
        self.assertEqual(self.works("logs", "w[1]", "--raw").splitlines(), ["up 1"])

    def test_many_instances_come_and_go(self):
        super().init({"name": "w", "command": ["sleep", "1000"], "exec_mode": "fork"},
                     options=("--control", self.socket)).stdout.until('"event":"started"')
        for count in (40, 1, 60, 2):
            self.works("scale", "w", str(count))
            self.assertEqual(len(self.listed()), count)
        self.assertLess(max(one["id"] for one in self.listed().values()), 60)


if __name__ == "__main__":
    main()
