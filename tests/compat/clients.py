"""Clients: each asks once, over a connection of its own, and gives what the app answered."""

import http.client
import json
import pathlib
import select
import socket
import ssl
import subprocess
import time
from contextlib import ExitStack

PATIENCE = 60  # seconds, for anything that is waited for


def _http(connection, path="/"):
    connection.request("GET", path, headers={"Connection": "close"})
    response = connection.getresponse()
    text = response.read()
    connection.close()
    if response.status != 200:
        raise AssertionError(f"status {response.status}: {text[:200]!r}")
    return json.loads(text)


def http_get(port, path="/", host="127.0.0.1", source=None):
    return _http(http.client.HTTPConnection(host, port, timeout=PATIENCE,
                                            source_address=source and (source, 0)), path)


def http_connection(port):
    return http.client.HTTPConnection("127.0.0.1", port, timeout=PATIENCE)


def http_ask(connection):
    """(the answer, whether the connection ends with it)"""
    connection.request("GET", "/")
    response = connection.getresponse()
    return json.loads(response.read()), response.getheader("Connection") == "close"


def unix_get(path):
    connection = http.client.HTTPConnection("localhost", timeout=PATIENCE)
    connection.sock = socket.socket(socket.AF_UNIX)
    connection.sock.settimeout(PATIENCE)
    connection.sock.connect(path)
    return _http(connection)


def tls_context(version=None):
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
    context.check_hostname = False
    context.verify_mode = ssl.CERT_NONE
    if version is not None:
        context.minimum_version = context.maximum_version = version
    return context


def https_get(port, context, session=None):
    """The answer, and the session by which a next connection can go on."""
    plain = socket.create_connection(("127.0.0.1", port), timeout=PATIENCE)
    connection = http.client.HTTPConnection("localhost", timeout=PATIENCE)
    connection.sock = secure = context.wrap_socket(plain, session=session)
    connection.request("GET", "/")
    answer = json.loads(connection.getresponse().read())
    later = secure.session  # with TLS 1.3 the ticket comes after the handshake
    connection.close()
    return answer, later


def text_of(port):
    with socket.create_connection(("127.0.0.1", port), timeout=PATIENCE) as client:
        return json.loads(b"".join(iter(lambda: client.recv(4096), b"")))


def connected(port, count):
    """How many of so many connections are there within a second."""
    with ExitStack() as stack:
        pending = set()
        for _ in range(count):
            client = stack.enter_context(socket.socket())
            client.setblocking(False)
            client.connect_ex(("127.0.0.1", port))
            pending.add(client)
        deadline = time.monotonic() + 1
        while pending and (left := deadline - time.monotonic()) > 0:
            pending -= set(select.select([], pending, [], left)[1])
        return count - len(pending)


def datagrams(port, count):
    """The answers to so many datagrams that are sent before any of them is read."""
    with socket.socket(type=socket.SOCK_DGRAM) as client:
        client.settimeout(PATIENCE)
        for _ in range(count):
            client.sendto(b"ping", ("127.0.0.1", port))
        return [json.loads(client.recv(4096)) for _ in range(count)]


def http2_workers(node, port, scheme):
    """How many workers answer ten sessions of HTTP/2."""
    script = pathlib.Path(__file__).resolve().parent.parent / "support/http2_client.js"
    with subprocess.Popen([node, script, str(port), scheme], text=True, stdin=subprocess.PIPE,
                          stdout=subprocess.PIPE) as client:
        for _ in range(2):
            client.stdout.readline()  # once for each worker
        client.stdin.close()
        result = json.loads(client.stdout.readlines()[-1])
    if result["failures"]:
        raise AssertionError(f"HTTP/2: {result['failures'][0]}")
    return result["workers"]


def socket_io(node, script, port, source):
    done = subprocess.run([node, script, str(port), source], text=True, capture_output=True,
                          stdin=subprocess.DEVNULL, timeout=PATIENCE, check=False)
    if done.returncode != 0:
        raise AssertionError(f"the client of socket.io: {done.stderr[-500:]}")
    return json.loads(done.stdout)
