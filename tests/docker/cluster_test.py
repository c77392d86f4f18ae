"""A cluster in a container: as many workers as it may use processors, reloaded by `docker exec`."""

import collections
import http.client
import json
import os
import threading

from case import ContainerTest
from container import PATIENCE

PORT = 8080


class Clients:
    """Ask all the time, half of them over connections that stay open."""

    def __init__(self, host):
        self.host = host
        self.is_over = threading.Event()
        self.answered = threading.Condition()
        self.answers = collections.Counter()
        self.failures = []
        self.threads = [threading.Thread(target=self.ask, args=(i % 2 == 0,)) for i in range(6)]
        for thread in self.threads:
            thread.start()

    def ask(self, keeps_alive):
        connection = None
        while not self.is_over.is_set():
            try:
                connection = connection or http.client.HTTPConnection(
                    self.host, PORT, timeout=PATIENCE
                )
                connection.request("GET", "/", headers={} if keeps_alive else {"Connection": "close"})
                response = connection.getresponse()
                worker = json.loads(response.read())["pid"]
                with self.answered:
                    self.answers[worker] += 1
                    self.answered.notify_all()
                if response.getheader("Connection") == "close":
                    connection.close()
                    connection = None
            except (OSError, http.client.HTTPException) as problem:
                self.failures.append(repr(problem))
                connection = None

    def await_workers(self, count, others_than=frozenset()):
        """So many have answered, none of whom is among the others; their pids."""
        with self.answered:
            if not self.answered.wait_for(
                lambda: len(set(self.answers) - others_than) >= count, PATIENCE
            ):
                raise AssertionError(f"not {count} workers but {dict(self.answers)} have answered")
            return set(self.answers) - others_than

    def end(self):
        self.is_over.set()
        for thread in self.threads:
            thread.join()


class Cluster(ContainerTest):
    def workers(self, limits):
        """A container whose cluster has as many as these limits allow."""
        started = self.start(
            "-i", "max", "--", "node", "app.js", options=("--entrypoint", "pmx-init", *limits)
        )
        wanted = 2 if len(os.sched_getaffinity(0)) > 1 and "1.5" in limits else 1
        started.await_output('"event":"ready"', times=wanted)
        rows = json.loads(started.exec("pmx-init", "list", "--json").stdout)
        self.assertEqual(len(rows), wanted)
        self.assertEqual({row["mode"] for row in rows}, {"cluster"})
        return started, wanted

    def test_a_reload_under_load_loses_nothing(self):
        started, count = self.workers(("--cpus", "1.5"))
        clients = Clients(started.address())
        try:
            before = clients.await_workers(count)
            started.exec("pmx-init", "reload", "app")
            clients.await_workers(count, others_than=frozenset(before))
        finally:
            clients.end()
        self.assertEqual(clients.failures, [])
        started.stop(patience=30)
        self.assertEqual(started.exit_code(), 0)

    def test_half_a_processor_is_one_worker(self):
        started, _ = self.workers(("--cpus", "0.5"))
        started.stop(patience=30)
        self.assertEqual(started.exit_code(), 0)
