"""Clusters: several workers of node on one port, and reloads that lose nothing. Needs node."""

import collections
import contextlib
import http.client
import json
import os
import pathlib
import re
import signal
import socket
import subprocess
import threading

from cluster_case import APP, WHO, ClusterCase
from manifest_case import free_port
from processes import wait_until
from support import OWN, PATIENCE, main, program
from terminal import CTRL_C, on_terminal


class OneAfterTheOther(ClusterCase):
    """On one channel: `online` of the second is that of a new worker."""

    def test_what_the_first_had_is_not_the_second_ones(self):
        app = self.cluster(APP, command=["sh", "-c", "node first.js; exec node app.js"], cwd=str(self.folder))
        del app["script"]
        (self.folder / "first.js").write_text(APP.replace("+process.env.PORT", "0, () => process.exit()"))
        init = self.ready(app)
        pids = self.both()
        self.assertEqual({one["pid"] for one in json.loads(self.works("list", "--json"))}, pids)
        with self.load() as load:
            self.works("reload", "c")
        self.assertFalse(load.failures)
        self.assertFalse(pids & self.both())
        self.end(init)


class AtATerminal(ClusterCase):
    def test_ctrl_c_waits_for_no_client(self):
        # Nobody gets there who waits for the open connection, nor for drain_delay.
        manifest = {"apps": [self.cluster(APP.replace("createServer(", "createServer({ keepAliveTimeout: 3600000 }, "),
                                          drain_timeout="1h")], "stop_timeout": "2h", "drain_delay": "1h"}
        file = self.folder / "manifest.json"
        file.write_text(json.dumps(manifest))
        init, terminal = on_terminal(self, [program(OWN), "--control", self.control, "run", str(file)])
        for _ in range(2):
            terminal.screen.until("is ready")
        client = http.client.HTTPConnection("127.0.0.1", self.port, timeout=PATIENCE)
        self.addCleanup(client.close)
        client.request("GET", "/")
        client.getresponse().read()
        terminal.press(CTRL_C)
        self.assertEqual(init.exit_code(), 0)


class Ending(ClusterCase):
    CLOSES = WHO + """
    const server = http.createServer((request, response) => response.end(who())).listen(+process.env.PORT);
    process.on('SIGTERM', () => server.close(() => console.log('closed')));
    """

    def test_an_app_that_closes_its_server_ends_by_itself(self):
        for balance in ("rr", "shared"):
            with self.subTest(balance=balance):
                init = self.ready(self.cluster(self.CLOSES, balance=balance, kill_timeout="1m"),
                                  stop_timeout="2m")
                self.works("stop", "c[0]")
                self.works("reload", "c[1]")
                self.get()
                init.signal(signal.SIGTERM)
                code, out, _ = init.output()
                self.assertEqual(code, 0)
                self.assertEqual(out.count('"msg":"closed"'), 3)
                self.assertNotIn('"event":"killed"', out)

    def test_it_is_asked_to_stop_though_its_last_connection_has_gone(self):
        source = WHO + """
            http.createServer((request, response) => {
              console.log('got');
              setTimeout(() => response.end(who()), 300);
            }).listen(+process.env.PORT);
            process.on('SIGTERM', () => { console.log('asked'); process.exit(); });"""
        for balance in ("rr", "shared", "reuseport"):
            with self.subTest(balance=balance):
                init = self.ready(self.cluster(source, 1, balance=balance))
                client = threading.Thread(target=self.get)
                client.start()
                self.until(init, '"msg":"got"')
                self.works("reload", "c")
                client.join()
                init.signal(signal.SIGTERM)
                code, out, _ = init.output()
                self.assertEqual((code, out.count('"msg":"asked"')), (0, 2))

    def test_one_that_still_has_something_to_do_stays_as_it_would_alone(self):
        later = WHO + """
        const server = http.createServer((request, response) => response.end(who()));
        const serve = () => server.listen(+process.env.PORT, () => console.log('serves'));
        serve();
        process.on('SIGUSR2', () => server.close(() => setTimeout(serve, 300)));
        """
        # Too long for what would end it, were there nothing more to do.
        message = WHO + """
        const server = http.createServer((request, response) => response.end(who()));
        const wait = () => setTimeout(() => console.log('serves'), 300).unref();
        process.on('message', () => {});
        server.listen(+process.env.PORT, () => console.log('serves'));
        process.on('SIGUSR2', () => server.close(wait));
        """
        socket_again = """
        const dgram = require('dgram');
        const serve = () => dgram.createSocket('udp4').bind(+process.env.PORT, function () {
          console.log('serves');
          process.once('SIGUSR2', () => this.close(() => setTimeout(serve, 300)));
        });
        serve();
        """
        for source in (later, message, socket_again):
            with self.subTest(source):
                init = self.ready(self.cluster(source, autorestart=False))
                self.works("signal", "SIGUSR2", "c")
                for _ in range(2):
                    self.until(init, '"msg":"serves"')
                self.end(init)

    def test_one_that_listens_again_stays(self):
        again = WHO + """
        const serve = () => http.createServer((request, response) => response.end(who()));
        const first = serve().listen(+process.env.PORT, () => first.close(() => {
          serve().listen(+process.env.PORT, () => setTimeout(() => console.log('again'), 200));
        }));
        """
        init = self.ready(self.cluster(again))
        for _ in range(2):
            self.until(init, '"msg":"again"')
        self.assertEqual(len({self.get() for _ in range(4)}), 2)
        self.end(init)


class Inspecting(ClusterCase):
    def test_each_worker_has_its_own_port(self):
        first = free_port(3)
        for keys in ({"node_args": [f"--inspect={first}"]}, {"env": {"NODE_OPTIONS": f"--inspect={first}"}}):
            with self.subTest(**keys):
                init = self.ready(self.cluster(APP, **keys))
                init.signal(signal.SIGTERM)
                _, out, _ = init.output()
                ports = {int(port) for port in re.findall(r"listening on ws://127.0.0.1:(\d+)/", out)}
                self.assertEqual(ports, {first + 1, first + 2}, out)


class Sharing(ClusterCase):
    def test_in_turn(self):
        init = self.ready(self.cluster(APP, 3))
        answers = [self.get().split() for _ in range(12)]
        self.assertEqual(len({pid for pid, *_ in answers}), 3)
        self.assertEqual(answers[:3] * 4, answers)
        self.assertEqual({number for _, number, _ in answers}, {"1", "2", "3"})
        rows = json.loads(self.works("list", "--json"))
        self.assertEqual([(row["connections"], row["in_flight"]) for row in rows], [(4, 0)] * 3)
        for row in rows:
            self.assertGreater(row["metrics"]["Used Heap Size"]["value"], 1)
            self.assertEqual(row["metrics"]["Event Loop Latency p95"]["unit"], "ms")
        self.assertIn("\n  Heap Usage ", self.works("describe", "c[1]"))
        self.assertRegex(self.works("list"), r" conns +in flight +heap +loop p95 (.*\n.* 4 +0 +\d+\.\d+ MiB){3}")
        self.assertEqual({(int(number) - 1, int(index)) for _, number, index in answers},
                         {(0, 0), (1, 1), (2, 2)})
        self.end(init)

    def test_workers_are_asked_for_their_figures_when_somebody_looks(self):
        source = APP + """
            process.on('internalMessage', ({ cmd, act }) => cmd === 'NODE_PMX' && console.log('told to', act));
            process.on('SIGUSR2', () => setTimeout(() => console.log('a while later'), 1500));"""
        init = self.ready(self.cluster(source, 1))
        worker = int(self.get().split()[0])
        for _ in range(2):
            os.kill(worker, signal.SIGUSR2)
            self.until(init, "a while later")
            self.works("ping")
            self.works("list", "--json")
        os.kill(worker, signal.SIGUSR2)
        self.until(init, "a while later")
        self.end(init)
        said = [record["msg"] for record in map(json.loads, init.output()[1].splitlines())]
        self.assertEqual([text for text in said if text in ("told to measure", "a while later")],
                         ["a while later", "told to measure"] * 2 + ["a while later"])

    def test_each_balance(self):
        for balance in ("rr", "least", "shared", "reuseport"):
            with self.subTest(balance=balance):
                init = self.ready(self.cluster(APP, balance=balance))
                self.both()
                self.end(init)

    def test_sticky(self):
        init = self.ready(self.cluster(APP, 3, balance="sticky"))
        clients = [f"127.0.0.{n}" for n in range(2, 30)]
        first = {client: self.get(source=client) for client in clients}
        self.assertEqual(len(set(first.values())), 3)
        for client in clients:
            self.assertEqual(self.get(source=client), first[client])
        self.end(init)

    def test_sticky_is_about_clients_and_not_about_sockets(self):
        both = free_port()
        source = APP.replace(".listen(+process.env.PORT)", ".listen(+process.env.PORT, '0.0.0.0')")
        source += "http.createServer((request, response) => response.end(who())).listen(+process.env.BOTH, '::');"
        init = self.ready(self.cluster(source, 3, balance="sticky", env={"BOTH": both}))
        wait_until(lambda: self.is_open(both), "the other server listens")
        for client in [f"127.0.0.{n}" for n in range(2, 30)]:
            self.assertEqual(self.get(source=client), self.get(both, source=client))
        self.end(init)

    def is_open(self, port):
        with socket.socket() as client:
            return client.connect_ex(("127.0.0.1", port)) == 0

    def test_who_has_all_that_it_wants_is_passed_over(self):
        source = """
            const server = require('net').createServer((client) => client.write(String(process.pid)));
            server.maxConnections = 2;
            server.listen(+process.env.PORT);"""
        for balance in ("rr", "least", "sticky"):
            with self.subTest(balance=balance):
                init = self.ready(self.cluster(source, 3, balance=balance))
                with contextlib.ExitStack() as clients:
                    def greeting():
                        client = socket.create_connection(("127.0.0.1", self.port), PATIENCE)
                        return clients.enter_context(client).recv(100)
                    answers = collections.Counter(greeting() for _ in range(6))
                    self.assertEqual(list(answers.values()), [2, 2, 2], answers)
                    self.assertEqual(greeting(), b"")
                self.end(init)

    def test_the_environment_is_the_apps_own(self):
        source = APP.replace("who())", """JSON.stringify([process.env.NODE_OPTIONS,
            process.env.NODE_UNIQUE_ID, process.env.NODE_CHANNEL_FD, cluster.isWorker,
            process.title]))""")
        for own, seen in ((None, None), ('--title="a b"', '--title="a b"')):
            with self.subTest(NODE_OPTIONS=own):
                init = self.ready(self.cluster(source, env={"NODE_OPTIONS": own} if own else {}))
                options, *rest, title = json.loads(self.get())
                self.assertEqual((options, rest), (seen, [None, None, True]))
                if own:
                    self.assertEqual(title, "a b")
                self.end(init)

    def test_every_kind_of_server(self):
        source = WHO + """
            const net = require('net');
            const dgram = require('dgram');
            const answer = (request, response) => response.end(who());
            const servers = [
              http.createServer(answer).listen(+process.env.PORT, '127.0.0.1'),
              http.createServer(answer).listen(process.env.SOCKET),
              net.createServer((socket) => socket.end(who())).listen(+process.env.PORT2),
              http.createServer(answer).listen(0),
              http.createServer(answer).listen(0),
            ];
            const udp = ['udp4', 'udp6'].map((type) => dgram.createSocket(type));
            for (const socket of udp) {
              socket.on('message', (text, from) => socket.send(who(), from.port, from.address));
            }
            udp[0].bind(+process.env.PORT3);
            udp[1].bind({port: +process.env.PORT4, address: '::1', ipv6Only: true});
            let open = servers.length + udp.length;
            const opened = () => {
              if (--open === 0) console.log('ports', servers[3].address().port, servers[4].address().port,
                                             JSON.stringify(servers[0].address()));
            };
            for (const server of [...servers, ...udp]) server.on('listening', opened);
        """
        path = str(self.folder / "web.sock")
        ports = [free_port(), free_port(), free_port()]
        init = self.init(self.cluster(source, env={"SOCKET": path, "PORT2": ports[0],
                                                   "PORT3": ports[1], "PORT4": ports[2]}))
        first, second = (self.until(init, '"msg":"ports ')["msg"].split()[1:3] for _ in range(2))
        self.assertEqual(first, second)
        self.assertNotEqual(first[0], first[1])
        for port in (self.port, *map(int, first)):
            self.assertEqual(len({self.get(port) for _ in range(4)}), 2, port)

        def over(family, address):
            with socket.socket(family) as client:
                client.settimeout(PATIENCE)
                client.connect(address)
                if family == socket.AF_UNIX:
                    client.sendall(b"GET / HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n")
                return b"".join(iter(lambda: client.recv(4096), b"")).split(b"\r\n")[-1]

        self.assertEqual(len({over(socket.AF_INET6, ("::1", ports[0])) for _ in range(4)}), 2)
        self.assertEqual(len({over(socket.AF_UNIX, path) for _ in range(4)}), 2)
        for family, address in ((socket.AF_INET, ("127.0.0.1", ports[1])),
                                (socket.AF_INET6, ("::1", ports[2]))):
            with socket.socket(family, socket.SOCK_DGRAM) as client:
                client.settimeout(PATIENCE)
                client.sendto(b"?", address)
                self.assertTrue(client.recv(100))
        self.end(init)

    def test_a_port_that_is_taken_is_the_apps_to_know(self):
        with socket.create_server(("127.0.0.1", 0)) as other:
            source = """const server = require('net').createServer();
                server.on('error', (error) => { console.log(error.code); process.exit(7); });
                server.listen(+process.env.TAKEN, '127.0.0.1');"""
            init = self.init(self.cluster(source, env={"TAKEN": other.getsockname()[1]},
                                          autorestart=False))
            code, records = self.records(init)
            self.assertEqual(code, 7)
            self.assertIn("EADDRINUSE", [record["msg"] for record in records])

    def test_a_descriptor_is_one_of_its_own_sockets(self):
        source = """const net = require('net');
            const say = (n) => (error) => console.log(n, error ? error.code : 'listens');
            for (const fd of [0, 1, 3, 4, 5]) {
              const server = net.createServer((socket) => socket.end('fd ' + fd));
              server.on('error', say(fd));
              server.listen({ fd }, say(fd));
            }"""
        handed = free_port()
        init = self.init(self.cluster(source, 1, sockets=[f"127.0.0.1:{handed}"]))
        said = {self.until(init, '"stream":"stdout"')["msg"] for _ in range(5)}
        self.assertEqual(said, {"0 EBADF", "1 EBADF", "3 listens", "4 EBADF", "5 EBADF"})
        with socket.create_connection(("127.0.0.1", handed), timeout=PATIENCE) as client:
            self.assertEqual(client.recv(10), b"fd 3")
        self.end(init)

    def test_messages_of_the_app_confuse_nobody(self):
        source = APP + """
            const odd = ['{"cmd":"NODE_CLUSTER"', { cmd: 'NODE_CLUSTER' }, { cmd: 'NODE_CLUSTER', act: 'close' },
              { cmd: 'NODE_CLUSTER', ack: 65537, accepted: true, seq: 1 }, 'x'.repeat(300000),
              { cmd: 'NODE_CLUSTER', act: 'queryServer', seq: 999, port: -5 },
              { cmd: 'NODE_HANDLE_NACK' }, { cmd: 'NODE_PMX', act: 'loaded' }, null, 7];
            setInterval(() => { for (const message of odd) process.send(message); }, 5);
        """
        init = self.ready(self.cluster(source))
        with self.load(clients=3) as load:
            load.await_answers(500)
        self.assertEqual(load.failures, [])
        self.assertEqual(len(load.answers), 2)
        self.end(init)

    def test_what_is_no_message_harms_only_who_says_it(self):
        """One serves; the other takes back, closes and answers for what is not its own."""
        source = WHO + """
            const mine = cluster.worker.id === 2;
            if (mine) return http.createServer((request, response) => response.end(who())).listen(+process.env.PORT);
            const say = (message) => process.send({ cmd: 'NODE_CLUSTER', ...message });
            const { writeSync } = require('fs');
            let number = 0;
            const attack = () => {
              ++number;
              for (const key of [`${process.env.PORT}:4::0`, String(number), number, null, '']) say({ act: 'close', key });
              for (const ack of [0, number, -1, 1e300, '1']) say({ ack, accepted: number % 2 === 0, seq: number });
              say({ act: 'listening', port: +process.env.PORT, addressType: 4, address: null });
              say({ act: 'queryServer', index: 0, port: 1e99, addressType: 'x', address: {}, seq: [] });
              process.send({ cmd: 'NODE_HANDLE_ACK' });
              try {
                for (const text of ['}{\\n', '\\0\\n', '[[[[\\n', '{"cmd":"NODE_CLUSTER","act":\\n', '\\xff\\n']) {
                  writeSync(process.channel.fd, Buffer.from(text, 'latin1'));
                }
              } catch { } // full
              if (number === 20) console.log('twenty times');
            };
            setInterval(attack, 5);"""
        init = self.init(self.cluster(source))
        self.until(init, '"instance":1', '"event":"ready"')
        with self.load(clients=3) as load:
            init.stdout.wait_for("twenty times")  # perhaps before the other one was ready
            load.await_answers(500)
        self.assertEqual((load.failures, len(load.answers)), ([], 1))
        init.signal(signal.SIGTERM)
        init.exit_code()


class Losses(ClusterCase):
    def reload(self, load):
        done = self.ask("reload", "c", "--json")
        self.assertEqual((done.returncode, done.stderr), (0, ""))
        load.await_answers(100)

    def test_reloads(self):
        for balance in ("rr", "least", "sticky", "shared"):
            with self.subTest(balance=balance):
                init = self.ready(self.cluster(APP, balance=balance))
                with self.load() as load:
                    load.await_answers(100)
                    self.reload(load)
                    self.reload(load)
                self.assertEqual(load.failures, [])
                # One client is one worker's; and the kernel may wake the same one each time.
                least = {"rr": 4, "least": 4, "sticky": 3, "shared": 2}[balance]
                self.assertGreaterEqual(len(load.answers), least)
                self.end(init)

    HTTP2 = WHO + """
        require('http2').createServer((request, response) => response.end(who()))
          .listen(+process.env.PORT);"""

    def http2_client(self):
        script = pathlib.Path(__file__).parent.parent / "support/http2_client.js"
        return subprocess.Popen(["node", script, str(self.port)], text=True, stdin=subprocess.PIPE,
                                stdout=subprocess.PIPE)

    def test_reloads_of_http2_at_sockets_of_the_workers_own(self):
        for balance in ("shared", "reuseport"):
            with self.subTest(balance=balance):
                init = self.ready(self.cluster(self.HTTP2, balance=balance))
                with self.http2_client() as client:
                    self.assertEqual(client.stdout.readline(), "answered\n")
                    self.works("reload", "c")
                    client.stdin.close()
                    found = json.loads(client.stdout.read().splitlines()[-1])
                self.assertEqual(found["failures"], [])
                self.end(init)

    def test_reloads_of_http2(self):
        init = self.ready(self.cluster(self.HTTP2))
        with self.http2_client() as client:
            for _ in range(2):
                self.assertEqual(client.stdout.readline(), "answered\n")
            self.works("reload", "c")
            for _ in range(2):  # both new workers
                self.assertEqual(client.stdout.readline(), "answered\n")
            client.stdin.close()
            found = json.loads(client.stdout.read())
        self.assertEqual(found, {"workers": 4, "failures": []})
        self.end(init)

    def test_ids_and_numbers_stay(self):
        init = self.ready(self.cluster(APP))
        self.works("reload", "1")
        self.works("reload", "c[1]")
        rows = json.loads(self.works("list", "--json"))
        self.assertEqual([(row["id"], row["instance"], row["restarts"]) for row in
                          sorted(rows, key=lambda row: row["id"])], [(0, 0, 0), (1, 1, 2)])
        self.end(init)

    def fails_to_reload(self, balance):
        init = self.ready(self.cluster(APP, balance=balance, listen_timeout="3s"))
        with self.load() as load:
            for source, why in (("process.exit(3);", "ended before it was ready"),
                                ("setInterval(() => {}, 1000);", "was not ready after 3000 ms")):
                self.script.write_text(source)
                done = self.ask("reload", "c")
                self.assertEqual(done.returncode, 1, done.stdout)
                self.assertIn(why, done.stderr)
                self.until(init, '"event":"reload-failed"', why)
                load.await_answers(100)
            self.script.write_text(APP)
            self.reload(load)
        self.assertEqual(load.failures, [])
        self.end(init)

    def test_a_version_that_crashes_and_one_that_never_listens(self):
        for balance in ("rr", "least", "sticky", "shared"):
            with self.subTest(balance=balance):
                self.fails_to_reload(balance)

    def test_one_worker_is_killed(self):
        init = self.ready(self.cluster(APP))
        victim = int(self.get().split()[0])
        with self.load(clients=8, keeps_alive=(False,)) as load:
            load.await_answers(100)
            os.kill(victim, signal.SIGKILL)
            self.until(init, '"event":"ready"')
            load.await_answers(100)
        # Those that it had taken ended with it.
        self.assertLessEqual(len(load.failures), 8)
        self.assertFalse([failure for failure in load.failures if "refused" in failure])
        self.end(init)

    def test_all_workers_are_killed(self):
        init = self.ready(self.cluster(APP))
        victims = {int(self.get().split()[0]) for _ in range(4)}
        self.assertEqual(len(victims), 2)
        for victim in victims:
            os.kill(victim, signal.SIGKILL)
        self.assertTrue(self.get())  # it waited
        self.end(init)

    def test_a_worker_that_disconnects(self):
        source = APP + "process.on('SIGUSR2', () => cluster.worker.disconnect());"
        init = self.ready(self.cluster(source, 3))
        with self.load(keeps_alive=(False,)) as load:
            for _ in range(4):
                load.await_answers(100)
                os.kill(int(self.get().split()[0]), signal.SIGUSR2)
                self.until(init, '"event":"exited"', '"code":0')
                self.until(init, '"event":"ready"')
            load.await_answers(100)
        self.assertEqual(load.failures, [])
        self.assertEqual(len(load.answers), 7)
        self.end(init)

    def test_more_and_fewer(self):
        for balance in ("rr", "reuseport"):
            with self.subTest(balance=balance):
                init = self.ready(self.cluster(APP, balance=balance))
                with self.load() as load:
                    for count in ("4", "1", "+2"):
                        self.works("scale", "c", count)
                        load.await_answers(200)
                self.assertEqual(load.failures, [])
                self.end(init)

    def test_a_request_is_finished_when_everything_stops(self):
        source = WHO + """
            http.createServer((request, response) => {
              console.log('asked');
              process.once('disconnect', () => response.end('finished'));
              setTimeout(() => response.end('finished'), 300);
            }).listen(+process.env.PORT);"""
        init = self.ready(self.cluster(source, 1, kill_timeout="1s"), stop_timeout="60s")
        answers = []
        client = threading.Thread(target=lambda: answers.append(self.get()))
        client.start()
        self.until(init, "asked")
        init.signal(signal.SIGTERM)
        client.join()
        self.assertEqual(answers, ["finished"])
        self.assertEqual(init.output()[0], 0)

    def test_without_the_preload(self):
        init = self.ready(self.cluster(APP, preload=False))
        with self.load(keeps_alive=(False,)) as load:
            load.await_answers(100)
            self.reload(load)
        self.assertEqual(load.failures, [])
        self.end(init)


if __name__ == "__main__":
    main()
