"""The main job: the image of Dockerfile.example serves HTTP, logs JSON, and stops when asked."""

import json
import os
import urllib.error
import urllib.request

import container
from case import ContainerTest

ROOT_FOLDER = os.path.dirname(os.path.dirname(os.path.dirname(os.path.abspath(__file__))))
PORT = 8080


class AppImage(ContainerTest):
    def start_app(self, *options):
        app = self.start(options=options)
        app.await_output('"event":"started"')
        app.await_output("listening on")
        return app

    def get(self, app, path):
        with urllib.request.urlopen(
            f"http://{app.address()}:{PORT}{path}", timeout=container.PATIENCE
        ) as reply:
            return reply.status, reply.read()

    def test_the_app_serves_requests_and_every_log_line_is_json(self):
        app = self.start_app()
        for number in range(20):
            status, body = self.get(app, f"/orders/{number}")
            self.assertEqual((status, json.loads(body)["order"]), (200, number))
        app.stop(patience=60)
        records = app.records()
        for record in records:
            self.assertRegex(record["time"], r"^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d+Z$")
            self.assertIn("level", record)
        requests = [record for record in records if record["msg"] == "request"]
        self.assertEqual(
            [record["path"] for record in requests], [f"/orders/{number}" for number in range(20)]
        )
        for request in requests:  # a JSON line of the app, merged: its own fields, then ours
            self.assertEqual(
                (request["status"], request["app"], request["stream"]), (200, "app", "stdout")
            )
        self.assertEqual(app.errors(), b"")

    def test_the_stack_trace_of_an_error_is_one_record(self):
        app = self.start_app()
        with self.assertRaises(urllib.error.HTTPError) as refused:
            self.get(app, "/fail")
        refused.exception.close()
        self.assertEqual(refused.exception.code, 500)
        app.stop(patience=60)
        errors = [record for record in app.records() if record.get("stream") == "stderr"]
        self.assertEqual(len(errors), 1, errors)
        self.assertRegex(errors[0]["msg"], r"^Error: this page always fails\n    at ")

    def test_docker_stop_ends_it_in_order_and_long_before_docker_would_kill_it(self):
        app = self.start_app()
        self.get(app, "/healthz")
        self.assertLess(app.stop(patience=10), 10)
        self.assertEqual(app.exit_code(), 0, app.output())
        last = app.records()[-1]
        self.assertEqual((last["event"], last["code"], last["signal"]), ("exited", 0, None))

    def test_pmx_init_is_pid_1_and_the_app_its_child(self):
        app = self.start_app()
        self.assertEqual(app.exec("cat", "/proc/1/comm").stdout, b"pmx-init\n")
        pid = next(record["pid"] for record in app.records() if record.get("event") == "started")
        status = app.exec("cat", f"/proc/{pid}/status").stdout.decode()
        self.assertIn("PPid:\t1\n", status)
        self.assertIn("node", status.splitlines()[0])

    def test_the_entry_point_lets_any_other_command_take_the_app_s_place(self):
        ended = self.run_to_end("node", "-p", "6*7")
        self.assertEqual(ended.returncode, 0)
        self.assertIn(b'"msg":"42"', ended.stdout)

    def test_a_variable_of_docker_run_chooses_plain_output(self):
        ended = self.run_to_end("echo", "hello", options=("--env", "PMX_LOG=raw"))
        self.assertEqual((ended.stdout, ended.stderr), (b"hello\n", b""))

    def test_it_does_not_run_as_root(self):
        app = self.start_app()
        self.assertNotIn(app.exec("id", "-u").stdout, (b"0\n", b""))


class ReleaseBinary(ContainerTest):
    def test_the_image_holds_the_binary_that_dist_makes(self):
        with open(os.path.join(ROOT_FOLDER, "dist", "SHA256SUMS"), encoding="ascii") as sums:
            released = {line.split()[1].lstrip("*"): line.split()[0] for line in sums}
        shown = self.run_to_end(
            "/usr/local/bin/pmx-init", options=("--entrypoint", "sha256sum")
        ).stdout.decode()
        self.assertEqual(shown.split()[0], released["pmx-init-linux-amd64"])

    def test_the_licence_and_the_notices_travel_with_it(self):
        listed = (
            self.run_to_end("/usr/share/doc/pmx-init", options=("--entrypoint", "ls"))
            .stdout.decode()
            .split()
        )
        self.assertEqual(sorted(listed), ["LICENSE", "NOTICES"])
