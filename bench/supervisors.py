"""Programs that keep apps running: how each is told to, started, watched and stopped.

Each app is bench/newborn.c, which says when it was born. Nothing that a supervisor could be told to wait
for is left in its configuration; what it waits for all the same is its own."""

import json
import os
import re
import select
import signal
import subprocess
import time
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Callable

import contenders
from contained import Contained, NotManaged, children, environment, folder_in_memory

OURS, SUPERVISORD, PM2 = "pmx-init run", "supervisord", "pm2-runtime"

@dataclass(frozen=True)
class Task:
    """What one supervisor has to keep running, and where it may write."""

    folder: Path
    program: str
    apps: int
    keys: dict[str, str]  # of pmx-init's manifest, for every app

    def names(self) -> list[str]:
        return [f"app-{number}" for number in range(self.apps)]

    def write(self, name: str, text: str) -> str:
        path = self.folder / name
        path.write_text(text)
        return str(path)


@dataclass(frozen=True)
class Supervisor:
    name: str
    command: Callable[[Task], list[str]]  # writes its configuration
    how: str  # it is told to start its apps
    delay: str  # that is its own
    listing: Callable[[Task], list[str]] | None = None  # what shows all apps


def _service(task: Task) -> str:
    """A folder as runit and s6 have it, whose `run` is the program itself: no shell to start first."""
    folder = task.folder / "service"
    folder.mkdir()
    (folder / "run").symlink_to(task.program)
    return str(folder)


def _socket(task: Task) -> str:
    return f"@pmx-bench.{task.folder.name}"


def ours(binary: str) -> Supervisor:
    def command(task: Task) -> list[str]:
        apps = [{"name": name, "command": [task.program], **task.keys} for name in task.names()]
        manifest = task.write("apps.json", json.dumps({"apps": apps, "control": _socket(task)}))
        return [binary, "--log", "json", "run", manifest]

    return Supervisor(OURS, command, "a manifest with `name` and `command` of each app",
                      "none when the app ran for `min_uptime`, 1 s",
                      lambda task: [binary, "--control", _socket(task), "list", "--json"])


def supervisord() -> Supervisor:
    def command(task: Task) -> list[str]:
        control = task.folder / "control"
        parts = [f"[supervisord]\nnodaemon=true\nlogfile=/dev/null\nlogfile_maxbytes=0\n"
                 f"pidfile={task.folder}/pid\n",
                 f"[unix_http_server]\nfile={control}\n",
                 "[rpcinterface:supervisor]\nsupervisor.rpcinterface_factory = "
                 "supervisor.rpcinterface:make_main_rpcinterface\n",
                 f"[supervisorctl]\nserverurl=unix://{control}\n"]
        # In one group, so that they are stopped at once and not one by one.
        parts += [f"[group:apps]\nprograms={','.join(task.names())}\n"]
        parts += [f"[program:{name}]\ncommand={task.program}\nautorestart=true\nstartsecs=0\n"
                  "redirect_stderr=true\nstdout_logfile=/dev/fd/1\nstdout_logfile_maxbytes=0\n"
                  for name in task.names()]
        return [program, "-c", task.write("supervisord.conf", "\n".join(parts))]

    program = contenders.found("supervisord", "supervisor")
    client = contenders.found("supervisorctl", "supervisor")
    return Supervisor(SUPERVISORD, command, "`autorestart=true`, `startsecs=0`",
                      "until its loop comes round again: a second, when nothing else happens",
                      lambda task: [client, "-c", str(task.folder / "supervisord.conf"), "status"])


def pm2() -> Supervisor:
    def command(task: Task) -> list[str]:
        apps = [{"name": name, "script": task.program, "interpreter": "none", "exec_mode": "fork",
                 "restart_delay": 0, "vizion": False, "pmx": False} for name in task.names()]
        return [program, "start", task.write("ecosystem.json", json.dumps({"apps": apps})), "--json"]

    program = contenders.pm2_runtime()
    return Supervisor(PM2, command, "fork mode, no interpreter, `vizion` and `pmx` off",
                      "none: `restart_delay` is 0",
                      lambda task: [str(Path(program).parent / "pm2"), "jlist"])


def runsv() -> Supervisor:
    program = contenders.found("runsv", "runit")
    return Supervisor("runsv", lambda task: [program, _service(task)],
                      "`run` is the app itself, there is no `finish`",
                      "a second when the app ran for less than one")


def s6_supervise() -> Supervisor:
    program = contenders.found("s6-supervise", "s6")
    return Supervisor("s6-supervise", lambda task: [program, _service(task)],
                      "`run` is the app itself, there is no `finish`",
                      "a second after every end")


def loop(program: str) -> Supervisor:
    return Supervisor("a loop of spawn and wait", lambda task: [program, task.program],
                      "bench/restarter.c: what the kernel alone takes", "none")


@dataclass(frozen=True)
class Birth:
    pid: int
    at: int  # nanoseconds, CLOCK_MONOTONIC


class Running(Contained):
    """A supervisor at work."""

    def __init__(self, supervisor: Supervisor, task: Task) -> None:
        self.supervisor, self.task = supervisor, task
        fifo = task.folder / "births"
        os.mkfifo(fifo)
        self._births = os.open(fifo, os.O_RDWR | os.O_NONBLOCK | os.O_CLOEXEC)
        self._unread = b""
        # The first that is born becomes the supervisor.
        super().__init__(supervisor.name, task.folder,
                         [task.program, "--then", *supervisor.command(task)],
                         {**environment(task.folder), "NEWBORN": str(fifo)})
        self.started = self.births(1, seconds=10)[0].at

    def pid_of(self, app: Birth) -> int:
        """Outside the namespace."""
        for pid in children(self.pid):
            ids = re.search(r"^NSpid:.*\t(\d+)$", Path(f"/proc/{pid}/status").read_text(), re.MULTILINE)
            if ids and int(ids.group(1)) == app.pid:
                return pid
        raise NotManaged(f"{self.supervisor.name}: the app with pid {app.pid} is not there")

    def listing(self) -> list[str]:
        return self.supervisor.listing(self.task)

    def printed(self, command: list[str]) -> str:
        """What a command prints beside it."""
        done = self.beside(command)
        done.check_returncode()
        return done.stdout

    def births(self, count: int, seconds: float) -> list[Birth]:
        """The next ones, or NotManaged."""
        found: list[Birth] = []
        until = time.monotonic() + seconds
        while len(found) < count:
            line, newline, rest = self._unread.partition(b"\n")
            if newline:
                found.append(Birth(*map(int, line.split())))
                self._unread = rest
                continue
            left = until - time.monotonic()
            if left <= 0 or self.is_over():
                self.fail(f"{len(found)} of {count} apps were started within {seconds - left:.0f} s")
            if select.select([self._births], [], [], min(left, 1))[0]:
                self._unread += os.read(self._births, 65536)
        return found

    def stop(self, seconds: float = 300) -> float:
        """Seconds from SIGTERM to the supervisor's end."""
        at = time.monotonic()
        os.kill(self.pid, signal.SIGTERM)
        try:
            self._process.wait(seconds)
        except subprocess.TimeoutExpired:
            self.fail(f"had not ended {seconds:.0f} s after SIGTERM")
        return time.monotonic() - at

    def leave(self) -> None:
        super().leave()
        os.close(self._births)


@contextmanager
def running(supervisor: Supervisor, program: str, apps: int, keys: dict[str, str] | None = None):
    """Runs it with so many apps."""
    with folder_in_memory() as folder:
        one = Running(supervisor, Task(folder, os.path.realpath(program), apps, keys or {}))
        try:
            yield one
        finally:
            one.leave()
