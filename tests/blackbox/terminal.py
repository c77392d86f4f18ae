"""A pseudo terminal, a program on it, and an interactive shell to do job control with."""

import fcntl
import os
import pty
import shutil
import struct
import termios

from processes import PATIENCE, stat, wait_until
from support import Init, Lines

CTRL_C, CTRL_D, CTRL_Z = b"\x03", b"\x04", b"\x1a"


class Terminal:
    """Both ends of a pseudo terminal. What is shown on it can be awaited; keys can be pressed."""

    def __init__(self):
        self.keyboard, self.slave = pty.openpty()
        # No translation of "\n" into "\r\n": what the program wrote is what the test reads.
        attributes = termios.tcgetattr(self.slave)
        attributes[1] &= ~termios.OPOST
        termios.tcsetattr(self.slave, termios.TCSANOW, attributes)
        self.screen = Lines(os.dup(self.keyboard))

    def press(self, keys):
        os.write(self.keyboard, keys if isinstance(keys, bytes) else keys.encode())

    def without_echo(self):
        attributes = termios.tcgetattr(self.slave)
        attributes[3] &= ~termios.ECHO
        termios.tcsetattr(self.slave, termios.TCSANOW, attributes)

    def resize(self, columns, rows):
        fcntl.ioctl(self.keyboard, termios.TIOCSWINSZ, struct.pack("HHHH", rows, columns, 0, 0))

    def foreground(self):
        return os.tcgetpgrp(self.keyboard)

    def wait_until_foreground(self, group):
        wait_until(lambda: self.foreground() == group, f"group {group} has the terminal")

    def close(self):
        os.close(self.keyboard)
        os.close(self.slave)


def on_terminal(test, command, pid1=False, stdin=None, stdout=None, stderr=None, **keywords):
    """Starts a program as the leader of a session whose terminal is the new one, as `docker run -it`
    does. Returns the Init and the Terminal."""
    terminal = Terminal()

    def take_terminal():
        os.setsid()
        fcntl.ioctl(terminal.slave, termios.TIOCSCTTY, 0)

    if pid1:  # PID 1 itself has to lead the session, so it takes the terminal inside
        command = ["setsid", "--ctty", *command]

    init = Init(command, pid1=pid1, stdin=terminal.slave if stdin is None else stdin,
                stdout=terminal.slave if stdout is None else stdout,
                stderr=terminal.slave if stderr is None else stderr,
                preexec_fn=None if pid1 else take_terminal, pass_fds=(terminal.slave,), **keywords)
    test.addCleanup(terminal.close)
    test.addCleanup(init.end)
    return init, terminal


class Shell:
    """An interactive bash. `type` runs a line and waits for nothing."""

    PROMPT = "ready-for-a-line> "

    def __init__(self, test):
        self.init, self.terminal = on_terminal(
            test, [shutil.which("bash"), "--norc", "--noprofile", "--noediting", "-i"],
            env={"PS1": self.PROMPT, "TERM": "dumb"})
        self.reports = self.init.reports
        self.pid = self.init.pid
        self.terminal.screen.wait_for(self.PROMPT)
        self.terminal.without_echo()
        self._asked = 0

    def type(self, line):
        self.terminal.press(line + "\n")

    def ask(self, expression):
        """What the shell says that `expression` is; proves that it reads its terminal."""
        self._asked += 1
        # Quoted, so that the shell's echo of the line, which stops and starts, is not the answer.
        self.type(f"echo 'answer'-{self._asked}-is:{expression}:")
        text = self.terminal.screen.wait_for_line(f"answer-{self._asked}-is:")
        return text.split(":")[1]

    def wait_until_in_front(self, pid):
        """A job with this process in it has the terminal, or has given it to its child."""
        wait_until(lambda: self.terminal.foreground() != stat(self.pid).group,
                   f"the job of {pid} has the terminal")

    def wait_for_prompt(self, timeout=PATIENCE):
        wait_until(lambda: self.terminal.foreground() == stat(self.pid).group,
                   "the shell has its terminal back", timeout)
