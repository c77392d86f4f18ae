"""The rows of the matrix: for each feature an app, and what a client has to see of it."""

import os
import signal
import ssl
import time
from dataclasses import dataclass, field
from typing import Callable

import clients
from clients import PATIENCE
from cluster import both, free_port

HOOK_FOLDER = "it's a \"folder\""  # whose name NODE_OPTIONS has to quote


def expect(what, got, wanted):
    if got != wanted:
        raise AssertionError(f"{what}: {got!r} instead of {wanted!r}")


def started(cluster):
    """Both workers are ready, and both say that they listen."""
    cluster.ready()
    cluster.said(2, "listening")


def over(ask, at_once=1, **wanted):
    """A check: both workers answer, and so."""
    def check(cluster):
        started(cluster)
        answers = both(lambda: ask(cluster), at_once).values()
        for answer in answers:
            for key, value in wanted.items():
                expect(key, answer.get(key), value)
    return check


def get(cluster):
    return clients.http_get(cluster.port)


def own_options(cluster):
    """The hook of the user's was loaded, and the workers see what the user wrote and nothing else."""
    started(cluster)
    for answer in both(lambda: get(cluster)).values():
        expect("NODE_OPTIONS", answer.get("options"), cluster.env.get("NODE_OPTIONS"))
        expect("hooked", answer.get("hooked"), cluster.hooked)


def two_ports(cluster):
    cluster.ready()
    cluster.said(4, "listening")
    for port, name in ((cluster.port, "PORT"), (cluster.env["SECOND_PORT"], "SECOND_PORT")):
        for answer in both(lambda port=port: clients.http_get(port)).values():
            expect("the port's name", answer["name"], name)


def any_port(cluster):
    cluster.ready()
    ports = {line.split()[1] for line in cluster.said(2, "listening")}
    expect("number of ports", len(ports), 1)
    both(lambda: clients.http_get(int(next(iter(ports)))))


def datagram(cluster):
    started(cluster)
    answers = {}
    for _ in range(PATIENCE * 10):  # the kernel gives each to whoever reads first
        answers.update((answer["pid"], answer) for answer in clients.datagrams(cluster.port, 100))
        if len(answers) > 1:
            break
    expect("workers that answered", len(answers), 2)


def exclusive(cluster):
    """One listens by itself and the other cannot."""
    words = sorted(line.split()[1] for line in cluster.said(2, "listening"))
    expect("listening", words, sorted([str(cluster.port), "not:"]))
    expect("why not", cluster.said(1, "listening not:"), ["listening not: EADDRINUSE"])
    expect("workers that answer", len({get(cluster)["pid"] for _ in range(4)}), 1)


def backlog(cluster):
    """While no worker accepts, only so many connections wait: of 100 the kernel takes a part."""
    started(cluster)
    workers = both(lambda: get(cluster)).keys()
    for pid in workers:
        os.kill(pid, signal.SIGSTOP)
    try:
        expect("were all connected", clients.connected(cluster.port, 100) < 100, True)
    finally:
        for pid in workers:
            os.kill(pid, signal.SIGCONT)
    both(lambda: get(cluster))


def resumption(cluster):
    started(cluster)
    for version, name in ((ssl.TLSVersion.TLSv1_2, "TLSv1.2"), (ssl.TLSVersion.TLSv1_3, "TLSv1.3")):
        context = clients.tls_context(version)
        first, session = clients.https_get(cluster.port, context)
        expect("protocol", first.get("protocol"), name)
        expect("is a first session reused", first["isReused"], False)
        answers = both(lambda: clients.https_get(cluster.port, context, session)[0],
                       besides={first["pid"]})
        for answer in answers.values():
            expect(f"is the session reused with {name}", answer["isReused"], True)


def http2(scheme):
    def check(cluster):
        started(cluster)
        workers = clients.http2_workers(cluster.client_node, cluster.port, scheme)
        expect("workers that answered", workers, 2)
    return check


def answers_by(hosts, refused=()):
    """Both workers answer at each of these addresses, and nobody at those."""
    def check(cluster):
        started(cluster)
        for host in hosts:
            both(lambda host=host: clients.http_get(cluster.port, host=host))
        for host in refused:
            try:
                clients.http_get(cluster.port, host=host)
            except ConnectionRefusedError:
                continue
            raise AssertionError(f"somebody listens at {host} too")
    return check


def inspectors(cluster):
    """Each worker's is at a port of its own, counted from the one that was asked for."""
    started(cluster)
    both(lambda: get(cluster))
    first = int(cluster.env["INSPECT"])
    ids = {clients.http_get(first + number, "/json/list")[0]["id"] for number in (1, 2)}
    expect("number of inspectors", len(ids), 2)


def thread(cluster):
    started(cluster)
    clean = {"options": cluster.env.get("NODE_OPTIONS", ""), "channel": ""}
    for answer in both(lambda: get(cluster)).values():
        expect("error", answer.get("error"), None)
        expect("in a thread", answer["thread"], clean)
        expect("in a process of the app's", answer["grandchild"], clean)


def identity(cluster):
    started(cluster)
    answers = both(lambda: get(cluster)).values()
    expect("isWorker", [answer["isWorker"] for answer in answers], [True, True])
    expect("cluster.worker.id", {answer["id"] for answer in answers}, {1, 2})
    expect("NODE_APP_INSTANCE", {answer["instance"] for answer in answers}, {"0", "1"})


def leaving(cluster):
    started(cluster)
    before = both(lambda: get(cluster)).keys()
    gone = clients.http_get(cluster.port, "/leave")["pid"]
    cluster.wait_for(1, "its end", lambda record: record.get("event") == "exited"
                     and record.get("pid") == gone)
    cluster.ready(3)
    cluster.said(3, "listening")
    both(lambda: get(cluster), besides=before)


def messages(cluster):
    """It is ready when it says so over the channel."""
    cluster.wait_for(2, "2 ready", lambda record: record.get("event") == "ready")
    cluster.said(2, "listening")
    for answer in both(lambda: get(cluster)).values():
        expect("error of process.send()", answer["error"], None)
        expect("heard", answer["heard"], [])


def messages_at_the_end(cluster):
    expect("heard", cluster.said(2, "heard"), ['heard "shutdown"'] * 2)


def reload(cluster):
    """Of a connection to each worker that is always in use, the last answer says that it is closed."""
    started(cluster)
    connections = {}
    while len(connections) < 2:
        connection = clients.http_connection(cluster.port)
        connections[clients.http_ask(connection)[0]["pid"]] = connection
    before = set(connections)
    with cluster.command("reload", "c") as command:
        deadline = time.monotonic() + PATIENCE
        while connections and time.monotonic() < deadline:
            for pid, connection in list(connections.items()):
                answer, is_last = clients.http_ask(connection)
                expect("who answers", answer["pid"], pid)
                if is_last:
                    connections.pop(pid).close()
        said = command.communicate(timeout=PATIENCE)[0]
    expect("connections that were not closed", len(connections), 0)
    expect("exit code of reload", (command.returncode, said if command.returncode else ""), (0, ""))
    expect("old workers that answer", both(lambda: get(cluster)).keys() & before, set())


def sticky(ask, addresses, times):
    """At least so many addresses ask as often, so that chance alone does not look like it."""
    def check(cluster):
        started(cluster)
        workers = set()
        for number in range(2, 255):
            source = f"127.0.0.{number}"
            of_this = {ask(cluster, source)["pid"] for _ in range(times)}
            expect(f"workers of {source}", len(of_this), 1)
            workers |= of_this
            if len(workers) > 1 and number > addresses:
                return
        raise AssertionError("one worker got all addresses")
    return check


def socket_io(cluster, source):
    answer = clients.socket_io(cluster.client_node, cluster.folder / "socket_io_client.js",
                               cluster.port, source)
    expect("echo", answer["text"], source)
    return answer


@dataclass
class Feature:
    """`env` is a function of the folder with the apps, `keys` of the cluster. `afterwards` looks at what
    was said until the end. `without` says why a runtime refuses it, and `refusal` is a
    pattern of what is seen then; where it means nothing is `not_for`."""
    name: str
    script: str
    check: Callable
    env: Callable = lambda folder: {}
    keys: Callable = lambda cluster: {}
    hooked: list | None = None
    afterwards: Callable | None = None
    since: tuple = ()
    without: dict = field(default_factory=dict)
    refusal: str = ""
    not_for: tuple = ()


def certificate(folder):
    return {"CERTIFICATE": str(folder / "certificate.pem"), "KEY": str(folder / "key.pem")}


def quoted(path):
    """As an argument within NODE_OPTIONS."""
    return '"' + str(path).replace("\\", "\\\\").replace('"', '\\"') + '"'


def balanced(balance):
    return lambda cluster: {"balance": balance}


BY_ITSELF = {"bun": "Bun's workers open the ports of `http` and `https` themselves, and the kernel "
                    "chooses among them: `balance` has no effect, Unix sockets and port 0 are not "
                    "shared, and `backlog`, `exclusive` and `ipv6Only` are passed over."}
UNHEARD = {"bun": "Bun puts a byte of its own (2) before each message of its cluster, and pmx-init does "
                  "not read those: `listen()` of `net`, `http2` and `dgram`, and `disconnect()`, wait "
                  "for an answer."}
UNTOLD = {"bun": "Bun does not tell a server whether a session was resumed."}
CUT_OFF = {"bun": "There is no preload for Bun, and its workers are stopped with what they have begun."}
NO_OPTIONS = {"bun": "Bun loads nothing that `NODE_OPTIONS` names."}
NODE_ALONE = ("bun",)


FEATURES = [
    Feature("`http`", "http.js", over(get, options=None)),
    Feature("`http` on `::1`", "http.js", over(lambda c: clients.http_get(c.port, host="::1")),
            env=lambda folder: {"HOST": "::1"}),
    Feature("`net`", "net.js", over(lambda c: clients.text_of(c.port)), without=UNHEARD,
            refusal="2 times 'listening'"),
    Feature("`https`", "https.js",
            over(lambda c: clients.https_get(c.port, clients.tls_context())[0]), env=certificate),
    Feature("a TLS 1.2 and a TLS 1.3 session resumed at the other worker", "https.js", resumption,
            env=certificate, without=UNTOLD, refusal="protocol: None"),
    Feature("`http2` without TLS", "http2.js", http2("http"), without=UNHEARD,
            refusal="2 times 'listening'"),
    Feature("`http2` with TLS", "http2_tls.js", http2("https"), env=certificate, without=UNHEARD,
            refusal="2 times 'listening'"),
    Feature("no host: IPv4 and IPv6 (dual stack)", "http.js", answers_by(("127.0.0.1", "::1"))),
    Feature("`ipv6Only: true`", "http.js", answers_by(("::1",), refused=("127.0.0.1",)),
            env=lambda folder: {"LISTEN": '{"host":"::","ipv6Only":true}'}, without=BY_ITSELF,
            refusal="somebody listens"),
    Feature("`{ fd: 3 }`, the first of the app's `sockets`", "http.js", over(get),
            env=lambda folder: {"LISTEN": '{"fd":3}'},
            keys=lambda cluster: {"sockets": [cluster.port]}, not_for=NODE_ALONE),
    Feature("a Unix socket", "http.js", over(lambda c: clients.unix_get(c.env["PORT"])),
            env=lambda folder: {"PORT": str(folder / "web.sock")}, without=BY_ITSELF,
            refusal="EADDRINUSE|2 times 'listening'"),
    Feature("`listen(0)`: one port for both workers", "any_port.js", any_port, without=BY_ITSELF,
            refusal="number of ports: 2"),
    Feature("two ports", "two_ports.js", two_ports, env=lambda folder: {"SECOND_PORT": free_port()}),
    Feature("`dgram`", "dgram.js", datagram, without=UNHEARD, refusal="2 times 'listening'"),
    Feature("`exclusive: true`: one worker listens, the other gets EADDRINUSE", "exclusive.js", exclusive,
            keys=lambda cluster: {"listen_timeout": "1h"}, without=BY_ITSELF,
            refusal="^AssertionError: listening: "),
    Feature("`backlog: 3`", "http.js", backlog, env=lambda folder: {"LISTEN": '{"backlog": 3}'},
            without=BY_ITSELF, refusal="were all connected"),
    Feature("`balance: \"rr\"`", "http.js", over(get), keys=balanced("rr"), not_for=NODE_ALONE),
    Feature("`balance: \"least\"`", "http.js", over(get), keys=balanced("least"), not_for=NODE_ALONE),
    Feature("`balance: \"sticky\"`", "http.js",
            sticky(lambda c, source: clients.http_get(c.port, source=source), 8, 4), keys=balanced("sticky"),
            without=BY_ITSELF, refusal="workers of 127"),
    Feature("`balance: \"shared\"`", "http.js", over(get, at_once=16), keys=balanced("shared"),
            not_for=NODE_ALONE),
    Feature("`balance: \"reuseport\"`", "http.js", over(get, at_once=16), keys=balanced("reuseport"),
            not_for=NODE_ALONE),
    Feature("`cluster.isWorker`, `cluster.worker.id`, `NODE_APP_INSTANCE`", "http.js", identity),
    Feature("`cluster.worker.disconnect()` of the app: the worker is replaced", "leaving.js", leaving,
            without=UNHEARD, refusal="in vain for its end"),
    Feature("`process.disconnect()` of the app: the worker is replaced", "leaving.js", leaving,
            env=lambda folder: {"LEAVE": "process"}),
    Feature("`--inspect=PORT`: each worker's inspector has a port of its own", "http.js", inspectors,
            env=lambda folder: {"INSPECT": free_port(3)},
            keys=lambda cluster: {"node_args": f"--inspect={cluster.env['INSPECT']}"}, not_for=NODE_ALONE),
    Feature("`pmx-init reload`: connections in use are told to close and none is cut off", "http.js",
            reload, without=CUT_OFF,
            refusal="ConnectionResetError|RemoteDisconnected|BrokenPipeError"),
    Feature("`process.send()` and `message` of the app", "messages.js", messages,
            keys=lambda cluster: {"wait_ready": True, "shutdown_with_message": True},
            afterwards=messages_at_the_end),
    Feature("an entry without an extension", "bare", over(get)),
    Feature("an ES module (`.mjs`)", "module.mjs", over(get, isModule=True)),
    Feature("`--import` in the user's `NODE_OPTIONS`", "http.js", own_options, hooked=["import"],
            env=lambda folder: {"NODE_OPTIONS": f"--import {folder / 'hook.mjs'}"}, since=(18, 18),
            without=NO_OPTIONS, refusal="hooked: None"),
    Feature("`--require` of a path with quotes and spaces in the user's `NODE_OPTIONS`", "http.js",
            own_options, hooked=["require"],
            env=lambda folder: {"NODE_OPTIONS": "--require "
                                + quoted(folder / HOOK_FOLDER / "hook.cjs")}, without=NO_OPTIONS,
            refusal="hooked: None"),
    Feature("`node -r hook app.ts`, the hook compiles", "typed.ts", own_options, hooked=["typescript"],
            keys=lambda cluster: {"node_args": ["-r", str(cluster.folder / "typescript_hook.js")]},
            not_for=NODE_ALONE),
    Feature("`worker_threads` and child processes, without the preload in their `NODE_OPTIONS`",
            "thread.js", thread),
    Feature("the same with the user's `NODE_OPTIONS`", "thread.js", thread,
            env=lambda folder: {"NODE_OPTIONS": "--no-deprecation --max-http-header-size=20000"}),
    Feature("Express", "express.js", over(get)),
    Feature("Fastify", "fastify.js", over(get)),
    Feature("NestJS (`dist/main.js`)", "dist/main.js", over(get)),
    Feature("socket.io by polling, with `balance: \"sticky\"`", "socket_io.js",
            sticky(socket_io, 4, 1), keys=balanced("sticky"), without=BY_ITSELF,
            refusal="client of socket.io|workers of 127|JSONDecodeError"),
]
