"""Clusters: connections that were upgraded, as WebSockets are, while their worker is replaced."""

import http.client
import socket

from cluster_case import WHO, ClusterCase
from support import PATIENCE, main

# Says on each upgraded connection what it is told, and closes it where told to.
APP = WHO + """
const server = http.createServer((request, response) => response.end(who()));
server.on('upgrade', (request, socket) => {
  socket.write('HTTP/1.1 101 Switching Protocols\\r\\nConnection: Upgrade\\r\\nUpgrade: own\\r\\n\\r\\n');
  socket.on('data', (bytes) => socket.write(bytes));
  cluster.worker.once('disconnect', () => socket.write('disconnect '));
  process.on('message', (message) => {
    socket.write(`${message} `);
    if (process.env.CLOSES) setImmediate(() => socket.destroySoon());
  });
});
server.listen(+process.env.PORT);
"""


class Upgrades(ClusterCase):
    def upgraded(self):
        client = socket.create_connection(("127.0.0.1", self.port), timeout=PATIENCE)
        self.addCleanup(client.close)
        client.sendall(b"GET / HTTP/1.1\r\nHost: x\r\nConnection: Upgrade\r\nUpgrade: own\r\n\r\n")
        answer = b""
        while not answer.endswith(b"\r\n\r\n"):
            answer += client.recv(4096)
        self.assertTrue(answer.startswith(b"HTTP/1.1 101 "), answer)
        return client

    @staticmethod
    def rest_of(client):
        rest = b""
        while part := client.recv(4096):
            rest += part
        return rest

    def test_the_app_is_told(self):
        init = self.ready(self.cluster(APP, instances=1, drain_timeout="10m", env={"CLOSES": "1"}))
        client = self.upgraded()
        self.works("reload", "c")
        self.assertEqual(self.rest_of(client), b"shutdown disconnect ")
        self.end(init)

    def test_nothing_is_written_and_the_bound_ends_it(self):
        quiet = APP.replace("socket.write(`${message} `)", "0").replace("socket.write('disconnect ')", "0")
        init = self.ready(self.cluster(quiet, instances=1, drain_timeout="3s"))
        client = self.upgraded()
        client.sendall(b"before ")
        self.works("reload", "c")
        self.assertEqual(self.rest_of(client), b"before ")
        self.end(init)

    def test_who_is_idle_holds_it_up_for_half_of_the_time(self):
        app = APP.replace("http.createServer(", "http.createServer({ keepAliveTimeout: 3600000 }, ")
        init = self.ready(self.cluster(app, instances=1, drain_timeout="4s", env={"CLOSES": "1"}))
        other = http.client.HTTPConnection("127.0.0.1", self.port, timeout=PATIENCE)
        self.addCleanup(other.close)
        other.request("GET", "/")
        other.getresponse().read()
        client = self.upgraded()
        self.works("reload", "c")
        self.assertEqual(self.rest_of(client), b"shutdown disconnect ")
        self.end(init)

    def test_requests_are_answered_first(self):
        source = APP.replace("response.end(who())", "setTimeout(() => response.end(who()), 2000)")
        init = self.ready(self.cluster(source, instances=1, drain_timeout="10m", env={"CLOSES": "1"}))
        client = self.upgraded()
        other = socket.create_connection(("127.0.0.1", self.port), timeout=PATIENCE)
        self.addCleanup(other.close)
        other.sendall(b"GET / HTTP/1.1\r\nHost: x\r\n\r\n")
        self.works("reload", "c")
        self.assertIn(b"Connection: close", self.rest_of(other))
        self.assertEqual(self.rest_of(client), b"shutdown disconnect ")
        self.end(init)


if __name__ == "__main__":
    main()
