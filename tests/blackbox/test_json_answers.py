"""`--json`: one document on stdout, whatever the command, and also when it has failed."""

import json
import signal

from manifest_case import ControlCase
from support import main

UP = ["sh", "-c", "echo up; exec sleep 1000"]
MANY = [{"name": "db", "command": UP}, {"name": "api", "command": UP, "depends_on": ["db"]}]
STOPPED = {"name": "stopped", "command": UP, "autostart": False}
GONE = {"name": "gone", "command": ["/nonexistent/program"]}


class Answers(ControlCase):
    def init(self, *apps, ups, **more):
        init = super().init(*apps, **more)
        for _ in range(ups):
            init.stdout.until('"msg":"up"')
        return init

    def manifest(self, *apps):
        path = self.folder / "new.json"
        path.write_text(json.dumps({"apps": apps}))
        return str(path)

    def document(self, code, *words):
        """The one document; anything behind it would be an error."""
        done = self.ask(*words, "--json")
        self.assertEqual(done.returncode, code, (words, done.stderr))
        try:
            return json.loads(done.stdout), done.stderr
        except ValueError as problem:
            raise AssertionError(f"{words}: {problem}: {done.stdout!r}") from problem

    def answer(self, *words):
        document, errors = self.document(0, *words)
        self.assertEqual(errors, "", words)
        return document

    def failure(self, code, sentence, *words):
        document, errors = self.document(code, *words)
        self.assertEqual((document["ok"], document["code"]), (False, code), words)
        self.assertIn(sentence, document["error"], words)
        self.assertEqual(errors, f'pmx-init: {document["error"]}\n', words)

    def test_every_question_is_answered_by_one_document(self):
        self.init(*MANY, ups=2)
        for command in ("list", "ls", "ps", "status", "jlist"):
            self.assertEqual([one["name"] for one in self.answer(command)], ["db", "api"], command)
        self.assertEqual(self.answer("describe", "api")[0]["depends_on"], ["db"])
        self.assertEqual(self.answer("env", "api")[0]["env"]["NODE_APP_INSTANCE"], "0")
        self.assertEqual(len(self.answer("save")["apps"]), 2)
        self.assertEqual(self.answer("ping")["instances"], 2)
        self.assertIs(self.answer("healthcheck"), True)

    def test_every_order_is_answered_by_one_document(self):
        self.init(*MANY, ups=2)
        for words, status in ((("stop", "api"), "stopped"), (("start", "api"), "online"),
                              (("restart", "api"), "online"), (("reload", "api"), "online")):
            one, = self.answer(*words)
            self.assertEqual((one["name"], one["status"]), ("api", status), words)
        self.assertEqual([one["name"] for one in self.answer("restart", "all")], ["db", "api"])
        self.assertIs(self.answer("reset", "api"), True)
        self.assertIs(self.answer("signal", "CONT", "api"), True)
        self.assertEqual([one["instance"] for one in self.answer("scale", "api", "2")], [1])
        self.assertEqual([one["status"] for one in self.answer("delete", "api")], ["stopped"] * 2)
        self.assertEqual([one["name"] for one in self.answer("apply", self.manifest(*MANY))], ["api"])
        self.assertEqual(self.answer("apply"), [])

    def test_the_last_order_is_answered_by_one_document(self):
        init = self.init(*MANY, ups=2)
        self.assertIs(self.answer("shutdown"), True)
        self.assertEqual(init.exit_code(), 0)

    def test_a_target_that_is_not_there_is_one_document(self):
        self.init(*MANY, ups=2)
        for words in (("list", "apj"), ("describe", "apj"), ("env", "apj"), ("start", "apj"),
                      ("stop", "apj"), ("restart", "apj"), ("reload", "apj"), ("reset", "apj"),
                      ("delete", "apj"), ("scale", "apj", "2"), ("signal", "CONT", "apj"),
                      ("trigger", "apj", "action"), ("logs", "apj"), ("jlist", "apj")):
            self.failure(4, 'there is no app "apj", did you mean "api"?', *words)

    def test_what_the_client_itself_finds_is_one_document(self):
        self.failure(3, "no pmx-init", "ping")
        self.failure(3, "no pmx-init", "stop", "/api/")
        self.init(*MANY, ups=2)
        self.failure(4, "/nothing/", "stop", "/nothing/")
        self.failure(4, "/(/", "stop", "/(/")
        self.failure(2, "trigger APP ACTION", "trigger", "api")

    def test_what_is_wrong_with_a_manifest_is_one_document(self):
        self.init(*MANY, ups=2)
        path = self.manifest({"name": "a", "command": "true", "min_uptime": "soon"}, {"name": "b"})
        for command in ("check", "plan", "apply"):
            with self.subTest(command):
                document, errors = self.document(2, command, path)
                self.assertEqual((document["version"], document["ok"], document["code"]), (1, False, 2))
                self.assertEqual(document["error"] + "\n", errors.removeprefix("pmx-init: "))
                self.assertIn("apps[0].min_uptime", document["error"])
                self.assertIn("apps[1]", document["error"])
        for command in ("check", "plan"):
            first, second = self.document(2, command, path)[0]["problems"]
            self.assertEqual((first["file"], first["line"], first["path"]),
                             (path, 1, "apps[0].min_uptime"))
            self.assertGreater(first["column"], 1)
            self.assertIn("is not a duration", first["msg"])
            self.assertEqual(second["path"], "apps[1]")
        (self.folder / "broken.config.js").write_text("nonsense(")
        document, errors = self.document(2, "apply", str(self.folder / "broken.config.js"))
        self.assertEqual((document["error"] + "\n", len(document["problems"])), (errors, 1))

    def test_a_manifest_without_a_problem_is_one_document(self):
        path = self.manifest(*MANY)
        self.assertEqual(self.answer("check", path), {"apps": 2})
        self.assertEqual([app["name"] for app in self.answer("plan", path)["apps"]], ["db", "api"])

    def test_an_order_that_has_failed_is_one_document(self):
        init = self.init(*MANY, STOPPED, GONE, ups=2)
        init.stdout.wait_for('"event":"errored"')
        for command in ("start", "restart", "reload"):
            self.failure(1, "gone[0] is errored: it exited with code 127", command, "gone")
        self.failure(1, "gone is errored", "healthcheck")
        self.failure(1, "api depends on it", "delete", "db")
        self.failure(1, "that would make -4", "scale", "db", "-5")
        self.failure(1, "no process of it runs", "signal", "CONT", "stopped")
        self.failure(1, "", "trigger", "db", "action")
        bad = {**GONE, "name": "bad"}
        self.failure(1, "bad[0] is errored", "apply", self.manifest(*MANY, bad))

    def test_without_an_app_there_is_one_document_too(self):
        self.init(*MANY, ups=2)
        self.assertEqual(len(self.answer("delete", "all")), 2)
        self.assertEqual(self.answer("list"), [])
        self.failure(1, "there is no app that could be saved", "save")

    def test_while_everything_is_being_stopped_there_is_one_document(self):
        deaf = ["sh", "-c", "trap '' TERM; echo up; while :; do sleep 1000; done"]
        init = self.init({"name": "deaf", "command": deaf, "kill_timeout": "1h"}, ups=1,
                         stop_timeout="1h")
        self.answer("shutdown")
        self.failure(1, "everything is being stopped", "healthcheck")
        self.failure(1, "everything is being stopped", "start", "deaf")
        init.signal(signal.SIGTERM)  # for the second time: at once
        self.assertEqual(init.exit_code(), 137)


if __name__ == "__main__":
    main()
