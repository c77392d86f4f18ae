"""--log-schema: lines, JSON lines and events with the fields of other systems."""

import json
import os
import signal

from manifest_case import ControlCase
from records import TIME, parse_all
from support import FAKE_CHILD, OWN, SCRATCH, TestCase, main

PINO = '{"level":40,"time":1795407903123,"msg":"slow","ms":812}'


class Schemas(TestCase):
    def log_in(self, schema, *actions):
        """Every record of an app called api; each must be an object with no key twice."""
        code, stdout, stderr = self.run_line(
            OWN, ["--log-schema", schema, "--name", "api", "--", FAKE_CHILD, *actions])
        self.assertEqual((code, stderr), (3, ""))
        return parse_all(stdout)

    def test_ecs(self):
        started, line, merged, exited = self.log_in("ecs", "say", "hi", "say", PINO, "exit", "3")
        self.assertRegex(line["@timestamp"], TIME)
        self.assertEqual({key: line[key] for key in line if key not in ("@timestamp", "process.pid")},
                         {"log.level": "info", "ecs.version": "8.11.0", "service.name": "api",
                          "service.node.name": "0", "stream": "stdout", "message": "hi"})
        self.assertEqual(merged, {"log.level": "warn", "@timestamp": "2026-11-23T04:25:03.123000Z",
                                  "message": "slow", "ms": 812, "ecs.version": "8.11.0",
                                  "service.name": "api", "service.node.name": "0",
                                  "process.pid": line["process.pid"], "stream": "stdout"})
        self.assertEqual(started["event.action"], "started")
        self.assertEqual((exited["log.level"], exited["event.action"], exited["process.exit_code"],
                          exited["pmx.signal"]), ("error", "exited", 3, None))

    def test_gcp(self):
        _, line, merged, exited = self.log_in("gcp", "say", "hi", "say", PINO, "exit", "3")
        labels = line["logging.googleapis.com/labels"]
        self.assertRegex(line["time"], TIME)
        self.assertEqual((line["severity"], line["message"]), ("INFO", "hi"))
        self.assertEqual(labels, {"app": "api", "instance": "0", "pid": labels["pid"],
                                  "stream": "stdout"})
        self.assertEqual(merged, {"severity": "WARNING", "time": "2026-11-23T04:25:03.123000Z",
                                  "message": "slow", "ms": 812,
                                  "logging.googleapis.com/labels": labels})
        self.assertEqual((exited["severity"], exited["event"], exited["code"]),
                         ("ERROR", "exited", 3))

    def test_pm2(self):
        started, line, merged, exited = self.log_in("pm2", "say", "hi", "say", PINO, "exit", "3")
        self.assertRegex(line.pop("timestamp"), TIME)
        self.assertEqual(line, {"type": "out", "process_id": 0, "app_name": "api",
                                "message": "hi"})
        self.assertEqual(merged, {"level": "warn", "timestamp": "2026-11-23T04:25:03.123000Z",
                                  "message": "slow", "ms": 812, "type": "out", "process_id": 0,
                                  "app_name": "api"})
        self.assertEqual((started["type"], started["status"]), ("process_event", "online"))
        self.assertEqual((exited["type"], exited["status"], exited["code"]),
                         ("process_event", "exit", 3))

    def test_a_failure_before_the_start_is_in_the_schema_too(self):
        code, stdout, _ = self.run_line(OWN, ["--log-schema", "gcp", "/nowhere"])
        self.assertEqual(code, 127)
        self.assertEqual([record["severity"] for record in parse_all(stdout)], ["ERROR"])

    def test_apps_of_a_manifest_have_the_schema_and_numbers_of_their_own(self):
        path = os.path.join(SCRATCH, "schemas.json")
        with open(path, "w") as file:
            json.dump([{"name": name, "command": ["echo", name], "autorestart": False}
                       for name in ("one", "two")], file)
        _, stdout, _ = self.run_line(OWN, ["--log-schema", "pm2", "run", path])
        lines = {record["message"]: (record["process_id"], record["app_name"])
                 for record in parse_all(stdout) if record["type"] == "out"}
        self.assertEqual(lines, {"one": (0, "one"), "two": (1, "two")})


class Replaced(ControlCase):
    def test_who_takes_the_place_of_another_has_its_number_everywhere(self):
        app = {"name": "web", "command": ["sh", "-c", "echo up; exec sleep 1000"],
               "sockets": [f"@pmx-init.test.schema.{os.getpid()}"]}
        first = {"name": "first", "command": ["sleep", "1000"]}
        init = self.init(first, app, options=["--log-schema", "pm2"])
        init.stdout.until('"message":"up"')
        for _ in range(2):
            self.works("reload", "web")
        init.signal(signal.SIGTERM)
        records = [record for record in map(json.loads, init.output()[1].splitlines())
                   if record.get("app_name") == "web"]
        self.assertEqual({record["type"] for record in records}, {"out", "process_event"})
        self.assertEqual({record["process_id"] for record in records}, {1})


SAYS_MUCH = r"""
echo '{"level":50,"msg":"fifty"}'; echo '{"level":"ERROR","msg":"loud"}'; echo plain; echo bad >&2
echo '{"level":30,"msg":"calm"}' >&2; exec sleep 1000
"""


class Depth(ControlCase):
    def test_logs_shows_lines_that_are_as_deep_as_they_can_be(self):
        deep = '{"a":' * 64 + "1" + "}" * 64
        for schema in ("pmx", "ecs", "gcp", "pm2"):
            with self.subTest(schema):
                init = self.init({"name": "api", "command": [FAKE_CHILD, "say", deep, "say", "up",
                                                             "report-signals-until", "15"]},
                                 log={"schema": schema})
                init.stdout.until('"up"')
                shown = self.works("logs", "--json").splitlines()
                self.assertIn(deep[5:-1], shown[-2])
                self.assertIn('"up"', shown[-1])
                self.works("shutdown")
                self.assertEqual(init.exit_code(), 0)


class ChoosingAmongLines(ControlCase):
    def lines(self, *words):
        return sorted(self.works("logs", "--lines", "99", *words).splitlines())

    def start(self, *options):
        self.running = self.init({"name": "api", "command": ["sh", "-c", SAYS_MUCH]}, options=options)
        for last in ("plain", "calm"):
            self.running.stdout.wait_for_line(last)

    def test_in_every_schema(self):
        for schema in ("pmx", "ecs", "gcp", "pm2"):
            with self.subTest(schema=schema):
                self.start("--log-schema", schema)
                self.assertEqual(self.lines("--level", "error"),
                                 ["api[0] | bad", "api[0] | fifty", "api[0] | loud"])
                self.assertEqual(self.lines("--level", "Info"), ["api[0] | calm", "api[0] | plain"])
                self.assertEqual(self.lines("--stream", "stderr"), ["api[0] | bad", "api[0] | calm"])
                self.assertEqual(self.lines("--match", "ou", "--raw"), ["loud"])
                self.assertEqual(self.lines("--match", "api"), [])
                self.running.end()

    def test_in_the_form_text(self):
        self.start("--log", "text")
        self.assertEqual(self.lines("--level", "error"),
                         ["api[0] | bad", 'api[0] | {"level":30,"msg":"calm"}'])
        self.assertEqual(self.lines("--stream", "stderr", "--match", "ba"), ["api[0] | bad"])
        self.assertEqual(self.lines("--match", "plain", "--raw"), ["plain"])
        self.assertEqual(self.lines("--match", "api"), [])

    def test_a_reply_says_whose_line_it_is(self):
        self.start("--log-schema", "ecs")
        replies = {reply["record"]["message"]: reply
                   for reply in self.requested("logs", targets=["api"]) if "record" in reply}
        self.assertEqual({key: replies["bad"][key] for key in replies["bad"] if key != "record"},
                         {"version": 1, "id": 0, "app": "api", "instance": 0, "stream": "stderr",
                          "level": "error", "schema": "ecs"})


if __name__ == "__main__":
    main()
