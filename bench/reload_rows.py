"""`bench reload`: requests that fail while workers are replaced, killed, scaled and stopped."""

import os
import signal
import subprocess
import time
from dataclasses import dataclass, field
from pathlib import Path

import clusters
import contenders as installed
from clusters import PM2, Cluster, Load, Running, name_of
from figures import Chapter, Goal, markdown

REQUIRED = tuple(name_of(balance) for balance in ("rr", "least", "sticky", "shared"))
WORKERS = 2
CONNECTIONS = 50
AFTER_S = 1.0  # the clients go on for so long after the last thing that was done


@dataclass(frozen=True)
class Plan:
    rounds: int = 3
    connections: int = CONNECTIONS
    every_s: float = 3.0


@dataclass(frozen=True)
class Client:
    """How the requests are made."""

    title: str
    protocol: str = "http"
    keep_alive: bool = True
    every_s: float = 0

    def load(self, one: Running, plan: Plan) -> Load:
        load = Load(one.task.port, protocol=self.protocol, connections=plan.connections,
                    keepAlive=self.keep_alive, every=int(self.every_s * 1000))
        load.await_load()
        return load


def clients(plan: Plan) -> list[Client]:
    return [Client("http, close", keep_alive=False), Client("http, keep-alive"),
            Client("http, keep-alive, seldom", every_s=plan.every_s),
            Client("https, close", "https", False), Client("https, keep-alive", "https"),
            Client("h2", "h2")]


def certificate(folder: Path) -> Path:
    """Where a key is in FILE.key and a certificate in FILE.pem: made anew, for a day."""
    path = folder / "certificate"
    subprocess.run([installed.found("openssl", "openssl"), "req", "-x509", "-newkey", "ec", "-pkeyopt",
                    "ec_paramgen_curve:prime256v1", "-nodes", "-days", "2", "-subj", "/CN=localhost",
                    "-keyout", f"{path}.key", "-out", f"{path}.pem"], check=True,
                   stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
    return path


CLOSE, KEEP = Client("close", keep_alive=False), Client("keep-alive")


def contenders(binary: str) -> list[Cluster]:
    return [*(clusters.ours(binary, balance) for balance in
              ("rr", "least", "sticky", "shared", "reuseport")), clusters.pm2()]


@dataclass
class Outcome:
    """What the clients saw, over all rounds."""

    requests: int = 0
    failed: int = 0
    refused: int = 0
    notes: set[str] = field(default_factory=set)

    def add(self, result: dict) -> None:
        self.requests += result["requests"]
        self.failed += result["failed"]
        self.refused += result["reasons"].get("ECONNREFUSED", 0)

    def cell(self) -> str:
        refused = f", {self.refused:,} refused" if self.refused else ""
        return f"{self.failed:,} of {self.requests:,}{refused}{''.join(sorted(self.notes))}"


def _while_loaded(one: Running, client: Client, plan: Plan, act) -> tuple[dict, object]:
    load = client.load(one, plan)
    try:
        told = act(one)
        time.sleep(client.every_s + AFTER_S)
    finally:
        result = load.end()
    return result, told


def _reload_twice(one: Running) -> None:
    for _ in range(2):
        if one.order("reload", "app") != 0:
            one.fail("reload failed")
        one.await_workers(WORKERS)


def _kill(number: int):
    """SIGKILL to so many workers at once; over when all are there again."""
    def act(one: Running) -> None:
        for pid in one.workers()[:number]:
            os.kill(pid, signal.SIGKILL)
        one.await_workers(WORKERS)
    return act


def _scale(one: Running) -> None:
    for wanted in (6, 1):
        one.order("scale", "app", str(wanted))
        one.await_workers(wanted)


def _to(version: str):
    """Reload to a version that does not work: its exit code, and whether somebody still answers."""
    def act(one: Running) -> str:
        one.become(version)
        code = one.order("reload", "app")
        try:
            one.ask()
            answers = "goes on serving"
        except OSError:
            answers = "**nobody serves**"
        return f"; exit {code}, {answers}"
    return act


def _replaced(path: str):
    """A worker makes itself one that is to be replaced; over when it has gone."""
    def act(one: Running) -> None:
        before = set(one.workers())
        one.ask(path)
        until = time.monotonic() + clusters.PATIENCE_S
        while before <= set(one.workers()):
            if time.monotonic() > until:
                one.fail(f"{path} led to nothing")
            time.sleep(0.05)
        one.await_workers(WORKERS)
    return act


def _table(title: str, columns: list[str], rows: dict[str, list[Outcome | None]]) -> str:
    return markdown([title, *columns],
                    [[name, *("–" if cell is None else cell.cell() for cell in cells)]
                     for name, cells in rows.items()])


def _goal(what: str, rows: dict[str, list[Outcome | None]], told: str = "") -> Goal:
    cells = [cell for name in REQUIRED for cell in rows.get(name, []) if cell is not None]
    failed = sum(cell.failed for cell in cells)
    is_told = all(cell.notes <= {told} for cell in cells)
    return Goal(what, f"0 failed for rr, least, sticky, shared{told}",
                f"{failed:,} of {sum(cell.requests for cell in cells):,}{told if is_told else ''}",
                failed == 0 and is_told)


def _rounds(kinds: list[Cluster], plan: Plan, cases: list[tuple[Client, object]], **settings):
    """Every case of every contender, a cluster of its own each time."""
    rows = {kind.name: [Outcome() for _ in cases] for kind in kinds}
    for _ in range(plan.rounds):
        for number, (client, act) in enumerate(cases):
            for kind in kinds:
                variables = dict(settings.get("variables", {}), PROTOCOL=client.protocol)
                with clusters.running(kind, WORKERS, variables=variables,
                                      keys=settings.get("keys")) as one:
                    result, told = _while_loaded(one, client, plan, act)
                outcome = rows[kind.name][number]
                outcome.add(result)
                if told:
                    outcome.notes.add(told)
                print(f"  {kind.name}, {client.title}: {result['failed']} of {result['requests']} "
                      f"{result['reasons'] or ''}{told or ''}", flush=True)
    return rows


def reloads(kinds: list[Cluster], plan: Plan, certificate: str) -> Chapter:
    print("measuring: two reloads", flush=True)
    kinds_of = clients(plan)
    rows = _rounds(kinds, plan, [(client, _reload_twice) for client in kinds_of],
                   variables={"CERTIFICATE": certificate})
    text = (f"{plan.connections} connections ask all the time, *seldom* is every {plan.every_s:.0f} s each; an app "
            f"without any signal handler, {WORKERS} workers, two reloads: requests that failed, of all, in "
            f"{plan.rounds} rounds. *close*: every request has a connection of its own.\n\n")
    return Chapter("Two reloads", text + _table("failed of requests", [c.title for c in kinds_of], rows),
                   [_goal("two reloads under load", rows)])


def bad_versions(kinds: list[Cluster], plan: Plan) -> Chapter:
    print("measuring: reloads to what does not work", flush=True)
    titles = ("crashes", "never listens")
    rows = _rounds(kinds, plan, [(KEEP, _to(title)) for title in titles])
    text = ("A reload to a version that crashes at its start, and to one that never listens, under the same load "
            "with keep-alive: what failed, `reload`'s exit code and whether a request right after it is answered.\n\n")
    return Chapter("A version that does not work", text + _table("failed of requests", list(titles), rows),
                   [_goal("a reload to a version that does not work", rows, "; exit 1, goes on serving")])


def killed(kinds: list[Cluster], plan: Plan) -> Chapter:
    print("measuring: kill -9", flush=True)
    rows = _rounds(kinds, plan, [(CLOSE, _kill(1)), (CLOSE, _kill(WORKERS))])
    text = (f"`kill -9` of one worker, and of all {WORKERS} at once, connections that are closed after each "
            "request. What a worker was answering fails with it; nobody is to be refused.\n\n")
    cells = [cell for name in REQUIRED for cell in rows.get(name, [])]
    refused = sum(cell.refused for cell in cells)
    most = max((cell.failed for cell in cells), default=0)
    at_once = plan.rounds * plan.connections
    return Chapter("Killed workers", text + _table("failed of requests", ["one", "all"], rows),
                   [Goal("`kill -9` of one and of all workers", "0 refused for rr, least, sticky, shared",
                         f"{refused}", refused == 0),
                    Goal("the same, requests that fail", f"at most one for each connection and kill: {at_once}",
                         f"{most}", most <= at_once)])


def changed(kinds: list[Cluster], plan: Plan) -> Chapter:
    print("measuring: scale, memory limit, health", flush=True)
    rows = _rounds(kinds, plan, [(KEEP, _scale)])
    own = [kind for kind in kinds if kind.name != PM2]
    memory = _rounds(own, plan, [(KEEP, _replaced("/grow"))], keys={"max_memory_restart": "160M"})
    health = _rounds(own, plan, [(KEEP, _replaced("/sicken"))],
                     keys={"health": {"exec": ["sh", "-c", "! test -e $VERSION_FILE.sick.$NODE_APP_INSTANCE"],
                                      "interval": "500ms", "retries": 1, "start_period": 0},
                           "min_uptime": 0})  # who is younger is restarted instead
    for name, cells in rows.items():
        cells += [*memory.get(name, [None]), *health.get(name, [None])]
    text = (f"`scale app 6`, then `scale app 1`; a worker that exceeds `max_memory_restart`; one whose `health` probe "
            "fails. The same load with keep-alive. pm2 has no probes, and its memory limit is looked at "
            "every half a minute.\n\n")
    return Chapter("Changes under load",
                   text + _table("failed of requests", [f"scale {WORKERS} → 6 → 1", "memory limit", "unhealthy"], rows),
                   [_goal("scale, memory limit, failed probe", rows)])


def stopped(kinds: list[Cluster], plan: Plan) -> Chapter:
    """As Kubernetes does it: SIGTERM, and the balancer learns of it a moment later."""
    print("measuring: the end", flush=True)
    rows = {}
    for kind in kinds:
        if kind.name == PM2:
            continue
        rows[kind.name] = [Outcome(), Outcome()]
        for _ in range(plan.rounds):
            for client, outcome in zip((CLOSE, KEEP), rows[kind.name]):
                with clusters.running(kind, WORKERS, top={"drain_delay": "4s"}) as one:
                    load = client.load(one, plan)
                    one.terminate()
                    time.sleep(3)
                    is_up = not one.is_over()
                    outcome.add(load.end())
                if not is_up:
                    outcome.notes.add("; **ended early**")
    text = ("SIGTERM to a container with `drain_delay` 4 s, whose clients learn of it 3 s later: what failed until "
            "then.\n\n")
    return Chapter("The end", text + _table("failed of requests", ["close", "keep-alive"], rows),
                   [_goal("SIGTERM with `drain_delay`", rows)])


def measure(kinds: list[Cluster], plan: Plan, certificate: Path) -> list[Chapter]:
    return [reloads(kinds, plan, str(certificate)), bad_versions(kinds, plan), killed(kinds, plan),
            changed(kinds, plan), stopped(kinds, plan)]
