"""What a rollout that fails, or a change in the middle of one, leaves behind. Needs node."""

import errno
import json
import os
import signal
import socket
import subprocess
import threading

from cluster_case import APP, WHO, ClusterCase
from manifest_case import free_port
from processes import wait_until
from support import OWN, PATIENCE, main, program

# Answers with its pid when it is told to: GET /release lets all others go.
SLOW = WHO + """
const waiting = [];
http.createServer((request, response) => {
  if (request.url === '/slow') { console.log('asked'); return waiting.push(response); }
  response.end(who());
}).listen(+process.env.PORT);
process.on('SIGUSR2', () => { for (const one of waiting.splice(0)) one.end(who()); });
"""
# The same, and it ends when it was asked to and all are answered.
SLOW_TO_STOP = SLOW + """
let stops = false;
const endWhenDone = () => { if (stops && !waiting.length) process.exit(); };
process.on('SIGTERM', () => { stops = true; endWhenDone(); });
process.on('SIGUSR2', () => setImmediate(endWhenDone));
"""
# Serves, and is never ready.
NEVER_READY = WHO + """
http.createServer((request, response) => response.end('new')).listen(+process.env.PORT, () =>
  console.log('new one listens'));
"""
READY = WHO + """
http.createServer((request, response) => response.end('old')).listen(+process.env.PORT, () =>
  process.send('ready'));
"""


class RolloutCase(ClusterCase):
    def write(self, app, **keys):
        (self.folder / "apps.json").write_text(json.dumps({"apps": [{**app, **keys}]}))
        return str(self.folder / "apps.json")

    def asks(self, *words):
        """The running one, in the background."""
        return subprocess.Popen([program(OWN), "--control", self.control, *words],
                                stdout=subprocess.DEVNULL, stderr=subprocess.PIPE, text=True)

    def code_of(self, asked):
        with asked:
            error = asked.communicate(timeout=PATIENCE)[1]
        return asked.returncode, error

    def slow(self, init):
        """A request that is being answered, and where its answer will be."""
        answers = []

        def ask():
            with socket.create_connection(("127.0.0.1", self.port), PATIENCE) as client:
                client.sendall(b"GET /slow HTTP/1.1\r\nHost: c\r\nConnection: close\r\n\r\n")
                with client.makefile("rb") as answer:
                    answers.append(answer.read().decode())

        thread = threading.Thread(target=ask)
        thread.start()
        self.until(init, '"msg":"asked"')
        return thread, answers


class Seen(RolloutCase):
    def test_everybody_is_listed_while_all_are_being_replaced(self):
        init = self.ready(self.cluster(APP, 4))
        for _ in range(3):
            reload = self.asks("reload", "c")
            while reload.poll() is None:
                listed = json.loads(self.works("list", "--json"))
                self.assertGreaterEqual({one["instance"] for one in listed}, set(range(4)))
            self.assertEqual(self.code_of(reload)[0], 0)
        self.end(init)


class Failures(RolloutCase):
    def test_a_successor_that_is_not_ready_gets_no_clients(self):
        init = self.ready(self.cluster(READY, wait_ready=True))
        self.script.write_text(NEVER_READY)
        reload = self.asks("reload", "c")
        successor = self.until(init, "new one listens")
        self.assertEqual({self.get() for _ in range(50)}, {"old"})
        os.kill(successor["pid"], signal.SIGKILL)
        self.assertEqual(self.code_of(reload)[0], 1)
        self.end(init)

    def test_a_successor_that_is_ready_after_a_while_has_the_time(self):
        init = self.ready(self.cluster(APP, 1, ready="300ms", listen_timeout="100ms"))
        self.works("reload", "c")
        self.end(init)

    def test_another_balance_that_fails_leaves_the_old_one(self):
        app = self.cluster(READY, wait_ready=True)
        init = self.ready(app)
        self.script.write_text(NEVER_READY)
        for balance in ("shared", "reuseport", "sticky"):
            with self.subTest(balance=balance):
                apply = self.asks("apply", self.write(app, balance=balance))
                os.kill(self.until(init, "new one listens")["pid"], signal.SIGKILL)
                code, error = self.code_of(apply)
                self.assertEqual(code, 1, error)
                wait_until(lambda: all(self.get() == "old" for _ in range(8)),
                           "the old ones serve")
        self.end(init)

    def test_a_dependency_that_has_failed_is_an_answer(self):
        job = {"name": "job", "command": ["sh", "-c", f"exec test ! -e {self.folder}/broken"],
               "autorestart": False}
        app = self.cluster(APP, 1, depends_on={"job": "completed"})
        init = self.init(job, app)
        self.until(init, '"event":"ready"')
        (self.folder / "broken").touch()
        self.code_of(self.asks("restart", "job"))
        for _ in range(2):
            code, error = self.code_of(self.asks("reload", "c"))
            self.assertEqual(code, 1)
            self.assertIn("depends on has failed", error)
        self.assertTrue(self.get())
        (self.folder / "broken").unlink()
        self.works("restart", "job")
        self.works("reload", "c")
        self.end(init)

    def test_who_is_at_fault_finishes_though_its_successor_fails(self):
        health = {"exec": ["test", "!", "-e", str(self.folder / "sick")], "interval": "100ms",
                  "retries": 1, "start_period": 0}
        app = self.cluster(SLOW, 1, drain_timeout="1m", health=health, min_uptime=1)
        init = self.ready(app)
        asked, answers = self.slow(init)
        old = self.script.read_text()
        self.script.write_text("process.exit(1)")
        (self.folder / "sick").touch()
        record = self.until(init, '"event":"reload-failed"')
        self.assertIn("it is restarted", record["msg"])
        self.script.write_text(old)
        (self.folder / "sick").unlink()
        self.works("signal", "SIGUSR2", "c")
        asked.join(PATIENCE)
        self.assertIn("200 OK", answers[0])
        self.until(init, '"event":"ready"')
        self.end(init)


class Meanwhile(RolloutCase):
    def test_more_again_while_one_finishes(self):
        init = self.ready(self.cluster(SLOW, drain_timeout="1m"))
        requests = [self.slow(init), self.slow(init)]
        fewer = self.asks("scale", "c", "1")
        self.until(init, '"msg":"scale c:')
        wait_until(lambda: "stopping" in self.states(), "one of them finishes")
        more = self.asks("scale", "c", "2")
        self.until(init, '"msg":"scale c:')
        self.works("signal", "SIGUSR2", "c")
        for asked, answers in requests:
            asked.join(PATIENCE)
            self.assertIn("200 OK", answers[0])
        self.assertEqual(self.code_of(more)[0], 0)
        self.code_of(fewer)
        self.both()
        self.end(init)

    def states(self):
        return [one["status"] for one in json.loads(self.works("list", "--json"))]

    def test_two_reloads_at_once_are_both_answered(self):
        init = self.ready(self.cluster(APP))
        before = self.both()
        first = self.asks("reload", "c")
        self.until(init, '"event":"reloading"')
        second = self.asks("reload", "c")
        self.assertEqual([self.code_of(one)[0] for one in (first, second)], [0, 0])
        self.assertFalse(before & self.both())
        self.end(init)

    def test_a_restart_while_a_successor_starts(self):
        init = self.ready(self.cluster(APP, 1))
        reload = self.asks("reload", "c")
        self.until(init, '"event":"reloading"')
        self.works("restart", "c")
        self.code_of(reload)
        self.assertTrue(self.get())
        self.end(init)

    def test_a_long_kill_timeout_leaves_time_to_finish(self):
        init = self.ready(self.cluster(SLOW, 1, kill_timeout="30s"))
        asked, answers = self.slow(init)
        init.signal(signal.SIGTERM)
        wait_until(lambda: "stopping" in self.states(), "it is to finish")
        self.works("signal", "SIGUSR2", "c")
        asked.join(PATIENCE)
        self.assertIn("200 OK", answers[0])
        self.assertEqual(init.output()[0], 0)

    def test_who_is_asked_to_stop_gets_nothing_new(self):
        source = APP + """
            process.on('SIGTERM', () => console.log('asked to stop'));
            process.on('SIGUSR2', () => process.exit());
        """
        init = self.ready(self.cluster(source, kill_timeout="1m"))
        self.both()
        stop = self.asks("stop", "c[0]")
        self.until(init, '"msg":"asked to stop"')
        self.assertEqual(len({self.get() for _ in range(10)}), 1)
        self.works("signal", "SIGUSR2", "c[0]")
        self.assertEqual(self.code_of(stop)[0], 0)
        init.signal(signal.SIGTERM)
        self.until(init, '"msg":"asked to stop"')
        self.works("signal", "SIGUSR2", "c[1]")
        self.assertEqual(init.output()[0], 0)


class Addresses(RolloutCase):
    PLAIN = WHO + "http.createServer((_, response) => response.end('ok')).listen(+process.env.PORT);"
    AT = WHO + """
        http.createServer((request, response) => response.end(WHERE)).listen(+process.env.PORT, WHERE);
    """

    def test_the_same_port_at_another_address(self):
        init = self.ready(self.cluster(self.AT.replace("WHERE", "'0.0.0.0'")))
        self.script.write_text(self.AT.replace("WHERE", "'127.0.0.1'"))
        self.works("restart", "c")
        self.assertEqual(self.get(), "127.0.0.1")
        self.end(init)

    def test_as_a_fork(self):
        app = self.cluster(self.PLAIN, 1)
        init = self.ready(app)
        self.works("apply", self.write(app, exec_mode="fork"))
        wait_until(self.answers, "the fork listens by itself")
        self.end(init)

    def answers(self):
        try:
            return bool(self.get())
        except OSError:
            return False

    def test_the_port_of_who_was_stopped_is_free(self):
        a = self.cluster(self.PLAIN, 1)
        b = {"name": "b", "script": a["script"], "env": a["env"], "autostart": False,
             "exec_mode": "fork"}
        init = self.init(a, b)
        self.until(init, '"event":"ready"')
        self.works("stop", "c")
        with socket.socket() as client:
            self.assertNotEqual(client.connect_ex(("127.0.0.1", self.port)), 0)
        self.works("start", "b")
        wait_until(self.answers, "the other one listens there")
        self.end(init)

    def test_a_port_that_was_only_looked_for_is_free(self):
        source = WHO + """
            const net = require('net');
            const server = net.createServer().listen(0, () => {
              const { port } = server.address();
              server.close(() => http.createServer((request, response) => response.end(`${port}`))
                .listen(+process.env.PORT));
            });
        """
        init = self.ready(self.cluster(source, 1))
        found = int(self.get())
        with socket.socket() as another:
            another.bind(("127.0.0.1", found))
        self.end(init)

    def test_who_connects_where_nobody_will_come_is_refused_at_once(self):
        app = self.cluster(SLOW_TO_STOP, 2, kill_timeout="1h", drain_timeout="1h")
        for how in ("stop", "signal"):
            with self.subTest(how=how):
                init = self.init(app, stop_timeout="2h")
                for _ in range(2):
                    self.until(init, '"event":"ready"')
                # Both have something to finish.
                asked = [self.slow(init), self.slow(init)]
                if how == "stop":
                    app_stop = self.begin("stop", "c")
                else:
                    init.signal(signal.SIGTERM)
                wait_until(self.is_refused, "who connects is refused")
                self.assertTrue(all(thread.is_alive() for thread, _ in asked))
                for one in json.loads(self.works("list", "--json")):
                    os.kill(one["pid"], signal.SIGUSR2)
                for thread, answers in asked:
                    thread.join(PATIENCE)
                    self.assertIn("200 OK", answers[0])
                if how == "stop":
                    self.assertEqual(app_stop.wait(PATIENCE), 0)
                    init.signal(signal.SIGTERM)
                self.assertEqual(init.output()[0], 0)

    def is_refused(self):
        with socket.socket() as client:
            return client.connect_ex(("127.0.0.1", self.port)) == errno.ECONNREFUSED

    def test_other_sockets_are_other_descriptors(self):
        source = WHO + """
            http.createServer((request, response) => response.end(who())).listen({ fd: 3 });
        """
        first, second = free_port(), free_port()
        app = self.cluster(source, 1, sockets=[f"127.0.0.1:{first}"])
        init = self.ready(app)
        self.works("apply", self.write(app, sockets=[f"127.0.0.1:{second}"]))
        self.assertTrue(self.get(second))
        self.end(init)

    def test_ports_without_end_are_few(self):
        source = WHO + """
            let n = 0;
            const next = () => {
              const server = http.createServer().listen(0);
              server.on('listening', () => server.close(() => ++n < 300 ? next() : done()));
              server.on('error', (error) => { console.log(error.code); process.exit(1); });
            };
            const done = () => http.createServer((request, response) => response.end(String(n)))
              .listen(+process.env.PORT, () => console.log('all done'));
            next();
        """
        init = self.init(self.cluster(source, 1))
        self.until(init, '"msg":"all done"')
        self.assertEqual(self.get(), "300")
        pid = init.process.pid
        self.assertLess(len(os.listdir(f"/proc/{pid}/fd")), 100)
        self.end(init)


class Finishing(RolloutCase):
    def test_who_says_itself_that_a_connection_stays(self):
        source = WHO + """
            http.createServer((request, response) => {
              if (request.url === '/head') {
                response.writeHead(200, { Connection: 'keep-alive', 'Content-Length': 2 });
                return response.end('ok');
              }
              response.setHeader('Connection', 'keep-alive');
              response.end(who());
            }).listen(+process.env.PORT);
        """
        init = self.ready(self.cluster(source, 1))
        with self.load(clients=4, keeps_alive=(True,)) as load:
            load.await_answers(50)
            self.works("reload", "c")
            load.await_answers(50)
        self.assertEqual(load.failures, [])
        self.end(init)

    def test_a_server_of_another_protocol_is_told(self):
        source = WHO + """
            const net = require('net');
            const all = new Set();
            net.createServer((socket) => { all.add(socket); socket.write('hello'); })
              .listen(+process.env.PORT);
            process.on('message', (message) => {
              if (message !== 'shutdown') return;
              for (const socket of all) socket.end('goodbye');
            });
        """
        init = self.ready(self.cluster(source, 1, drain_timeout="1m"))
        with socket.create_connection(("127.0.0.1", self.port), PATIENCE) as client:
            self.assertEqual(client.recv(100), b"hello")
            reload = self.asks("reload", "c")
            self.assertEqual(client.recv(100), b"goodbye")
        self.assertEqual(self.code_of(reload)[0], 0)
        self.end(init)


class Leaving(ClusterCase):
    def test_who_disconnects_and_stays_is_not_ready(self):
        source = APP + """
            setInterval(() => {}, 1000);
            process.on('SIGUSR2', () => cluster.worker.disconnect());
        """
        init = self.ready(self.cluster(source, 1))
        self.works("signal", "SIGUSR2", "c")
        wait_until(lambda: self.ask("healthcheck").returncode == 1, "it is about to end")
        self.end(init)


class Clock(ClusterCase):
    def test_cron_restart_replaces_one_worker_after_the_other_and_loses_nothing(self):
        init = self.ready(self.cluster(APP, cron_restart="* * * * * *"))
        with self.load(clients=4) as load:
            load.await_workers(6)
        self.assertEqual(load.failures, [])
        self.end(init)


if __name__ == "__main__":
    main()
