"""When an app is ready, and whether it is healthy: questions over the network and by commands."""

import contextlib
import json
import os
import pathlib
import signal
import socket
import subprocess
import threading

from manifest_case import ManifestCase
from processes import wait_until
from records import events
from support import OWN, main, program

UP = ["sleep", "1000"]
GOOD = b"HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok"
BAD = b"HTTP/1.1 500 Internal Server Error\r\nContent-Length: 0\r\n\r\n"


def say(answer):
    return lambda connection: connection.sendall(answer)


def byte_by_byte(connection):
    connection.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
    for byte in GOOD:
        connection.sendall(bytes([byte]))


class Server:
    """Serves connections one after the other; `serve` does it once the request is there."""

    def __init__(self, case, serve=say(GOOD), family=socket.AF_INET):
        self.serve = serve
        self.requests = []
        self.trouble = []
        self.held = []
        self.served = threading.Event()
        self._changed = threading.Condition()
        self.listener = socket.create_server(("127.0.0.1" if family == socket.AF_INET else "::1", 0),
                                             family=family, backlog=64)
        self.port = self.listener.getsockname()[1]
        case.addCleanup(lambda: [connection.close() for connection in self.held])
        case.addCleanup(self.listener.close)
        case.addCleanup(lambda: self.listener.shutdown(socket.SHUT_RDWR))
        threading.Thread(target=self._accept, daemon=True).start()

    def url(self, path="/health"):
        return f"http://127.0.0.1:{self.port}{path}"

    def _accept(self):
        with contextlib.suppress(OSError):
            while True:
                self._answer(self.listener.accept()[0])

    def _answer(self, connection):
        request = b""
        try:
            while not request.endswith(b"\r\n\r\n") and (piece := connection.recv(65536)):
                request += piece
            with self._changed:
                self.requests.append(request)
                self._changed.notify_all()
            self.serve(connection)
        except OSError as trouble:
            self.trouble.append(trouble)
        self.served.set()
        if self.serve is keep:
            self.held.append(connection)
        else:
            connection.close()

    def wait_for(self, count):
        with self._changed:
            if not self._changed.wait_for(lambda: len(self.requests) >= count, 60):
                raise AssertionError(f"{len(self.requests)} requests instead of {count}")


def keep(_connection):
    """Never says anything."""


class Probes(ManifestCase):
    def app(self, **keys):
        return {"name": "api", "command": UP, **keys}

    def ready(self, question, **keys):
        return self.init(self.app(ready={"interval": 10, **question}, **keys))

    def health(self, question, **keys):
        return self.init(self.app(health={"interval": 10, "start_period": 0, **question}, **keys))

    def closed_port(self):
        with socket.create_server(("127.0.0.1", 0)) as free:
            return free.getsockname()[1]


class Readiness(Probes):
    def test_who_depends_on_a_ready_app_is_started_after_a_good_answer(self):
        server = Server(self, say(b"HTTP/1.1 503 Not Yet\r\n\r\n"))
        init = self.init(self.app(depends_on={"db": "ready"}),
                         self.app(name="db", ready={"http": server.url(), "interval": 10}))
        server.wait_for(3)
        server.serve = say(GOOD)
        seen = []
        while ("api", "started") not in seen:
            record = json.loads(init.stdout.next())
            seen.append((record["app"], record["event"]))
        self.assertEqual(seen, [("db", "started"), ("db", "ready"), ("api", "started")])

    def test_a_request_is_one_that_every_server_understands(self):
        server = Server(self)
        init = self.ready({"http": server.url("/health?full=1")})
        init.stdout.until('"event":"ready"')
        line, *headers = server.requests[0].decode().split("\r\n")
        self.assertEqual(line, "GET /health?full=1 HTTP/1.1")
        self.assertIn(f"Host: 127.0.0.1:{server.port}", headers)
        self.assertIn("Connection: close", headers)

    def test_good_is_any_status_from_200_to_399_however_it_comes(self):
        for serve in (say(GOOD), say(b"HTTP/1.0 204\r\n\r\n"), byte_by_byte,
                      say(b"HTTP/1.1 302 Found\r\nLocation: /login\r\n\r\n")):
            init = self.ready({"http": Server(self, serve).url()})
            self.assertIn("is ready", init.stdout.until('"event":"ready"'))
            init.signal(signal.SIGTERM)
            self.assertEqual(init.exit_code(), 0)

    def test_a_server_that_answers_at_length_is_not_reset(self):
        def at_length(connection):
            connection.sendall(b"HTTP/1.1 200 OK\r\n\r\n")
            for _ in range(40):
                connection.sendall(b"x" * 1000)
            connection.shutdown(socket.SHUT_WR)
            connection.recv(1)  # raises when the other side has reset it
        server = Server(self, at_length)
        self.ready({"http": server.url()}).stdout.until('"event":"ready"')
        self.assertTrue(server.served.wait(60))
        self.assertEqual(server.trouble, [])

    def test_what_was_answered_instead_is_said(self):
        for serve, timeout, words in (
                (say(BAD), 60000, "HTTP status 500"),
                (say(b"HTTP/1.1 404\r\n\r\n"), 60000, "HTTP status 404"),
                (say(b"SSH-2.0-OpenSSH\r\n"), 60000, "the answer is not HTTP"),
                (say(b""), 60000, "the connection was closed without an answer"),
                (say(b"HTTP/1.1 2"), 60000, "the connection was closed without an answer"),
                (keep, 50, "no answer in time")):
            init = self.ready({"http": Server(self, serve).url(), "timeout": timeout},
                              listen_timeout=2000)
            record = self.until(init, '"event":"not-ready"')
            self.assertIn(words, record["msg"])
            self.assertEqual(record["level"], "warn")
            init.signal(signal.SIGTERM)
            self.assertEqual(init.exit_code(), 0)

    def test_where_nobody_listens_the_connection_is_refused(self):
        for question in ({"tcp": self.closed_port()}, {"http": f"http://127.0.0.1:{self.closed_port()}"}):
            init = self.ready(question, listen_timeout=2000)
            self.assertIn("connection refused", init.stdout.until('"event":"not-ready"'))

    def test_a_connection_is_enough_for_tcp(self):
        for form in ("{}", "127.0.0.1:{}", "localhost:{}"):
            server = Server(self)
            self.ready({"tcp": form.format(server.port)}).stdout.until('"event":"ready"')

    def test_localhost_is_the_address_of_either_protocol_that_answers(self):
        server = Server(self, family=socket.AF_INET6)
        for question in ({"tcp": server.port}, {"tcp": f"[::1]:{server.port}"},
                         {"http": f"http://localhost:{server.port}/"}):
            self.ready(question).stdout.until('"event":"ready"')

    def test_or_it_is_ready_after_a_while(self):
        init = self.init(self.app(ready={"delay": "300ms"}))
        started = self.until(init, '"event":"started"')["time"]
        ready = self.until(init, '"event":"ready"')["time"]
        second = [float(time[17:26]) for time in (started, ready)]
        self.assertGreaterEqual((second[1] - second[0]) % 60, 0.2)

    def test_what_only_a_cluster_can_say_is_a_problem_elsewhere(self):
        init = self.init(self.app(ready={"listening": True}))
        self.assertIn("apps[0].ready: is said by workers of a cluster",
                      init.stdout.until('"event":"problem"'))
        self.assertEqual(init.exit_code(), 2)

    def test_a_stop_does_not_wait_for_an_answer(self):
        server = Server(self, keep)
        init = self.ready({"http": server.url(), "timeout": "1h"})
        server.wait_for(1)
        init.signal(signal.SIGTERM)
        self.assertEqual(init.exit_code(), 0)


class Health(Probes):
    def test_who_is_unhealthy_is_stopped_and_started_again(self):
        server = Server(self, say(BAD))
        init = self.health({"http": server.url()})
        first = self.until(init, '"event":"started"')["pid"]
        record = self.until(init, '"event":"unhealthy"')
        self.assertEqual((record["pid"], record["failures"], record["level"]), (first, 3, "error"))
        self.assertIn("3 bad answers in a row, the last one: HTTP status 500", record["msg"])
        self.assertEqual(self.until(init, '"event":"exited"')["signal"], "SIGTERM")
        second = self.until(init, '"event":"started"')["pid"]
        self.assertNotEqual(first, second)
        self.assertEqual(self.until(init, '"event":"unhealthy"')["pid"], second)

    def test_bad_answers_count_only_in_a_row(self):
        answers = [BAD, BAD, GOOD, BAD, BAD, GOOD]
        server = Server(self, lambda connection: connection.sendall(answers.pop(0) if answers else GOOD))
        init = self.health({"http": server.url()})
        server.wait_for(9)
        self.assertNotIn(b"unhealthy", init.stdout.so_far())

    def test_they_do_not_count_in_the_start_period_unless_one_was_good(self):
        server = Server(self, say(BAD))
        init = self.health({"http": server.url(), "start_period": "1h"})
        server.wait_for(6)
        self.assertNotIn(b"unhealthy", init.stdout.so_far())
        server.serve = say(GOOD)
        server.wait_for(len(server.requests) + 2)
        server.serve = say(BAD)
        init.stdout.until('"event":"unhealthy"')

    def test_nobody_is_asked_before_it_is_ready(self):
        server, other = Server(self, say(BAD)), Server(self)
        init = self.init(self.app(ready={"http": server.url(), "interval": 10},
                                  health={"http": other.url(), "interval": 10}))
        server.wait_for(5)
        self.assertEqual(other.requests, [])
        server.serve = say(GOOD)
        init.stdout.until('"event":"ready"')
        asked = len(server.requests)
        other.wait_for(3)
        self.assertEqual(len(server.requests), asked)

    def test_an_answer_that_does_not_come_in_time_is_a_bad_one(self):
        server = Server(self, keep)
        init = self.health({"http": server.url(), "timeout": 30, "retries": 1})
        record = self.until(init, '"event":"unhealthy"')
        self.assertIn("is unhealthy: no answer in time", record["msg"])


class Told(Probes):
    """What healthcheck, list and describe say of it."""

    def start(self, **keys):
        self.socket = f"@pmx-init.test.{os.getpid()}.{self.id()}"
        return self.init(self.app(**keys), options=["--control", self.socket])

    def ask(self, *words):
        return subprocess.run([program(OWN), "--control", self.socket, *words], text=True,
                              stdin=subprocess.DEVNULL, capture_output=True, timeout=60)

    def described(self):
        return json.loads(self.ask("describe", "api", "--json").stdout)[0]

    def condition(self):
        now = self.described()
        return now["status"], now["ready"], now["healthy"], now["last_answer"]

    def test_until_it_is_ready_healthcheck_fails(self):
        server = Server(self, say(BAD))
        self.start(ready={"http": server.url(), "interval": 10}, health={"tcp": server.port})
        server.wait_for(3)
        self.assertEqual(self.condition(), ("launching", False, None, "HTTP status 500"))
        self.assertEqual(json.loads(self.ask("list", "--json").stdout)[0]["ready"], False)
        health = self.ask("healthcheck")
        self.assertEqual((health.returncode, health.stderr), (1, "pmx-init: api is launching\n"))
        server.serve = say(GOOD)
        wait_until(lambda: self.ask("healthcheck").returncode == 0, "a good healthcheck")
        self.assertEqual(self.condition(), ("online", True, None, None))

    def test_a_start_has_worked_when_it_is_ready(self):
        server = Server(self, say(BAD))
        self.start(ready={"http": server.url(), "interval": 10}, autostart=False)
        wait_until(lambda: self.ask("ping").returncode == 0, "an answer")
        starting = subprocess.Popen([program(OWN), "--control", self.socket, "start", "api"],
                                    stdout=subprocess.DEVNULL)
        self.addCleanup(starting.wait)
        server.wait_for(3)
        self.assertIsNone(starting.poll())
        server.serve = say(GOOD)
        self.assertEqual(starting.wait(60), 0)

    def test_the_last_answer_is_told_and_whether_it_counts(self):
        server = Server(self)
        self.start(health={"http": server.url(), "interval": 10, "retries": 1000})
        server.wait_for(2)
        self.assertEqual(self.condition(), ("online", True, True, "it works"))
        server.serve = say(b"?")
        wait_until(lambda: self.described()["healthy"] is False, "a bad answer")
        self.assertEqual(self.condition(), ("online", True, False, "the answer is not HTTP"))

    def test_who_is_unhealthy_is_not_ready(self):
        server = Server(self, say(BAD))
        deaf = ["sh", "-c", "trap '' TERM; while :; do sleep 1000; done"]
        init = self.start(command=deaf, kill_timeout="1h",
                          health={"http": server.url(), "interval": 10, "start_period": 0})
        init.stdout.until('"event":"unhealthy"')
        self.assertEqual(self.condition()[:2], ("stopping", False))
        self.assertEqual(self.ask("healthcheck").returncode, 1)

    def test_more_instances_are_asked_too(self):
        server = Server(self)
        init = self.start(ready={"http": server.url(), "interval": 10})
        init.stdout.until('"event":"ready"')
        self.assertEqual(self.ask("scale", "api", "3").returncode, 0)
        for _ in range(2):
            init.stdout.until('"event":"ready"')
        self.assertEqual(self.ask("delete", "api").returncode, 0)


class Commands(Probes):
    def script(self, text):
        path = self.folder / "probe.sh"
        path.write_text("#!/bin/sh\n" + text)
        path.chmod(0o755)
        return str(path)

    def noted(self, name="pids", count=1):
        path = pathlib.Path(self.folder, name)
        wait_until(lambda: path.exists() and len(path.read_text().split()) >= count,
                   f"{count} pids in {name}")
        return [int(word) for word in path.read_text().split()]

    def wait_for_the_end_of(self, pids):
        for pid in pids:
            wait_until(lambda pid=pid: not os.path.exists(f"/proc/{pid}"), f"the end of {pid}")

    def test_good_is_the_exit_code_0(self):
        init = self.ready({"exec": ["sh", "-c", f"test -e {self.folder}/good"]}, listen_timeout=2000)
        self.assertIn("the command exited with code 1", init.stdout.until('"event":"not-ready"'))
        (self.folder / "good").touch()
        init.stdout.until('"event":"ready"')

    def test_what_else_can_become_of_a_command_is_said(self):
        for command, timeout, words in (
                ("sh -c 'exit 7'", 60000, "the command exited with code 7"),
                ("sh -c 'kill -9 $$'", 60000, "the command was ended by SIGKILL"),
                ("/nonexistent/program", 60000, "the command cannot be run: no such file"),
                ("sleep 1000", 50, "no answer in time")):
            with self.subTest(command=command):
                init = self.ready({"exec": command, "timeout": timeout}, listen_timeout=2000)
                self.assertIn(words, init.stdout.until('"event":"not-ready"'))
                init.end()

    def test_it_is_run_as_the_app_is_and_says_nothing(self):
        probe = self.script(f"echo noise; echo noise >&2; cd . && {{ pwd; id -u; umask; echo $FLAVOUR; "
                            f"ulimit -n; readlink /proc/self/fd/0; }} > {self.folder}/seen.tmp && "
                            f"mv {self.folder}/seen.tmp {self.folder}/seen")
        self.folder.chmod(0o777)
        init = self.init(self.app(ready={"exec": [probe]}, cwd=str(self.folder), umask="027",
                                  env={"FLAVOUR": "sweet"}, user=65534 if os.geteuid() == 0 else None),
                         options=["--rlimit", "nofile=77"])
        init.stdout.until('"event":"ready"')
        seen = (self.folder / "seen").read_text().split()
        user = "65534" if os.geteuid() == 0 else str(os.geteuid())
        self.assertEqual(seen, [str(self.folder), user, "0027", "sweet", "77", "/dev/null"])
        self.assertNotIn(b"noise", init.stdout.so_far())

    def test_one_that_hangs_is_killed_with_all_that_it_started(self):
        probe = self.script(f"sleep 1000 & echo $$ $! >> {self.folder}/pids; trap '' TERM; wait")
        init = self.health({"exec": [probe], "timeout": 200, "retries": 1000})
        self.wait_for_the_end_of(self.noted(count=2))
        self.assertNotIn(b'"exited"', init.stdout.so_far())

    def test_what_a_good_one_leaves_behind_ends_with_it(self):
        probe = self.script(f"sleep 1000 & echo $! >> {self.folder}/pids")
        init = self.ready({"exec": [probe]})
        init.stdout.until('"event":"ready"')
        self.wait_for_the_end_of(self.noted())

    def test_one_that_is_under_way_ends_with_the_app(self):
        probe = self.script(f"echo $$ >> {self.folder}/pids; exec sleep 1000")
        control = f"@pmx-init.test.{os.getpid()}.{self.id()}"
        init = self.init(self.app(ready={"exec": [probe], "timeout": "1h"}, treekill=False),
                         self.app(name="other"), options=["--control", control])
        pids = self.noted()
        subprocess.run([program(OWN), "--control", control, "stop", "api"], check=True, timeout=60,
                       stdout=subprocess.DEVNULL)
        self.wait_for_the_end_of(pids)
        init.signal(signal.SIGTERM)
        code, records = self.records(init)
        self.assertEqual((code, events(records).count("exited")), (0, 2))

    def test_nobody_takes_it_for_an_orphan(self):
        init = self.init(self.app(ready={"exec": "true"}), options=["--warn-on-reap"])
        init.stdout.until('"event":"ready"')
        init.signal(signal.SIGTERM)
        _, records = self.records(init)
        self.assertNotIn("reaped", [record["event"] for record in records])


if __name__ == "__main__":
    main()
