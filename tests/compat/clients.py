"""Clients: each asks once, over a connection of its own, and gives what the app answered."""

import http.client
import json
import socket
import ssl
import subprocess

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


def datagrams(port, count):
    """The answers to so many datagrams that are sent before any of them is read."""
    with socket.socket(type=socket.SOCK_DGRAM) as client:
        client.settimeout(PATIENCE)
        for _ in range(count):
            client.sendto(b"ping", ("127.0.0.1", port))
        return [json.loads(client.recv(4096)) for _ in range(count)]


_DATA, _HEADERS, _SETTINGS, _RESET, _GOAWAY = 0, 1, 4, 3, 7
_END_STREAM, _END_HEADERS, _IS_ACKNOWLEDGEMENT = 1, 4, 1


def _frame(kind, flags, stream, payload=b""):
    return len(payload).to_bytes(3, "big") + bytes([kind, flags]) + stream.to_bytes(4, "big") + payload


def http2_get(port):
    """HTTP/2 without TLS, as a client that knows beforehand: one stream, headers by index."""
    authority = b"localhost"
    # GET, http and / are entries of HPACK's static table; :authority is a literal that names its key so.
    request = bytes([0x82, 0x86, 0x84, 0x01, len(authority)]) + authority
    with socket.create_connection(("127.0.0.1", port), timeout=PATIENCE) as client:
        client.sendall(b"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n" + _frame(_SETTINGS, 0, 0)
                       + _frame(_HEADERS, _END_STREAM | _END_HEADERS, 1, request))
        body = b""
        with client.makefile("rb") as frames:
            while len(head := frames.read(9)) == 9:
                kind, flags = head[3], head[4]
                payload = frames.read(int.from_bytes(head[:3], "big"))
                if kind == _SETTINGS and not flags & _IS_ACKNOWLEDGEMENT:
                    client.sendall(_frame(_SETTINGS, _IS_ACKNOWLEDGEMENT, 0))
                elif kind == _DATA:
                    body += payload
                if kind in (_RESET, _GOAWAY):
                    raise AssertionError(f"HTTP/2 frame {kind}: {payload!r}")
                if kind in (_DATA, _HEADERS) and flags & _END_STREAM:
                    return json.loads(body)
    raise AssertionError(f"HTTP/2 ended early: {body!r}")


def socket_io(node, script, port, source):
    done = subprocess.run([node, script, str(port), source], text=True, capture_output=True,
                          stdin=subprocess.DEVNULL, timeout=PATIENCE, check=False)
    if done.returncode != 0:
        raise AssertionError(f"the client of socket.io: {done.stderr[-500:]}")
    return json.loads(done.stdout)
