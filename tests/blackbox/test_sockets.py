"""`sockets`: listening sockets that PID 1 opens and hands over, and that outlive every process."""

import contextlib
import os
import signal
import socket
import sys
import threading

from manifest_case import ControlCase, free_port
from support import main

# Answers each connection with its pid, and says what it was given.
SERVER = """
import os, socket, sys
given = [os.environ.get(name) for name in ("LISTEN_FDS", "LISTEN_FDNAMES")]
mine = os.environ.get("LISTEN_PID") == str(os.getpid())
sockets = [socket.socket(fileno=3 + n) for n in range(int(given[0]))]
print("given", *given, mine, all(one.getblocking() for one in sockets), flush=True)
import select
while True:
    for ready in select.select(sockets, [], [])[0]:
        connection, _ = ready.accept()
        connection.recv(1)
        connection.sendall(str(os.getpid()).encode())
        connection.close()
"""


def ask(address, family=socket.AF_INET):
    with socket.socket(family) as client:
        client.settimeout(60)
        client.connect(address)
        client.sendall(b"?")
        return client.recv(100)


class Sockets(ControlCase):
    def server(self, *sockets, **keys):
        return {"name": "server", "command": [sys.executable, "-c", SERVER],
                "sockets": list(sockets), **keys}

    def end(self, init):
        init.signal(signal.SIGTERM)
        self.assertEqual(init.output()[0], 0)

    def test_each_form_of_address(self):
        ports = [free_port() for _ in range(3)]
        path = str(self.folder / "app.sock")
        init = self.init(self.server(ports[0], f"127.0.0.1:{ports[1]}",
                                      {"listen": path, "name": "local", "backlog": 10},
                                      {"listen": f"@{path}", "name": "abstract"}, ports[2],
                                      watchdog="1h", ipc=True))
        said = self.until(init, "given")["msg"]
        self.assertEqual(said, "given 5 unknown:unknown:local:abstract:unknown True True")
        for address, family in ((("127.0.0.1", ports[0]), socket.AF_INET),
                                (("127.0.0.1", ports[1]), socket.AF_INET),
                                (("127.0.0.1", ports[2]), socket.AF_INET),
                                (path, socket.AF_UNIX), (f"\0{path}", socket.AF_UNIX)):
            self.assertTrue(ask(address, family).isdigit(), address)
        self.end(init)

    def test_no_connection_is_refused_across_restarts_and_crashes_under_load(self):
        port = free_port()
        init = self.init(self.server(port))
        self.until(init, "given")
        pids, problems, done = set(), [], threading.Event()

        def load():
            while not done.is_set():
                try:
                    answer = ask(("127.0.0.1", port))
                    if answer:  # none: it was taken by the process that was stopped
                        pids.add(answer)
                except (ConnectionResetError, BrokenPipeError):
                    pass  # the same
                except OSError as error:
                    problems.append(error)

        clients = [threading.Thread(target=load) for _ in range(4)]
        for client in clients:
            client.start()
        for _ in range(3):
            self.works("restart", "server")
            self.until(init, "given")
            crashed = ask(("127.0.0.1", port))
            os.kill(int(crashed), signal.SIGKILL)
            self.until(init, "given")
            pids |= {crashed, ask(("127.0.0.1", port))}
        done.set()
        for client in clients:
            client.join()
        self.assertEqual(problems, [])
        self.assertGreaterEqual(len(pids), 6)
        self.end(init)

    def test_a_successor_is_called_as_who_was_there_before(self):
        app = self.server(free_port(), instances=1, exec_mode="fork", cwd=str(self.folder),
                          out_file="out.log")
        init = self.init(app, options=("--log-schema", "pm2"))
        self.assertEqual(self.until(init, '"message":"given')["process_id"], 0)
        self.works("reload", "server")
        self.assertEqual(self.until(init, '"message":"given')["process_id"], 0)
        self.end(init)
        self.assertEqual(len((self.folder / "out-0.log").read_text().splitlines()), 2)
        self.assertEqual(list(self.folder.glob("out*")), [self.folder / "out-0.log"])

    def test_connections_wait_while_there_is_no_process(self):
        port = free_port()
        init = self.init(self.server(port))
        self.until(init, "given")
        self.works("stop", "server")
        with socket.create_connection(("127.0.0.1", port), timeout=60) as client:
            client.sendall(b"?")
            self.works("start", "server")
            self.assertTrue(client.recv(100).isdigit())
        self.end(init)

    def test_an_app_that_is_deleted_gives_its_address_up(self):
        port = free_port()
        init = self.init(self.server(port), {"name": "other", "command": "sleep 600"})
        self.until(init, "given")
        self.works("delete", "server")
        with self.assertRaises(ConnectionRefusedError):
            ask(("127.0.0.1", port))
        self.end(init)

    def test_an_address_that_somebody_has_is_named(self):
        with socket.socket() as taken:
            taken.bind(("127.0.0.1", 0))
            taken.listen()
            address = f"127.0.0.1:{taken.getsockname()[1]}"
            code, records = self.records(self.init(self.server(address)))
        self.assertEqual(code, 125)
        # glibc says "address already in use", musl "address in use".
        self.assertRegex(" ".join(record["msg"].lower() for record in records),
                         f"listening at {address}: address (already )?in use")

    def test_a_socket_file_that_was_left_behind_is_replaced_and_no_other_file(self):
        path = self.folder / "app.sock"
        with socket.socket(socket.AF_UNIX) as before:
            before.bind(str(path))
        init = self.init(self.server(str(path)))
        self.until(init, "given")
        self.end(init)
        path.unlink()
        path.write_text("mine")
        self.assertEqual(self.records(self.init(self.server(str(path))))[0], 125)
        self.assertEqual(path.read_text(), "mine")

    def test_who_has_no_room_for_another_connection_is_not_waited_for(self):
        path = str(self.folder / "app.sock")
        with socket.socket(socket.AF_UNIX) as taken, contextlib.ExitStack() as clients:
            taken.bind(path)
            taken.listen(0)
            with contextlib.suppress(BlockingIOError):  # until there is none left
                while True:
                    client = clients.enter_context(socket.socket(socket.AF_UNIX))
                    client.setblocking(False)
                    client.connect(path)
            self.assertEqual(self.records(self.init(self.server(path)))[0], 125)

    def test_a_node_app_listens_at_what_it_was_given(self):
        port = free_port()
        script = self.folder / "server.js"
        script.write_text("require('net').createServer((c) => c.once('data', () => c.end('node')))"
                          ".listen({ fd: 3 }, () => process.send('ready'));")
        init = self.init({"name": "node", "script": str(script), "sockets": [port],
                           "wait_ready": True})
        self.until(init, '"ready"')
        self.assertEqual(ask(("127.0.0.1", port)), b"node")
        self.end(init)

    def test_who_has_none_is_given_none(self):
        init = self.init({"name": "app", "command": ["sh", "-c", "echo ${LISTEN_FDS-none}"],
                           "autorestart": False})
        lines = [record["msg"] for record in self.records(init)[1] if record.get("stream")]
        self.assertEqual(lines, ["none"])


if __name__ == "__main__":
    main()
