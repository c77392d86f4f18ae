"""Clients of an HTTP server, who ask all the time and remember what failed."""

import collections
import http.client
import threading

PATIENCE = 60  # seconds; only ever used up by a failing test


class Client:
    """A closed loop of requests over one connection at a time."""

    def __init__(self, load, keeps_alive):
        self.load = load
        self.headers = {} if keeps_alive else {"Connection": "close"}
        self.answers = collections.Counter()
        self.failures = []
        self.thread = threading.Thread(target=self.run)
        self.thread.start()

    def run(self):
        connection = None
        while not self.load.is_over.is_set():
            try:
                if connection is None:
                    connection = http.client.HTTPConnection(*self.load.address, timeout=PATIENCE)
                connection.request("GET", "/", headers=self.headers)
                response = connection.getresponse()
                worker = self.load.worker_of(response.read())
                with self.load.answered:
                    self.answers[worker] += 1
                    self.load.answered.notify_all()
                if response.getheader("Connection") == "close":
                    connection = self.closed(connection)
            except (OSError, http.client.HTTPException) as problem:
                self.failures.append(repr(problem))
                connection = self.closed(connection)
        self.closed(connection)

    @staticmethod
    def closed(connection):
        if connection is not None:
            connection.close()


class Load:
    """So many clients of each kind; ended, it knows who answered and what failed. `worker_of` finds in
    the body of an answer whose it is."""

    def __init__(self, host, port, worker_of, clients=6, keeps_alive=(True, False)):
        self.address = (host, port)
        self.worker_of = worker_of
        self.answered = threading.Condition()
        self.is_over = threading.Event()
        self.clients = [Client(self, keeps) for keeps in keeps_alive for _ in range(clients)]

    @property
    def answers(self):
        return sum((client.answers for client in self.clients), collections.Counter())

    @property
    def failures(self):
        return [failure for client in self.clients for failure in client.failures]

    def _await(self, holds, what):
        with self.answered:
            if not self.answered.wait_for(holds, PATIENCE):
                raise AssertionError(f"{what} did not come, but {dict(self.answers)}; {self.failures[-3:]}")

    def await_answers(self, count):
        """So many more, from now on."""
        with self.answered:
            wanted = self.answers.total() + count
        self._await(lambda: self.answers.total() >= wanted, f"{count} answers")

    def await_workers(self, count, besides=frozenset()):
        """So many have answered that are none of those; who."""
        self._await(lambda: len(self.answers.keys() - besides) >= count, f"answers of {count} workers")
        return self.answers.keys() - besides

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.is_over.set()
        for client in self.clients:
            client.thread.join()
