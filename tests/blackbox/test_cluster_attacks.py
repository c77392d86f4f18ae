"""A worker of another user asks pmx-init, which is root, for what is not its own. Needs node."""

import errno
import json
import os
import pathlib
import resource
import shutil
import socket
import stat
import struct
import subprocess
import tempfile

from cluster_case import APP, ClusterCase
from manifest_case import free_port
from processes import status, wait_until
from support import PATIENCE, main, only_as_root

STRANGER = 12345
MOST_FILES = 200

# Listens wherever it is told to, and says what came of it.
GREEDY = """
const net = require('net');
for (const [name, place] of Object.entries(JSON.parse(process.env.PLACES))) {
  const server = net.createServer((socket) => socket.end(name));
  const say = (error) => console.log(JSON.stringify([name, error ? error.code : 'listens']));
  server.on('error', say);
  server.listen(place, say);
}
"""


@only_as_root
class Attacks(ClusterCase):
    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        place = tempfile.TemporaryDirectory()
        cls.addClassCleanup(place.cleanup)
        os.chmod(place.name, 0o755)
        # Where npm put it, others may not look.
        cls.node = str(shutil.copy(shutil.which("node"), pathlib.Path(place.name) / "node"))

    def setUp(self):
        super().setUp()
        self.folder.chmod(0o755)
        self.mine = self.folder / "mine"
        self.mine.mkdir()
        os.chown(self.mine, STRANGER, STRANGER)

    def asks_for(self, places, **keys):
        """What the worker is told, by the names of the places; it goes on."""
        app = self.cluster(GREEDY, 1, user=f"{STRANGER}:{STRANGER}", env={"PLACES": json.dumps(places)},
                           cwd="/", interpreter=self.node, **keys)
        self.running = self.init(app)
        return dict(json.loads(self.until(self.running, '"stream":"stdout"')["msg"]) for _ in places)

    def bound(self, path, owner, backlog=None):
        """A socket there; without a backlog one at which nobody listens any more."""
        one = socket.socket(socket.AF_UNIX)
        one.bind(str(path))
        os.chown(path, owner, owner)
        if backlog is None:
            one.close()
        else:
            one.listen(backlog)
            self.addCleanup(one.close)
        return one

    def test_no_descriptor_but_those_handed_to_the_app(self):
        # Of these pmx-init itself has a dozen open, its control socket among them.
        places = {str(fd): {"fd": fd} for fd in range(64)}
        told = self.asks_for(places, sockets=[f"127.0.0.1:{free_port()}"])
        self.assertEqual(told.pop("3"), "listens")
        self.assertEqual(set(told.values()), {"EBADF"})
        self.end(self.running)

    def test_root_without_its_capabilities_has_no_others_here(self):
        (self.mine / "closed").mkdir(mode=0o700)
        os.chown(self.mine / "closed", STRANGER, STRANGER)
        places = {"closed": {"path": str(self.mine / "closed" / "socket")},
                  "own": {"path": str(self.folder / "socket")}}
        for dropped, code in (("all", "EACCES"), (["net_raw"], "listens")):
            with self.subTest(dropped):
                app = self.cluster(GREEDY, 1, env={"PLACES": json.dumps(places)}, cwd="/",
                                   interpreter=self.node, capabilities={"drop": dropped})
                running = self.init(app)
                told = dict(json.loads(self.until(running, '"stream":"stdout"')["msg"]) for _ in places)
                self.assertEqual(told, {"closed": code, "own": "listens"})
                self.end(running)

    def test_unix_sockets_with_its_own_rights_alone(self):
        theirs = self.folder / "theirs"
        theirs.mkdir()
        secret = self.folder / "secret"
        secret.mkdir(mode=0o700)
        self.bound(secret / "stale", STRANGER)
        (self.mine / "file").write_text("kept")
        os.chown(self.mine / "file", STRANGER, STRANGER)
        self.bound(theirs / "stale", 0)
        (self.mine / "link").symlink_to(theirs / "stale")
        self.bound(self.mine / "stale_of_root", 0)
        self.bound(self.mine / "alive", STRANGER, backlog=5)
        self.bound(self.mine / "full", STRANGER, backlog=0)
        filler = socket.socket(socket.AF_UNIX)
        self.addCleanup(filler.close)
        filler.connect(str(self.mine / "full"))
        self.bound(self.mine / "stale", STRANGER)

        refused = {str(path): why for path, why in (
            (theirs / "fresh", "EACCES"), (secret / "fresh", "EACCES"), (secret / "stale", "EACCES"),
            (self.mine / "file", "EADDRINUSE"), (self.mine / "link", "EADDRINUSE"),
            (self.mine / "stale_of_root", "EADDRINUSE"), (self.mine / "alive", "EADDRINUSE"),
            (self.mine / "full", "EADDRINUSE"))}
        given = [str(self.mine / "fresh"), str(self.mine / "stale")]
        told = self.asks_for({path: path for path in (*refused, *given)})
        self.assertEqual(told, {**refused, **dict.fromkeys(given, "listens")})

        self.assertFalse((theirs / "fresh").exists() or (secret / "fresh").exists())
        self.assertEqual((self.mine / "file").read_text(), "kept")
        self.assertTrue((self.mine / "link").is_symlink())
        for path in (secret / "stale", theirs / "stale", self.mine / "stale_of_root"):
            self.assertTrue(path.is_socket(), path)
        for path in map(os.lstat, given):
            self.assertTrue(stat.S_ISSOCK(path.st_mode))
            self.assertEqual((path.st_uid, path.st_gid), (STRANGER, STRANGER))
        with socket.socket(socket.AF_UNIX) as client:
            client.connect(str(self.mine / "stale"))
            self.assertEqual(client.recv(1000).decode(), str(self.mine / "stale"))
        self.end(self.running)

    def test_who_connects_sees_the_worker_not_root(self):
        path = str(self.mine / "socket")
        self.assertEqual(self.asks_for({"own": path}), {"own": "listens"})
        with socket.socket(socket.AF_UNIX) as client:
            client.connect(path)
            self.assertEqual(client.recv(1000), b"own")
            _, uid, _ = struct.unpack("3i", client.getsockopt(
                socket.SOL_SOCKET, socket.SO_PEERCRED, struct.calcsize("3i")))
        self.assertEqual(uid, STRANGER)
        self.end(self.running)

    def test_a_port_is_shared_with_no_other_user(self):
        port = free_port()
        with socket.socket() as theirs:
            theirs.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEPORT, 1)
            theirs.bind(("127.0.0.1", port))
            theirs.listen()
            place = {"host": "127.0.0.1", "port": port}
            self.assertEqual(self.asks_for({"port": place}, balance="reuseport"), {"port": "EADDRINUSE"})
        self.end(self.running)

    def test_its_user_has_too_many_descriptors_on_their_way(self):
        """unix(7), ETOOMANYREFS: another program has sent them, and nobody takes them."""
        who = {"user": STRANGER, "group": STRANGER, "extra_groups": []}
        app = self.cluster(APP, cwd="/", interpreter=self.node)
        init = self.ready(app, popen={**who, "preexec_fn": lambda: resource.setrlimit(
            resource.RLIMIT_NOFILE, (MOST_FILES, MOST_FILES))})
        ends = socket.socketpair()

        def send_to_itself():
            for _ in range(MOST_FILES // 100 + 1):
                socket.send_fds(ends[0], [b"x"], [0] * 100)

        # It holds them until its stdin ends.
        with subprocess.Popen("cat", stdin=subprocess.PIPE, preexec_fn=send_to_itself,
                              pass_fds=[end.fileno() for end in ends], **who) as other:
            for end in ends:
                end.close()
            client = socket.create_connection(("127.0.0.1", self.port), PATIENCE)
            client.sendall(b"GET / HTTP/1.1\r\nHost: c\r\nConnection: close\r\n\r\n")
            sleeps = lambda: int(status(init.pid)["voluntary_ctxt_switches"])
            many = sleeps() + 50
            wait_until(lambda: sleeps() > many, "it waits, and does not try without end")
            other.stdin.close()
        with client, client.makefile("rb") as answer:
            self.assertIn(b"200 OK", answer.read())
        self.end(init)

    def test_the_names_at_which_pmx_init_takes_commands(self):
        """As Node asks for an abstract one, and as a worker can write it."""
        source = """
            process.on('internalMessage', ({ ack, errno }) => ack >= 700 && console.log('told', errno));
            ['\\0pmx-init.7', '/\\0pmx-init.7', '/srv/\\0pmx-init.7'].forEach((address, i) => process.send(
              { cmd: 'NODE_CLUSTER', act: 'queryServer', index: 0, address, port: -1, addressType: -1, seq: 700 + i }));
            require('net').createServer().on('error', ({ code }) => console.log('told', code)).listen('\\0pmx-init.7');"""
        init = self.init(self.cluster(source, 1, user=f"{STRANGER}:{STRANGER}", cwd="/",
                                      interpreter=self.node))
        told = [self.until(init, '"stream":"stdout"')["msg"] for _ in range(4)]
        self.assertEqual(sorted(told), [f"told {-errno.EACCES}"] * 3 + ["told EACCES"])
        self.end(init)


if __name__ == "__main__":
    main()
