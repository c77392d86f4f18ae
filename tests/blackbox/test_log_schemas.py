"""--log-schema: lines, JSON lines and events with the fields of other systems."""

import json
import os

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


if __name__ == "__main__":
    main()
