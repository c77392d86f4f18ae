"""A stdout that takes nothing more until the test reads."""

import fcntl
import os
import sys
import termios

from processes import stat, status, wait_until

with open("/proc/sys/fs/pipe-max-size", encoding="utf-8") as _file:
    LARGEST_PIPE = int(_file.read())


class Pipe:
    """A pipe as pmx-init's stdout that is read when the test says so, and not before."""

    def __init__(self, test):
        self.read_end, self.write_end = os.pipe()
        test.addCleanup(self.close_reader)
        test.addCleanup(self.close_writer)

    def close_reader(self):
        if self.read_end is not None:
            os.close(self.read_end)
            self.read_end = None

    def close_writer(self):
        if self.write_end is not None:
            os.close(self.write_end)
            self.write_end = None

    def fill(self):
        """Writes until nothing fits any more, through an open description of our own. The pipe is as
        large as pmx-init could make it, which then makes no room."""
        fcntl.fcntl(self.write_end, fcntl.F_SETPIPE_SZ, LARGEST_PIPE)
        own = os.open(f"/proc/self/fd/{self.write_end}", os.O_WRONLY | os.O_NONBLOCK)
        try:
            for size in (65536, 4096, 1):
                try:
                    while True:
                        os.write(own, b"#" * (size - 1) + b"\n")
                except BlockingIOError:
                    pass
        finally:
            os.close(own)

    def waiting(self):
        """How many bytes nobody has read yet."""
        count = fcntl.ioctl(self.read_end, termios.FIONREAD, bytes(4))
        return int.from_bytes(count, sys.byteorder)

    def read_all(self):
        """Everything up to the end, which comes when all writers have gone."""
        self.close_writer()
        data = bytearray()
        while piece := os.read(self.read_end, 1 << 20):
            data += piece
        return bytes(data)


def wait_until_blocked(pid):
    """The process sleeps, and is still at the same place a moment later."""
    last = [None, 0]

    def blocked():
        seen = (stat(pid).state, status(pid)["voluntary_ctxt_switches"])
        last[1] = last[1] + 1 if seen == last[0] and seen[0] == "S" else 0
        last[0] = seen
        return last[1] > 15
    wait_until(blocked, f"process {pid} is blocked")
