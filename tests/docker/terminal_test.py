"""`docker run -it`: a person at a terminal, played through a real pseudo-terminal."""

import fcntl
import os
import pty
import select
import struct
import subprocess
import termios
import time

import container
from case import ContainerTest

CTRL_C, CTRL_Z = b"\x03", b"\x1a"


class Person:
    """Sits at a terminal where `docker run -it` was typed: reads, types, resizes the window."""

    def __init__(self, command, rows=24, columns=80):
        self.screen, terminal = pty.openpty()
        self.seen = b""
        self.resize(rows, columns)
        self.client = subprocess.Popen(
            command,
            stdin=terminal,
            stdout=terminal,
            stderr=terminal,
            start_new_session=True,
            preexec_fn=lambda: fcntl.ioctl(0, termios.TIOCSCTTY, 0),
        )
        os.close(terminal)

    def resize(self, rows, columns):
        fcntl.ioctl(self.screen, termios.TIOCSWINSZ, struct.pack("HHHH", rows, columns, 0, 0))

    def type(self, keys):
        os.write(self.screen, keys)

    def read_until(self, text, times=1):
        """Reads the screen until `text` has appeared `times` times since the last call."""
        seen = b""
        deadline = time.monotonic() + container.PATIENCE
        while seen.count(text) < times:
            chunk = self._read_by(deadline)
            if not chunk:
                raise AssertionError(f"the session ended without {text!r}: {seen!r}")
            seen += chunk
        self.seen += seen

    def resize_until(self, rows, columns, text):
        """Drags the window to a new size, again and again, until the screen shows `text`.

        The client tells the first size before it listens for changes, so it may miss one.
        """
        patience = time.monotonic() + container.PATIENCE
        wide = False
        while text not in self.seen:
            if time.monotonic() > patience:
                raise AssertionError(f"no new size was seen, after {self.seen!r}")
            wide = not wide
            self.resize(*((rows, columns) if wide else (rows - 1, columns - 1)))
            if select.select([self.screen], [], [], 1.0)[0]:
                self.seen += self._read_by(patience)

    def exit_code(self):
        """Reads to the end of the session. The client returns the container's exit code."""
        deadline = time.monotonic() + container.PATIENCE
        while chunk := self._read_by(deadline):
            self.seen += chunk
        os.close(self.screen)
        return self.client.wait(timeout=container.PATIENCE)

    def _read_by(self, deadline):
        """What the screen shows next; nothing when the session has ended."""
        if not select.select([self.screen], [], [], max(0.0, deadline - time.monotonic()))[0]:
            raise AssertionError(f"nothing happens on the screen any more, after {self.seen!r}")
        try:
            return os.read(self.screen, 65536)
        except OSError:  # EIO: nobody has the other end any more
            return b""


class Terminal(ContainerTest):
    def sit_down(self, *command):
        person = Person(
            self.engine.command(
                "run", "--rm", "-it", "--label", container.LABEL, self.image, *command
            )
        )
        self.addCleanup(person.client.kill)
        return person

    def test_the_app_gets_the_terminal_itself_and_its_bytes_untouched(self):
        person = self.sit_down(
            "sh", "-c", "test -t 0 && test -t 1 && test -t 2 && echo plain text; exit 4"
        )
        self.assertEqual(person.exit_code(), 4)
        self.assertEqual(person.seen, b"plain text\r\n")

    def test_ctrl_c_interrupts_the_app(self):
        person = self.sit_down("sh", "-c", "echo up; exec sleep infinity")
        person.read_until(b"up")
        person.type(CTRL_C)
        self.assertEqual(person.exit_code(), 130)

    def test_a_new_window_size_reaches_the_app(self):
        # The client tells the size after the start.
        person = self.sit_down(
            "bash",
            "-c",
            "until [ \"$(stty size)\" = '24 80' ]; do :; done; "
            "trap 'stty size' WINCH; trap 'exit 11' INT; "
            "echo in place; sleep infinity & while :; do wait $!; done",
        )
        person.read_until(b"in place")
        person.resize_until(33, 101, b"33 101")
        person.type(CTRL_C)
        self.assertEqual(person.exit_code(), 11)

    def test_a_shell_has_job_control(self):
        person = self.sit_down("bash", "--norc", "-i")
        person.type(b"echo go''on; cat\n")
        person.read_until(b"goon")
        person.type(b"over\n")
        person.read_until(b"over", times=2)  # the terminal's echo, then cat
        person.type(CTRL_Z)
        person.read_until(b"Stopped")
        person.type(b"fg\n")
        person.read_until(b"cat\r\n")  # what bash says before it hands the terminal over
        person.type(b"again\n")
        person.read_until(b"again", times=2)
        person.type(CTRL_C)
        person.read_until(b"$ ")
        person.type(b"exit 9\n")
        self.assertEqual(person.exit_code(), 9)
        self.assertNotIn(b"no job control", person.seen)
