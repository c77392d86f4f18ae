"""What runs before an app's first start and after its last stop: pre_start and post_stop."""

import json
import signal

from manifest_case import ControlCase
from support import main


def said(records):
    """(app, what it wrote) in order."""
    return [(record["app"], record["msg"]) for record in records if "stream" in record]


class Hooks(ControlCase):
    def test_around_the_life_of_an_app_with_its_environment(self):
        init = self.init(
            {"name": "api", "command": ["sh", "-c", "echo runs; exec sleep 1000"],
             "cwd": str(self.folder), "env": {"WHO": "api"}, "instances": 2, "depends_on": ["db"],
             "pre_start": ["sh", "-c", "echo before $WHO in $PWD"],
             "post_stop": {"command": ["sh", "-c", "echo after $WHO"], "timeout": "5s"}},
            {"name": "db", "command": ["sh", "-c", "trap 'echo gone; exit 0' TERM; echo up;"
                                                   " while :; do sleep 1000 & wait; done"]})
        for _ in range(2):
            init.stdout.until('"msg":"runs"')
        init.signal(signal.SIGTERM)
        code, records = self.records(init)
        self.assertEqual([line for line in said(records) if line != ("db", "up")],
                         [("api", f"before api in {self.folder}"), ("api", "runs"),
                          ("api", "runs"), ("api", "after api"), ("db", "gone")])
        self.assertEqual(code, 0)

    def test_before_is_before_every_instance_and_the_order_is_kept(self):
        apps = [{"name": "api", "command": ["sh", "-c", "echo runs; exit 0"],
                 "autorestart": False, "instances": 2,
                 "pre_start": "echo before", "post_stop": "echo after"}]
        code, records = self.records(self.init(*apps))
        self.assertEqual(said(records), [("api", "before"), ("api", "runs"), ("api", "runs"),
                                         ("api", "after")])
        events = [(record["event"], record["msg"]) for record in records if "event" in record]
        done = next(i for i, (_, text) in enumerate(events) if text.startswith("pre_start exited"))
        self.assertEqual(events[0], ("started", "started echo, its pre_start"))
        self.assertGreater(events.index(("started", "started sh")), done)
        self.assertTrue(any(event == "exited" and text.startswith("post_stop exited with code 0")
                            for event, text in events), events)
        self.assertEqual(code, 0)

    def test_a_pre_start_that_fails_is_a_failed_start(self):
        code, records = self.records(self.init(
            {"name": "api", "command": ["echo", "never"], "max_restarts": 2, "restart_delay": 1,
             "pre_start": "sh -c 'exit 7'"}))
        self.assertEqual(said(records), [])
        messages = [record["msg"] for record in records if record.get("event") == "exited"]
        self.assertEqual(len(messages), 2)
        self.assertTrue(messages[0].startswith("pre_start exited with code 7"), messages)
        self.assertIn("given up", messages[1])
        self.assertEqual(code, 7)

    def test_one_that_is_missing_is_named(self):
        code, records = self.records(self.init(
            {"name": "api", "command": ["echo", "never"], "pre_start": "/no/such/program"}))
        self.assertEqual([record["msg"] for record in records if record["level"] == "error"],
                         ["cannot start pre_start of api: executing /no/such/program: "
                          "no such file or directory"])
        self.assertEqual(code, 127)

    def test_one_that_takes_too_long_is_killed(self):
        code, records = self.records(self.init(
            {"name": "api", "command": ["echo", "never"], "max_restarts": 1,
             "pre_start": {"command": ["sleep", "1000"], "timeout": 50}}))
        self.assertIn("pre_start did not end in time: sent SIGKILL",
                      [record["msg"] for record in records])
        self.assertEqual(code, 137)

    def test_it_is_launching_meanwhile_and_a_restart_does_not_run_it_again(self):
        fifo = self.folder / "go"
        init = self.init(
            {"name": "api", "command": ["sh", "-c", "echo runs; exec sleep 1000"],
             "pre_start": ["sh", "-c", f"mkfifo {fifo}; echo waits; cat {fifo}; echo before"]})
        init.stdout.until('"msg":"waits"')
        self.assertEqual(json.loads(self.works("list", "--json"))[0]["status"], "launching")
        fifo.write_text("")
        init.stdout.until('"msg":"runs"')
        self.works("restart", "api")
        init.stdout.until('"msg":"runs"')
        self.works("delete", "api")
        self.works("shutdown")
        code, records = self.records(init)
        self.assertEqual([text for _, text in said(records)], ["waits", "before", "runs", "runs"])
        self.assertEqual(code, 0)

    def test_an_app_that_is_deleted_is_finished_first(self):
        init = self.init({"name": "api", "command": ["sleep", "1000"], "post_stop": "echo after"},
                         {"name": "other", "command": ["sleep", "1000"]})
        init.stdout.until("started sleep")
        init.stdout.until("started sleep")
        self.works("delete", "api")
        self.assertEqual([app["name"] for app in json.loads(self.works("list", "--json"))],
                         ["other"])
        self.works("shutdown")
        code, records = self.records(init)
        self.assertEqual(said(records), [("api", "after")])
        self.assertEqual(code, 0)


if __name__ == "__main__":
    main()
