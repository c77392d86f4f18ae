"""Serves HTTP at the socket that it is given as systemd gives it: LISTEN_FDS, the first is 3.

Asked to stop, it takes no more connections, answers those that it has taken, and ends. What has come
in meanwhile waits in the socket's queue for the next process.
"""

import http.server
import os
import signal
import socket
import sys
import threading
import time

FIRST = 3


def given_socket():
    is_mine = os.environ.get("LISTEN_PID") == str(os.getpid())
    if not is_mine or int(os.environ.get("LISTEN_FDS", "0")) < 1:
        sys.exit("there is no socket: LISTEN_FDS is missing; start it with `sockets`")
    return socket.socket(fileno=FIRST)


def tell(line):
    """To NOTIFY_SOCKET, as sd_notify(3) has it."""
    path = os.environ.get("NOTIFY_SOCKET", "")
    if path:
        with socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM) as notify:
            notify.sendto(line.encode(), path.replace("@", "\0", 1))


class Page(http.server.BaseHTTPRequestHandler):
    timeout = 10  # seconds that a client may be silent

    def do_GET(self):
        time.sleep(0.05)  # as if there were something to do
        body = f"{os.getpid()}\n".encode()
        self.send_response(200)
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, *words):
        pass


class Server(http.server.ThreadingHTTPServer):
    daemon_threads = False  # server_close() waits for them

    def __init__(self, listening):
        super().__init__(listening.getsockname()[:2], Page, bind_and_activate=False)
        self.socket.close()  # the one of its own
        self.socket = listening


def main():
    server = Server(given_socket())
    # In a thread: shutdown() waits for serve_forever(), which this handler interrupts.
    signal.signal(signal.SIGTERM,
                  lambda *_: threading.Thread(target=server.shutdown).start())
    print(f"serving at {server.server_address}")
    tell("READY=1")
    server.serve_forever(poll_interval=0.05)
    server.server_close()
    print("has answered everybody")


if __name__ == "__main__":
    main()
