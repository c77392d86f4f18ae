"""The ports of a cluster: who is asked there, and who gets what comes. Needs node."""

import contextlib
import errno
import http.client
import json
import os
import signal
import socket
import ssl
import stat
import subprocess

from cluster_case import APP, WHO, ClusterCase
from manifest_case import free_port
from processes import wait_until
from support import OWN, PATIENCE, main, program


class Deaths(ClusterCase):
    """Who waits at a worker that dies is another's, and nobody comes there any more."""

    def request(self):
        client = socket.create_connection(("127.0.0.1", self.port), PATIENCE)
        client.sendall(b"GET / HTTP/1.1\r\nHost: c\r\nConnection: close\r\n\r\n")
        return client

    def dies(self, balance):
        """Of two workers, one with connections that it has not taken."""
        init = self.ready(self.cluster(APP, balance=balance, restart_delay="1h"))
        victim, other = self.both()
        os.kill(victim, signal.SIGSTOP)
        clients = [self.request() for _ in range(30)]
        if balance != "reuseport":  # there they wait in the kernel
            wait_until(lambda: any(one["in_flight"] for one in json.loads(self.works("list", "--json"))
                                   if one["pid"] == victim), "nothing is handed to the victim")
        os.kill(victim, signal.SIGKILL)
        self.until(init, '"event":"exited"')
        clients += [self.request() for _ in range(30)]
        for client in clients:
            with client, client.makefile("rb") as answer:
                self.assertIn(str(other).encode(), answer.read())
        self.end(init, code=128 + signal.SIGKILL)  # of the one that waits for its start

    def test_handed_over(self):
        for balance in ("rr", "least"):
            with self.subTest(balance=balance):
                self.dies(balance)

    def test_at_a_socket_of_its_own(self):
        self.dies("reuseport")


class OwnSockets(ClusterCase):
    """`reuseport`: each worker has its own, and the kernel chooses."""

    def test_one_that_is_stopped_and_started(self):
        init = self.ready(self.cluster(APP, balance="reuseport"))
        self.both()
        self.works("stop", "c[0]")
        self.assertEqual(len({self.get() for _ in range(20)}), 1)
        self.works("start", "c[0]")
        self.both()
        self.end(init)

    def test_port_0_is_one_port(self):
        source = WHO + """
            http.createServer(() => {}).listen(0, function () { console.log(`at ${this.address().port}`); });
        """
        init = self.ready(self.cluster(source, 3, balance="reuseport"))
        self.end(init)
        ports = [record["msg"] for record in map(json.loads, init.output()[1].splitlines())
                 if record["msg"].startswith("at ")]
        self.assertEqual((len(ports), len(set(ports))), (3, 1))


class Changes(ClusterCase):
    """The manifest is changed while clients are there."""

    def change(self, init, app, **keys):
        (self.folder / "apps.json").write_text(json.dumps({"apps": [{**app, **keys}]}))
        init.signal(signal.SIGHUP)
        self.until(init, '"event":"reloaded"')
        self.until(init, '"event":"reloaded"')

    def test_balance(self):
        app = self.cluster(APP)
        init = self.ready(app)
        with self.load() as load:
            for balance in ("shared", "reuseport", "sticky", "reuseport", "rr"):
                load.await_answers(100)
                self.change(init, app, balance=balance)
            load.await_answers(100)
        self.assertEqual(load.failures, [])
        self.end(init)

    def test_a_port_that_nobody_asks_for_any_more_is_closed(self):
        app = self.cluster(APP)
        init = self.ready(app)
        former = self.port
        self.change(init, app, env={"PORT": free_port()})
        wait_until(lambda: self.is_refused(former), "nobody listens there any more")
        self.end(init)

    def test_delete_during_a_reload(self):
        init = self.ready(self.cluster(APP))
        self.script.write_text("setInterval(() => {}, 1000);")
        with subprocess.Popen([program(OWN), "--control", self.control, "reload", "c"],
                              stderr=subprocess.DEVNULL) as reload:
            self.until(init, '"event":"reloading"')
            self.works("delete", "c")
            self.assertEqual(reload.wait(PATIENCE), 1)
        self.assertEqual(json.loads(self.works("list", "--json")), [])
        self.end(init)

    def is_refused(self, port):
        with socket.socket() as client:
            return client.connect_ex(("127.0.0.1", port)) == errno.ECONNREFUSED


class Datagrams(ClusterCase):
    def test_a_port_that_is_text_or_is_not_written(self):
        source = """
            const dgram = require('dgram');
            const sockets = [[], [null, '127.0.0.1'], [process.env.PORT]].map((place) => {
              const socket = dgram.createSocket('udp4');
              socket.on('error', (error) => console.log(error.code));
              return socket.bind(...place, () => console.log(`at ${socket.address().port}`));
            });"""
        init = self.init(self.cluster(source, 1))
        said = [self.until(init, '"stream":"stdout"')["msg"] for _ in range(3)]
        self.assertIn(f"at {self.port}", said)
        self.assertEqual([line.split()[0] for line in said], ["at"] * 3, said)
        self.end(init)


class Paths(ClusterCase):
    """At Unix sockets."""

    REMOVES = WHO + """
        try { require('fs').unlinkSync(process.env.SOCKET); } catch {}
        http.createServer((request, response) => {
          response.end(who(), () => { if (request.url === '/crash') process.exit(3); });
        }).listen(process.env.SOCKET);
    """

    def test_an_abstract_name(self):
        name = f"\0test-{os.getpid()}/web"
        source = self.REMOVES.replace("process.env.SOCKET);\n    ", "'\\0' + process.env.NAME);")
        init = self.ready(self.cluster(source, env={"NAME": name[1:]}, cwd=str(self.folder)))
        self.assertEqual(len({self.ask_at(name) for _ in range(4)}), 2)
        self.works("restart", "c")
        self.assertEqual(len({self.ask_at(name) for _ in range(4)}), 2)
        self.end(init)

    def ask_at(self, path, url="/"):
        with socket.socket(socket.AF_UNIX) as client:
            client.settimeout(PATIENCE)
            client.connect(path)
            client.sendall(f"GET {url} HTTP/1.1\r\nHost: c\r\nConnection: close\r\n\r\n".encode())
            return b"".join(iter(lambda: client.recv(4096), b"")).split(b"\r\n")[-1]

    def test_a_file_that_each_worker_removes_before_it_listens(self):
        path = str(self.folder / "web.sock")
        for balance in ("rr", "shared"):
            with self.subTest(balance=balance):
                init = self.ready(self.cluster(self.REMOVES, 1, balance=balance, env={"SOCKET": path}))
                former = self.ask_at(path)
                self.ask_at(path, "/crash")
                self.until(init, '"event":"ready"')
                self.assertNotEqual(self.ask_at(path), former)
                self.works("reload", "c")
                self.assertTrue(self.ask_at(path))
                self.end(init)

    def test_who_may_connect(self):
        source = """
            require('net').createServer().listen({ path: process.env.SOCKET, ...JSON.parse(process.env.HOW) });"""
        path = self.folder / "web.sock"
        for how, mode in (({}, 0o700), ({"readableAll": True}, 0o744), ({"writableAll": True}, 0o722),
                          ({"readableAll": True, "writableAll": True}, 0o766)):
            with self.subTest(**how):
                app = self.cluster(source, 1, env={"SOCKET": str(path), "HOW": json.dumps(how)})
                init = self.ready(app, popen={"umask": 0o077})
                self.assertEqual(stat.S_IMODE(path.stat().st_mode), mode)
                self.end(init)

    def test_the_file_goes_with_the_socket(self):
        path = self.folder / "web.sock"
        source = "require('net').createServer().listen(process.env.SOCKET);"
        init = self.ready(self.cluster(source, 2, env={"SOCKET": str(path)}))
        self.works("restart", "c")
        self.assertTrue(path.is_socket())
        self.works("stop", "c")
        self.assertFalse(path.exists())
        self.works("start", "c")
        path.unlink()
        path.write_text("another one's")
        self.works("delete", "c")
        self.assertTrue(path.exists())
        self.end(init)

    def test_all_workers_are_asked_at_the_last_file(self):
        path = str(self.folder / "web.sock")
        init = self.ready(self.cluster(self.REMOVES, 3, env={"SOCKET": path}))
        self.assertEqual(len({self.ask_at(path) for _ in range(6)}), 3)
        self.works("restart", "c[0]")
        self.assertEqual(len({self.ask_at(path) for _ in range(6)}), 3)
        self.end(init)


class Tls(ClusterCase):
    """Servers of HTTPS hand their keys to each other through the primary."""

    SOURCE = """
        const fs = require('fs');
        const server = require('https').createServer(
          { key: fs.readFileSync('key.pem'), cert: fs.readFileSync('cert.pem') },
          (request, response) => response.end(String(process.pid)));
        server.on('error', (error) => { console.log(error.code); process.exit(7); });
        server.listen(+process.env.PORT, '127.0.0.1');
    """

    def setUp(self):
        super().setUp()
        subprocess.run(["openssl", "req", "-x509", "-newkey", "rsa:2048", "-nodes", "-subj", "/CN=c", "-days", "1",
                        "-keyout", self.folder / "key.pem", "-out", self.folder / "cert.pem"],
                       check=True, capture_output=True, timeout=PATIENCE)

    def answer(self):
        about = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
        about.check_hostname = False
        about.verify_mode = ssl.CERT_NONE
        client = http.client.HTTPSConnection("127.0.0.1", self.port, timeout=PATIENCE, context=about)
        with contextlib.closing(client):
            client.request("GET", "/", headers={"Connection": "close"})
            return client.getresponse().read()

    def test_at_the_port_at_which_http_was_before(self):
        plain = APP.replace("+process.env.PORT", "+process.env.PORT, '127.0.0.1'")
        for balance in ("rr", "reuseport"):
            with self.subTest(balance=balance):
                init = self.ready(self.cluster(plain, balance=balance, cwd=str(self.folder)))
                self.script.write_text(self.SOURCE)
                self.works("reload", "c")
                wait_until(lambda: len({self.answer() for _ in range(4)}) == 2, "two workers have answered")
                self.end(init)

    def test_a_port_that_is_taken_is_the_apps_to_know(self):
        with socket.create_server(("127.0.0.1", 0)) as other:
            app = self.cluster(self.SOURCE, autorestart=False, cwd=str(self.folder),
                               env={"PORT": other.getsockname()[1]})
            code, records = self.records(self.init(app))
            self.assertEqual(code, 7)
            self.assertIn("EADDRINUSE", [record["msg"] for record in records])


class Probes(ClusterCase):
    """At a port that is shared each worker is asked itself."""

    SICK = WHO + """
        http.createServer((request, response) => {
          const isSick = request.url === '/health' && process.env.NODE_APP_INSTANCE === '1';
          response.writeHead(isSick ? 500 : 200);
          response.end(who());
        }).listen(+process.env.PORT);
    """

    def health(self, path="/health"):
        return {"http": f"http://127.0.0.1:{self.port}{path}", "interval": "50ms", "retries": 2,
                "start_period": 0}

    def test_only_who_is_sick_is_replaced(self):
        for balance in ("rr", "least", "sticky"):
            with self.subTest(balance=balance):
                app = self.cluster(self.SICK, 3, balance=balance, min_uptime=1)
                init = self.ready({**app, "health": self.health()})
                for _ in range(3):
                    self.until(init, '"event":"unhealthy"')
                self.end(init)
                sick = [record["instance"] for record in
                        map(json.loads, init.output()[1].splitlines())
                        if record.get("event") == "unhealthy"]
                self.assertEqual(set(sick), {1})

    def test_a_successor_that_answers_badly_is_not_ready(self):
        app = self.cluster(APP, listen_timeout="3s")
        ready = {"http": f"http://127.0.0.1:{self.port}/", "interval": "50ms"}
        init = self.ready({**app, "ready": ready})
        self.script.write_text(self.SICK.replace("'/health'", "'/'").replace("'1'", "'0'"))
        done = self.ask("reload", "c[0]")
        self.assertEqual(done.returncode, 1, done.stdout)
        self.assertIn("was not ready after 3000 ms", done.stderr)
        self.end(init)

    def test_one_that_does_not_listen_is_not_ready_at_the_port_of_the_others(self):
        for balance in ("rr", "shared"):
            for kind in ("tcp", "http"):
                with self.subTest(balance=balance, kind=kind):
                    app = self.cluster(APP, balance=balance, listen_timeout="3s")
                    where = f"127.0.0.1:{self.port}"
                    target = where if kind == "tcp" else f"http://{where}/"
                    init = self.ready({**app, "ready": {kind: target, "interval": "50ms"}})
                    self.script.write_text("setInterval(() => {}, 1000);")
                    done = self.ask("reload", "c[0]")
                    self.assertEqual(done.returncode, 1, done.stdout)
                    self.assertIn("was not ready after 3000 ms", done.stderr)
                    self.end(init)


class OneAddress(ClusterCase):
    def test_sticky_behind_a_proxy_is_told_once(self):
        source = "require('net').createServer((client) => client.end()).listen(+process.env.PORT);"
        init = self.ready(self.cluster(source, balance="sticky"))
        for n in range(3000):
            host = "127.0.0.2" if n % 20 == 19 else "127.0.0.1"
            with socket.create_connection(("127.0.0.1", self.port), PATIENCE,
                                          source_address=(host, 0)) as client:
                client.recv(1)
        self.end(init)
        warnings = [record for record in map(json.loads, init.output()[1].splitlines())
                    if record.get("event") == "sticky"]
        self.assertEqual([record["level"] for record in warnings], ["warn"])
        self.assertTrue(warnings[0]["msg"].startswith("c: more than 900 of 1,000 "), warnings)


if __name__ == "__main__":
    main()
