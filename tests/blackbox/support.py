"""Runs an init from the outside: the program under each of its names, its child, what both say.

PMX_INIT     the pmx-init to test
FAKE_CHILD   the compiled tests/support/fake_child.cc (compiled here when it is not given)
PMX_PEERS=1  run every name but our own as the original program instead, to check the tests themselves
"""

import atexit
import ctypes
import faulthandler
import functools
import itertools
import os
import pathlib
import shutil
import signal
import subprocess
import sys
import tempfile
import threading
import unittest

from processes import PATIENCE, children, find_below, only_child, stat, wait_until

OWN = "pmx-init"
ORIGINALS = ("tini", "tini-static", "dumb-init", "catatonit")
WITH_ORIGINALS = os.environ.get("PMX_PEERS") == "1"

_FOLDER = pathlib.Path(__file__).resolve().parent
_PR_SET_CHILD_SUBREAPER = 36


def _scratch():
    folder = tempfile.mkdtemp(prefix="pmx-blackbox-")
    os.chmod(folder, 0o755)
    atexit.register(shutil.rmtree, folder, ignore_errors=True)
    return folder


SCRATCH = _scratch()


def _require(variable):
    path = os.environ.get(variable)
    if not path or not os.access(path, os.X_OK):
        sys.exit(f"cannot run the tests: {variable}={path!r} is not a program")
    return os.path.abspath(path)


def _copy(path, name):
    # Other uids must be able to run it wherever it was built, and a new build must not disturb us.
    return shutil.copy(path, os.path.join(SCRATCH, name))


def _compile_fake_child():
    target = os.path.join(SCRATCH, "fake_child")
    source = _FOLDER.parent / "support" / "fake_child.cc"
    subprocess.run([os.environ.get("CXX", "c++"), "-std=c++23", "-O1", "-static", "-o", target,
                    str(source)], check=True)
    return target


PMX_INIT = (None if WITH_ORIGINALS and "PMX_INIT" not in os.environ
            else _copy(_require("PMX_INIT"), OWN))
FAKE_CHILD = (_copy(_require("FAKE_CHILD"), "fake_child") if "FAKE_CHILD" in os.environ
              else _compile_fake_child())


def program(name):
    """The program to run as `name`: ours, called by that name, or the original."""
    if name != OWN and WITH_ORIGINALS:
        # Only these: what is called "init" on this machine would boot it.
        original = shutil.which(name) if name in ORIGINALS else None
        if original is None:
            raise unittest.SkipTest(f"there is no original {name} here")
        return original
    if PMX_INIT is None:
        raise unittest.SkipTest("PMX_INIT is not set")
    if name == OWN:
        return PMX_INIT
    link = os.path.join(SCRATCH, name)
    if not os.path.islink(link):
        os.symlink(PMX_INIT, link)
    return link


@functools.cache
def new_pid_namespace():
    """The command that makes its arguments a real PID 1. Others than root need a user namespace."""
    command = ["unshare", *([] if os.geteuid() == 0 else ["--user", "--map-root-user"]),
               "--pid", "--fork", "--mount-proc", "--kill-child"]
    if subprocess.run([*command, "true"], stderr=subprocess.DEVNULL, check=False).returncode != 0:
        raise unittest.SkipTest("no PID namespace can be made here")
    return command


class Lines:
    """Collects what arrives at a descriptor, and waits for lines of it."""

    def __init__(self, fd):
        self._fd = fd
        self._bytes = bytearray()
        self._ended = False
        self._changed = threading.Condition()
        self._next = 0
        self._reader = threading.Thread(target=self._read, daemon=True)
        self._reader.start()

    def _read(self):
        while True:
            try:
                piece = os.read(self._fd, 1 << 20)
            except OSError:  # a pseudo terminal whose other side is gone
                piece = b""
            with self._changed:
                self._bytes += piece
                self._ended = not piece
                self._changed.notify_all()
            if not piece:
                os.close(self._fd)
                return

    def _wait_for(self, condition, what):
        with self._changed:
            if not self._changed.wait_for(lambda: condition() or self._ended, PATIENCE):
                raise AssertionError(f"waited {PATIENCE} s in vain for {what}; so far: "
                                     f"{bytes(self._bytes[-2000:])!r}")
            if not condition():
                raise AssertionError(f"the end came before {what}: {bytes(self._bytes[-2000:])!r}")

    def next(self):
        """The next whole line that no one has asked for yet."""
        self._wait_for(lambda: b"\n" in self._bytes[self._next:], "another line")
        with self._changed:
            end = self._bytes.index(b"\n", self._next)
            line = bytes(self._bytes[self._next:end])
            self._next = end + 1
        return line.decode("utf-8", "replace")

    def until(self, part):
        """The next line that contains `part`; lines before it are passed over."""
        while part not in (line := self.next()):
            pass
        return line

    def wait_for(self, part):
        """Waits until `part` has appeared anywhere, whole line or not."""
        wanted = part.encode() if isinstance(part, str) else part
        self._wait_for(lambda: wanted in self._bytes, repr(part))

    def wait_for_line(self, part):
        """Waits for a whole line with `part` in it, wherever it is; returns it from there on."""
        wanted = part.encode()

        def rest():
            at = self._bytes.find(wanted)
            end = self._bytes.find(b"\n", at)
            return self._bytes[at:end] if at >= 0 and end >= 0 else None
        self._wait_for(rest, f"a line with {part!r}")
        with self._changed:
            return rest().decode("utf-8", "replace")

    def so_far(self):
        with self._changed:
            return bytes(self._bytes)

    def everything(self):
        """All bytes, once the other side has been closed by everyone who held it."""
        self._wait_for(lambda: self._ended, "the end")
        return self.so_far()


class Reports(Lines):
    """What fake children say. `expect` is strict: the very next report has to be this one."""

    def expect(self, wanted):
        got = self.next()
        if got != wanted:
            raise AssertionError(f"expected the report {wanted!r}, got {got!r}")

    def ready(self, name="child"):
        """Waits for NAME's "ready" and returns its pid, as it knows it itself."""
        return int(self.until(f"{name} ready ").split()[2])

    def place(self, name="child"):
        """The answer to report-place as a dictionary."""
        words = self.until(f"{name} place ").split()[2:]
        return {key: int(value) for key, value in (word.split("=") for word in words)}


# What runs in the place of the init until it becomes the init.
_WRAPPERS = ("unshare", "setsid", "setpriv", "capsh", "prlimit", "sh", "mount", "umount")


class Init:
    """One running init and its child."""

    _running = set()

    def __init__(self, command, pid1=False, env=None, stdin=subprocess.DEVNULL,
                 stdout=subprocess.PIPE, stderr=subprocess.PIPE, **popen):
        report_read, report_write = os.pipe()
        environment = {key: value for key, value in os.environ.items()
                       if not key.startswith(("PMX_", "TINI_", "DUMB_INIT_"))}
        environment["FAKE_CHILD_REPORT"] = str(report_write)
        environment.update(env or {})
        environment = {key: value for key, value in environment.items() if value is not None}
        if pid1:
            command = [*new_pid_namespace(), *command]
        try:
            self.process = subprocess.Popen(
                command, stdin=stdin, stdout=stdout, stderr=stderr, env=environment,
                pass_fds=(report_write, *popen.pop("pass_fds", ())), **popen)
        finally:
            os.close(report_write)
        Init._running.add(self)
        self._pid1 = pid1
        self._pid = None
        self.reports = Reports(report_read)
        self.stdout = self._lines(self.process.stdout)
        self.stderr = self._lines(self.process.stderr)

    @staticmethod
    def _lines(stream):
        if stream is None:
            return None
        lines = Lines(os.dup(stream.fileno()))
        stream.close()
        return lines

    @property
    def pid(self):
        """The init's pid as seen from here."""
        if self._pid is None and self._pid1:
            self._pid = only_child(self.process.pid)
            wait_until(lambda: (seen := stat(self._pid)) is None or seen.name not in _WRAPPERS,
                       "the init has been executed")
        elif self._pid is None:
            self._pid = self.process.pid
        return self._pid

    @property
    def child(self):
        """The pid of the init's first child as seen from here."""
        return only_child(self.pid)

    def all_ready(self, *names):
        """Waits until each of these fake children is ready: their pids as seen from here."""
        inner = {}
        while set(inner) != set(names):
            name, word, *rest = self.reports.next().split()
            if word == "ready":
                inner[name] = int(rest[0])
        return {name: find_below(self.pid, pid) for name, pid in inner.items()}

    def signal(self, number):
        os.kill(self.pid, number)

    def exit_code(self):
        """Waits for the end. As subprocess has it: -n when signal n ended it."""
        return self.process.wait(PATIENCE)

    def output(self):
        """Waits for the end: (exit code, stdout, stderr)."""
        code = self.exit_code()
        return (code, *(lines.everything().decode("utf-8", "replace") if lines else None
                        for lines in (self.stdout, self.stderr)))

    def end(self):
        """Ends the init and all it left behind."""
        if self.process.poll() is None:
            self.process.kill()
            self.process.wait(PATIENCE)
        Init._running.discard(self)
        _end_strays({init.process.pid for init in Init._running})


def _adopt_strays():
    # Whatever loses its init comes back to the test process and can be ended by it.
    ctypes.CDLL(None).prctl(_PR_SET_CHILD_SUBREAPER, 1, 0, 0, 0)


def _end_strays(spared=frozenset()):
    """Only children that we have not reaped are killed: no other number is sure to be theirs still."""
    while strays := set(children(os.getpid())) - spared:
        for pid in strays:
            os.kill(pid, signal.SIGKILL)
            os.waitpid(pid, 0)


_adopt_strays()


class TestCase(unittest.TestCase):
    """A test that starts inits, and is run once for each name it is about (see `called`)."""

    maxDiff = 4000
    LIMIT = 240  # seconds: whatever hangs, where it hangs is shown

    def run(self, result=None):
        faulthandler.dump_traceback_later(self.LIMIT, exit=True)
        try:
            return super().run(result)
        finally:
            faulthandler.cancel_dump_traceback_later()

    def __init_subclass__(cls, **keywords):
        super().__init_subclass__(**keywords)
        for name, test in list(vars(cls).items()):
            for suffix, arguments in getattr(test, "variants", ()):
                setattr(cls, f"{name}__{suffix}", _bind(test, arguments))
            if hasattr(test, "variants"):
                delattr(cls, name)

    def start(self, name, options, script, **keywords):
        """Starts the init called `name` with a fake child that runs the script."""
        command = [FAKE_CHILD, *script.split()]
        return self.start_line(name, [*options, "--", *command], **keywords)

    def start_line(self, name, arguments, wrapper=(), **keywords):
        """The same with a command line of one's own. `wrapper` becomes the init by exec."""
        init = Init([*wrapper, program(name), *arguments], **keywords)
        self.addCleanup(init.end)
        return init

    def run_to_end(self, name, options, script, **keywords):
        return self.start(name, options, script, **keywords).output()

    def run_line(self, name, arguments, **keywords):
        return self.start_line(name, arguments, **keywords).output()


def _bind(test, arguments):
    def bound(self):
        return test(self, *arguments)
    bound.__name__, bound.__doc__ = test.__name__, test.__doc__
    return bound


def called(*names, places=("not PID 1",)):
    """Runs a test once for each name; with two places also as a real PID 1.

    The test gets the name, and with two places also whether it is PID 1."""
    def mark(test):
        test.variants = [
            (f"as_{name}_{place}".replace(" ", "_").replace("-", "_"),
             (name, place == "PID 1") if len(places) > 1 else (name,))
            for name, place in itertools.product(names, places)]
        return test
    return mark


ANYWHERE = ("PID 1", "not PID 1")


def in_shell(commands):
    """A wrapper that runs these commands and then becomes the init."""
    return ["sh", "-c", f'{commands} && exec "$@"', "sh"]


def as_uid(uid, *options):
    return ["setpriv", f"--reuid={uid}", f"--regid={uid}", "--clear-groups", *options]


def only_as_root(test):
    return unittest.skipUnless(os.geteuid() == 0, "needs root")(test)


def main():
    """What every test file calls."""
    runner = unittest.main(exit=False, verbosity=int(os.environ.get("VERBOSITY", "1")))
    for test, why in runner.result.skipped:  # which `./dev test` looks for
        print(f"skipped: {os.environ.get('PMX_BUILD', 'here')} {test.id()}: {why}")
    sys.exit(not runner.result.wasSuccessful())
