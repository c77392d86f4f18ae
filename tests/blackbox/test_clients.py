"""Clients: how they find the running one, whom they believe, who is shown what, and who is slow."""

import json
import os
import select
import signal
import socket
import subprocess
import time

from manifest_case import ControlCase, ManifestCase
from processes import wait_until
from support import OWN, PATIENCE, Init, as_uid, in_shell, main, only_as_root, program
from terminal import on_terminal

UP = ["sh", "-c", "echo up; exec sleep 1000"]
UP_AT = ["sh", "-c", 'echo "up at ${PMX_CONTROL:-nothing}"; exec sleep 1000']
NO_PROC = in_shell("mount -t tmpfs none /proc")

# One process: what a shell has just forked can lose a signal before it becomes another program.
HELD = """
import os, signal, sys
signal.pthread_sigmask(signal.SIG_BLOCK, {signal.SIGTERM})
print("up", flush=True)
signal.sigwait({signal.SIGTERM})
print("asked", flush=True)
with open(sys.argv[1]) as may_end:
    os.read(may_end.fileno(), 1)
"""

SAYS_WHEN_ASKED = 'trap "echo again" USR1; echo up; while :; do sleep 1000 & wait; done'

# Somebody who was there first: it says how much each client has told it.
SQUATTER = """
import socket, sys
server = socket.socket(socket.AF_UNIX)
server.bind("\\0" + sys.argv[1])
server.listen()
print("listens", flush=True)
while True:
    print("heard", len(server.accept()[0].recv(1000)), flush=True)
"""


class Finding(ManifestCase):
    def manifest(self, name):
        path = self.folder / f"{name}.json"
        path.write_text(json.dumps({"apps": [{"name": name, "command": UP_AT}]}))
        return path

    def shell(self):
        """PID 1 of a namespace; what is written to its stdin is run there."""
        shell = Init(["sh"], pid1=True, stdin=subprocess.PIPE, bufsize=0)
        self.addCleanup(shell.process.stdin.close)
        self.addCleanup(shell.end)
        return shell

    def run_in(self, shell, line):
        shell.process.stdin.write(f"{line}\n".encode())

    def start_in(self, shell, name):
        """Where it listens."""
        self.run_in(shell, f"{program(OWN)} run {self.manifest(name)} &")
        return self.until(shell, '"msg":"up at @pmx-init.')["msg"].split()[-1]

    def ask_in(self, shell, words, **environment):
        """The exit code of the client, and what it printed last."""
        before = " ".join(f"{key}={value}" for key, value in environment.items())
        self.run_in(shell, f"{before} {program(OWN)} {words}; echo code $?")
        printed, line = "", ""
        while not line.startswith("code "):
            printed, line = line or printed, shell.stdout.next()
        return int(line.split()[1]), printed

    def test_the_only_one_of_the_namespace_is_found(self):
        shell = self.shell()
        self.start_in(shell, "alone")
        code, printed = self.ask_in(shell, "list --json")
        self.assertEqual((code, [one["name"] for one in json.loads(printed)]), (0, ["alone"]))

    def test_of_several_none_is_taken_and_all_are_named(self):
        shell = self.shell()
        addresses = [self.start_in(shell, name) for name in ("first", "second")]
        code, printed = self.ask_in(shell, "stop all --json")
        self.assertEqual((code, json.loads(printed)["code"]), (2, 2))
        sentence = shell.stderr.until("several answer; choose one by --control:")
        self.assertEqual(set(sentence.split(": ")[-1].split()), set(addresses))
        for name, address in zip(("first", "second"), addresses):
            for code, printed in (self.ask_in(shell, f"--control {address} list --json"),
                                  self.ask_in(shell, "list --json", PMX_CONTROL=address)):
                one, = json.loads(printed)
                self.assertEqual((code, one["name"], one["status"]), (0, name, "online"))

    def test_a_relative_path_is_found_from_every_directory(self):
        path = self.folder / "apps.json"
        command = ["sh", "-c", f"{program(OWN)} ping && exec sleep 1000"]
        path.write_text(json.dumps({"apps": [{"name": "api", "command": command, "cwd": "/"}]}))
        init = self.start_line(OWN, ["--control", "here.sock", "run", str(path)], cwd=self.folder)
        init.stdout.until('"msg":"pmx-init answers"')

    @only_as_root
    def test_without_proc_it_runs_and_one_warning_names_another_place(self):
        init = self.start_line(OWN, ["run", str(self.manifest("api"))], wrapper=NO_PROC, pid1=True)
        init.stdout.wait_for('"msg":"up at nothing"')
        init.signal(signal.SIGTERM)
        code, out, _ = init.output()  # the sanitizers complain of the same
        records = [json.loads(line) for line in out.splitlines()]
        self.assertEqual(code, 0)
        warning, = [record for record in records if record.get("event") == "control"]
        self.assertEqual(warning["level"], "warn")
        self.assertIn("choose another place by --control PATH", warning["msg"])


class Believing(ControlCase):
    @only_as_root
    def test_who_is_neither_root_nor_this_user_hears_nothing(self):
        squatter = Init([*as_uid(65534), "python3", "-c", SQUATTER, self.control[1:]])
        self.addCleanup(squatter.end)
        squatter.stdout.until("listens")
        for words in (("ping",), ("stop", "/api/"), ("logs", "-f"), ("apply",)):
            done = self.ask(*words)
            self.assertEqual((done.returncode, done.stdout), (3, ""), words)
            self.assertIn(f"who answers at {self.control} is neither root nor this user, so nothing "
                          "was sent", done.stderr)
            self.assertEqual(squatter.stdout.next(), "heard 0", words)


class Progress(ControlCase):
    """One of two apps ends only when it is allowed to: what is said before that is progress."""

    def setUp(self):
        super().setUp()
        self.fifo = self.folder / "go"
        os.mkfifo(self.fifo)
        self.way = os.open(self.fifo, os.O_RDWR)
        self.addCleanup(os.close, self.way)
        self.running = self.init(
            {"name": "quick", "command": UP},
            {"name": "held", "command": ["python3", "-c", HELD, str(self.fifo)], "kill_timeout": "1h"},
            stop_timeout="1h")
        for _ in range(2):
            self.running.stdout.until('"msg":"up"')

    def tearDown(self):
        self.go()
        super().tearDown()

    def go(self):
        os.write(self.way, b"?")  # one for each process that is to end

    def test_on_a_terminal_who_is_done_is_told_at_once(self):
        client, terminal = on_terminal(
            self, [program(OWN), "--control", self.control, "restart", "all"])
        terminal.screen.wait_for("quick[0] is online, process ")
        self.running.stdout.until('"msg":"asked"')
        self.assertNotIn(b"held", terminal.screen.so_far())
        self.go()
        terminal.screen.wait_for("held[0] is online, process ")
        self.assertEqual(client.exit_code(), 0)
        terminal.screen.wait_for("└")

    def test_who_is_piped_is_told_of_the_end_alone(self):
        self.go()
        self.assertEqual([line.split()[1] for line in self.works("restart", "all").splitlines()],
                         ["name", "quick", "held"])

    def test_a_request_is_answered_by_progress_then_by_the_result(self):
        replies = self.requested("restart", targets=["all"])
        first = next(replies)
        self.assertEqual((first["progress"]["name"], first["progress"]["status"]),
                         ("quick", "online"))
        self.go()
        second, last = replies
        self.assertEqual((second["progress"]["name"], second["progress"]["restarts"]), ("held", 1))
        self.assertEqual((last["ok"], [one["name"] for one in last["result"]]),
                         (True, ["quick", "held"]))


class Slow(ControlCase):
    PATIENCE_OF_INIT = 10  # as docs/control.md has it

    def setUp(self):
        super().setUp()
        self.running = self.init({"name": "api", "command": UP, "env": {"LONG": "x" * 100_000}})
        self.running.stdout.until('"msg":"up"')
        self.begin = time.monotonic()

    def is_left(self, client):
        """Whether the other side has closed the connection; looks for a moment."""
        poll = select.poll()
        poll.register(client, 0)
        return bool(poll.poll(200))

    def serve_others_until_left(self, client, meanwhile=lambda: None):
        rounds = 0
        while not self.is_left(client):
            rounds += 1
            self.assertLess(time.monotonic() - self.begin, PATIENCE)
            reply, = self.requested("list")
            self.assertEqual(reply["result"][0]["status"], "online")
            meanwhile()
        self.assertGreater(time.monotonic() - self.begin, self.PATIENCE_OF_INIT - 1)
        self.assertGreater(rounds, 3)  # nobody had to wait for it to be left

    def test_who_sends_half_a_request_is_left(self):
        drop_by_drop, silent = self.connection(), self.connection()
        for client in (drop_by_drop, silent):
            client.sendall(b'{"version":1,"command":"sto')
        self.serve_others_until_left(silent, lambda: self.drip(drop_by_drop))
        self.assertEqual(silent.recv(100), b"")
        self.assertTrue(self.is_left(drop_by_drop))

    def drip(self, client):
        try:
            client.send(b" ")
        except BrokenPipeError:
            pass

    def test_who_asks_much_at_once_gets_every_answer(self):
        client = self.connection()
        client.sendall(b'{"version":1,"command":"env","targets":["api"]}\n' * 20)
        with client.makefile() as replies:
            self.assertTrue(all(json.loads(next(replies))["ok"] for _ in range(20)))

    def test_who_takes_nothing_of_its_answers_is_left(self):
        client = self.connection()
        client.sendall(b'{"version":1,"command":"env","targets":["api"]}\n' * 20)
        self.serve_others_until_left(client)
        self.assertLess(client.makefile("rb").read().count(b"\n"), 20)


class Gone(ControlCase):
    """Clients of an app that says something only when it is asked to."""

    MOST_CLIENTS = 128  # as docs/control.md has it

    def setUp(self):
        super().setUp()
        self.running = self.init({"name": "api", "command": ["sh", "-c", SAYS_WHEN_ASKED]})
        self.running.stdout.until('"msg":"up"')

    def reader(self):
        """Somebody who follows the log, and has got its first line."""
        client = self.connection()
        client.sendall(b'{"version":1,"command":"logs","follow":true}\n')
        self.assertIn(b'"up"', client.recv(1000))
        return client

    def descriptors(self):
        return len(os.listdir(f"/proc/{self.running.process.pid}/fd"))

    def test_readers_of_the_log_that_are_gone_take_nobody_s_place(self):
        before = self.descriptors()
        readers = [self.reader() for _ in range(self.MOST_CLIENTS)]
        for reader in readers:
            reader.close()
        self.works("ping")
        self.works("healthcheck")
        wait_until(lambda: self.descriptors() <= before, "their descriptors are closed")

    def test_one_that_is_gone_with_a_request_unanswered_leaves_its_place_too(self):
        before = self.descriptors()
        reader = self.reader()
        reader.sendall(b'{"version":1,"command":"ping"}\n')
        reader.close()
        wait_until(lambda: self.descriptors() <= before, "their descriptors are closed")

    def test_who_only_sends_no_more_is_told_what_comes(self):
        reader = self.reader()
        reader.shutdown(socket.SHUT_WR)
        for _ in range(3):
            self.works("signal", "SIGUSR1", "api")
            self.assertIn(b'"again"', reader.recv(1000))

    def test_who_asks_and_sends_no_more_is_told_of_the_end(self):
        client = self.connection()
        client.sendall(b'{"version":1,"command":"restart","targets":["api"]}\n')
        client.shutdown(socket.SHUT_WR)
        with client.makefile() as replies:
            self.assertEqual([json.loads(reply).get("ok") for reply in replies], [None, True])

    def test_who_asks_and_goes_has_asked(self):
        with self.connection() as client:
            client.sendall(b'{"version":1,"command":"restart","targets":["api"]}\n')
        self.running.stdout.until('"msg":"up"')


if __name__ == "__main__":
    main()
