"""Clusters of bench/worker.js: pmx-init's, pm2's and Node's own, each on a port of its own of loopback."""

import json
import os
import re
import signal
import socket
import ssl
import subprocess
import time
import urllib.request
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Callable

import contenders
from contained import Contained, NotManaged, children, environment, folder_in_memory

HERE = Path(__file__).resolve().parent
WORKER, LOAD, NODE_PRIMARY = (str(HERE / name) for name in ("worker.js", "load.js", "node_primary.js"))
PM2, ROUND_ROBIN, SCHED_NONE, ALONE = "pm2-runtime", "Node, round-robin", "Node, SCHED_NONE", "one worker"
LISTEN_TIMEOUT_S = 3  # pm2's default
PATIENCE_S = 120


def _command_line(pid: int) -> bytes:
    try:
        return Path(f"/proc/{pid}/cmdline").read_bytes()
    except (FileNotFoundError, ProcessLookupError):  # it has ended meanwhile
        return b""


@dataclass(frozen=True)
class Task:
    """One cluster to run, and where it may write."""

    folder: Path
    port: int
    workers: int
    variables: dict[str, str] = field(default_factory=dict)  # of the app
    keys: dict[str, object] = field(default_factory=dict)  # of pmx-init's manifest
    top: dict[str, object] = field(default_factory=dict)  # the same, beside its apps

    def write(self, name: str, text: str) -> str:
        path = self.folder / name
        path.write_text(text)
        return str(path)

    def environment(self) -> dict[str, str]:
        return {"PORT": str(self.port), **self.variables}


@dataclass(frozen=True)
class Cluster:
    name: str
    command: Callable[[Task], list[str]]  # writes its configuration
    order: Callable[[Task, list[str]], list[str]] | None = None  # how it is told to reload or scale
    variables: dict[str, str] = field(default_factory=dict)  # of its own


def name_of(balance: str) -> str:
    return f"pmx-init, {balance}"


def _socket(task: Task) -> str:
    return f"@pmx-bench.{task.folder.name}"


def ours(binary: str, balance: str) -> Cluster:
    def command(task: Task) -> list[str]:
        app = {"name": "app", "script": WORKER, "instances": task.workers, "exec_mode": "cluster",
               "balance": balance, "listen_timeout": f"{LISTEN_TIMEOUT_S}s", "env": task.environment(),
               **task.keys}
        manifest = {"apps": [app], "control": _socket(task), **task.top}
        return [binary, "--log", "json", "run", task.write("apps.json", json.dumps(manifest))]

    def order(task: Task, words: list[str]) -> list[str]:
        return [binary, "--control", _socket(task), *words]

    return Cluster(name_of(balance), command, order)


def pm2() -> Cluster:
    program = contenders.pm2_runtime()

    def command(task: Task) -> list[str]:
        app = {"name": "app", "script": WORKER, "instances": task.workers, "exec_mode": "cluster",
               "listen_timeout": LISTEN_TIMEOUT_S * 1000, "env": task.environment()}
        return [program, "start", task.write("ecosystem.json", json.dumps({"apps": [app]})), "--json"]

    return Cluster(PM2, command, lambda task, words: [str(Path(program).parent / "pm2"), *words])


def node_cluster(name: str, policy: str) -> Cluster:
    return Cluster(name, lambda task: [contenders.node(), NODE_PRIMARY, WORKER, str(task.workers)],
                   variables={"NODE_CLUSTER_SCHED_POLICY": policy})


def alone() -> Cluster:
    return Cluster(ALONE, lambda task: [contenders.node(), WORKER])


def free_port() -> int:
    with socket.socket() as one:
        one.bind(("127.0.0.1", 0))
        return one.getsockname()[1]


class Running(Contained):
    """A cluster at work; its `pid` is that of the primary."""

    def __init__(self, cluster: Cluster, task: Task) -> None:
        self.cluster, self.task = cluster, task
        super().__init__(cluster.name, task.folder, cluster.command(task),
                         {**environment(task.folder), **task.environment(), **cluster.variables})

    def workers(self) -> list[int]:
        """Outside the namespace. pm2's call themselves by the script as well."""
        return [pid for pid in children(self.pid) if b"worker.js" in _command_line(pid)]

    def ask(self, path: str = "/") -> str:
        scheme = "http" if self.task.variables.get("PROTOCOL", "http") == "http" else "https"
        insecure = ssl.create_default_context()
        insecure.check_hostname, insecure.verify_mode = False, ssl.CERT_NONE
        with urllib.request.urlopen(f"{scheme}://127.0.0.1:{self.task.port}{path}", timeout=30,
                                    context=insecure) as answer:
            return answer.read().decode()

    def await_workers(self, count: int) -> None:
        """Until so many are there, and one answers."""
        until = time.monotonic() + PATIENCE_S
        while True:
            try:
                self.ask()
                if len(self.workers()) == count and self.is_settled():
                    return
            except (OSError, IndexError):
                pass
            if time.monotonic() > until or self.is_over():
                self.fail(f"had not {count} workers that answer after {PATIENCE_S} s")
            time.sleep(0.1)

    def is_settled(self) -> bool:
        """Every worker has all that it loads: asleep, and older than a moment."""
        return all(Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[0] == "S"
                   for pid in self.workers())

    def order(self, *words: str) -> int:
        """Tells the primary, beside it in its namespace; the exit code."""
        return self.beside(self.cluster.order(self.task, list(words)), PATIENCE_S).returncode

    def become(self, version: str) -> None:
        Path(self.task.variables["VERSION_FILE"]).write_text(version)

    def rss_kb(self) -> int:
        status = Path(f"/proc/{self.pid}/status").read_text()
        return int(re.search(r"VmRSS:\s+(\d+)", status).group(1))

    def cpu_s(self) -> float:
        """Of the primary, with all its threads."""
        fields = Path(f"/proc/{self.pid}/stat").read_text().rpartition(")")[2].split()
        return (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")

    def terminate(self) -> None:
        os.kill(self.pid, signal.SIGTERM)


@contextmanager
def running(cluster: Cluster, workers: int, *, variables=None, keys=None, top=None):
    """Runs it until all its workers answer."""
    with folder_in_memory() as folder:
        own = {"VERSION_FILE": str(folder / "version"), **(variables or {})}
        task = Task(folder, free_port(), workers, own, keys or {}, top or {})
        Path(own["VERSION_FILE"]).write_text("works")
        one = Running(cluster, task)
        try:
            # A worker alone is its own primary.
            one.await_workers(0 if cluster.name == ALONE else workers)
            yield one
        finally:
            one.leave()


class Load:
    """bench/load.js at work: from when it is under way until it is told to end."""

    def __init__(self, port: int, **options: object) -> None:
        told = json.dumps({"port": port, **options})
        self._process = subprocess.Popen([contenders.node(), LOAD, told], stdin=subprocess.PIPE,
                                         stdout=subprocess.PIPE, text=True)

    def await_load(self) -> None:
        line = self._process.stdout.readline()
        if line != "under load\n":
            raise NotManaged(f"the client ended before it had asked: {line}")

    def end(self) -> dict:
        """What it saw until now."""
        self._process.stdin.close()
        return self.result()

    def result(self) -> dict:
        """What it saw in all, when it ends by itself."""
        said = self._process.stdout.read().splitlines()[-1]
        self._process.wait()
        return json.loads(said)
