"""`bench cluster`: what a cluster costs a connection, a request and its machine."""

import json
import os
import re
import subprocess
import tempfile
from contextlib import ExitStack
from dataclasses import dataclass
from datetime import datetime

import clusters
import contenders as installed
import machine
from clusters import ALONE, PM2, ROUND_ROBIN, SCHED_NONE, Cluster, Load, Running, name_of
from figures import EQUAL, Chapter, Goal, Samples, markdown
from init_rows import in_turns

OURS, SHARED, REUSEPORT = (name_of(balance) for balance in ("rr", "shared", "reuseport"))
NEARLY = 0.97  # requests a second this close to the best's count as the same
EVERY_MS = 100  # seldom enough that a worker has answered what it took before the next comes
WINDOW = 16  # connections that are handed to a worker which it has not taken: core/balancer.h


@dataclass(frozen=True)
class Plan:
    rounds: int = 10
    workers: int = 2
    seconds: int = 4  # of connections, for each contender, each round
    kept_rounds: int = 30  # of requests over connections that stay: which processor a client gets,
    kept_seconds: int = 2  # a matter of luck, makes more of a difference than the contenders do
    fair: int = 10_000  # connections at low load
    sizes: tuple[int, ...] = (2, 8, 64)
    starts: int = 40  # of a worker, with and without the preload


def contenders(binary: str) -> list[Cluster]:
    return [clusters.ours(binary, "rr"), clusters.ours(binary, "shared"),
            clusters.ours(binary, "reuseport"), clusters.node_cluster(ROUND_ROBIN, "rr"),
            clusters.node_cluster(SCHED_NONE, "none"), clusters.pm2(), clusters.alone()]


def _wrk(one: Running, seconds: int, keeps_alive: bool) -> tuple[float, int]:
    """Answers a second, and how many there were."""
    headers = [] if keeps_alive else ["-H", "Connection: close"]
    said = subprocess.run([installed.found("wrk", "wrk"), "-t1", "-c50", f"-d{seconds}s", *headers,
                           f"http://127.0.0.1:{one.task.port}/"], text=True, stdout=subprocess.PIPE,
                          check=True).stdout
    count = re.search(r"(\d+) requests in", said)
    rate = re.search(r"Requests/sec:\s+([\d.]+)", said)
    return float(rate.group(1)), int(count.group(1))


def _ratio(samples: Samples, name: str, other: str) -> float:
    """The median of the rounds' own ratios: what both had to bear in the same moment."""
    pairs = zip(samples.by_name[name], samples.by_name[other])
    ratios = sorted(mine / theirs for mine, theirs in pairs)
    middle = len(ratios) // 2
    return ratios[middle] if len(ratios) % 2 else (ratios[middle - 1] + ratios[middle]) / 2


def _table(what: str, samples: Samples, digits: int = 0) -> str:
    rows = [[name, f"{samples.median(name):,.{digits}f}",
             f"{min(values):,.{digits}f} .. {max(values):,.{digits}f}", f"{_ratio(samples, name, PM2):.2f}"]
            for name, values in samples.by_name.items()]
    return markdown([what, "median", "lowest .. highest", f"median ratio to {PM2}"], rows)


def throughput(kinds: list[Cluster], plan: Plan) -> list[Chapter]:
    print("measuring: connections and requests", flush=True)
    connections, requests, cpu = Samples(), Samples(), Samples()
    with ExitStack() as stack:
        stack.enter_context(machine.without_autogroups())
        at_work = [stack.enter_context(clusters.running(kind, plan.workers)) for kind in kinds]
        for one in at_work:
            _wrk(one, 1, True)  # what V8 compiles once
        for one in in_turns(at_work, plan.rounds):
            name, before = one.cluster.name, one.cpu_s()
            rate, count = _wrk(one, plan.seconds, False)
            connections.add(name, rate)
            if name != ALONE:
                cpu.add(name, (one.cpu_s() - before) * 1e6 / count)
            print(f"  {name}: {rate:,.0f} connections/s", flush=True)
        for one in in_turns(at_work, plan.kept_rounds):
            requests.add(one.cluster.name, _wrk(one, plan.kept_seconds, True)[0])
    best = max((ROUND_ROBIN, SCHED_NONE, PM2), key=requests.median)
    fast = max((SHARED, REUSEPORT), key=connections.median)
    to_pm2, to_node = _ratio(connections, OURS, PM2), _ratio(connections, OURS, ROUND_ROBIN)
    to_none, to_best = _ratio(connections, fast, SCHED_NONE), _ratio(requests, OURS, best)
    cost = _ratio(cpu, OURS, PM2)
    text = (f"{plan.workers} workers of an app that answers at once, `wrk -t1 -c50` for {plan.seconds} s each, in turns, "
            f"{plan.rounds} rounds; ratios are medians of the rounds' own. The client and the workers "
            "share the machine, and have equal rights to it, whatever sessions they belong to (sched(7), "
            "autogroup), as in a container. ")
    return [
        Chapter("Connections", text + "Every request has a connection of its own.\n\n"
                + _table("connections/s", connections),
                [Goal("connections a second, rr", f"at least 1.4 of {PM2}", f"{to_pm2:.2f}", to_pm2 >= 1.4),
                 Goal("connections a second, rr", "at least 1.3 of Node's round-robin", f"{to_node:.2f}",
                      to_node >= 1.3),
                 Goal(f"connections a second, {fast.split()[-1]}", "at least 0.95 of Node's SCHED_NONE",
                      f"{to_none:.2f}", to_none >= 0.95)]),
        Chapter("Requests", f"The same over 50 connections that stay open, {plan.kept_rounds} rounds of "
                f"{plan.kept_seconds} s.\n\n" + _table("requests/s", requests),
                [Goal("requests a second with keep-alive, rr", f"at least 1.0 of the best ({best})",
                      f"{to_best:.2f}", to_best >= NEARLY)]),
        Chapter("CPU of the primary", "Of the connections above: CPU of the primary process a connection, in "
                "microseconds, from `/proc/PID/stat`.\n\n" + _table("CPU, us", cpu, 1),
                [Goal("CPU of the primary a connection, rr", f"at most 0.35 of {PM2}", f"{cost:.2f}",
                      cost <= 0.35)])]


def fairness(kinds: list[Cluster], plan: Plan) -> Chapter:
    print("measuring: fairness", flush=True)
    rows, uneven = [], 0.0
    for kind in kinds:
        with clusters.running(kind, plan.workers) as one:
            load = Load(one.task.port, connections=2, keepAlive=False, count=plan.fair)
            load.await_load()
            counts = sorted(load.result()["workers"].values())
        # A worker that was given nothing was not even named.
        counts = [0] * (plan.workers - len(counts)) + counts
        excess = counts[-1] / counts[0] - 1 if counts[0] else float("inf")
        rows.append([kind.name, f"{counts[0]:,}", f"{counts[-1]:,}", f"{excess:.1%}" if counts[0] else "–"])
        if kind.name == OURS:
            uneven = excess
    text = f"{plan.fair:,} connections, two at a time: what the idlest and the busiest worker got.\n\n"
    return Chapter("Fairness", text + markdown(["cluster", "idlest", "busiest", "more"], rows),
                   [Goal("fairness of rr at low load", "at most 5% more", f"{uneven:.1%}", uneven <= 0.05)])


def stalled(kinds: list[Cluster], plan: Plan) -> Chapter:
    """One worker's event loop is blocked for 2 s; who waits is counted by the client."""
    print("measuring: a stalled worker", flush=True)
    rows, ours = [], 0
    for kind in kinds:
        with clusters.running(kind, plan.workers) as one:
            load = Load(one.task.port, connections=4 * WINDOW, keepAlive=False, every=EVERY_MS)
            load.await_load()
            one.ask("/stall")
            result = load.end()
        rows.append([kind.name, f"{result['slow']:,}", f"{result['requests']:,}", f"{result['failed']:,}"])
        if kind.name == OURS:
            ours = result["slow"]
    text = (f"{4 * WINDOW} clients ask every {EVERY_MS} ms, each time over a connection of its own, while one of the workers does not look up for 2 s: requests that took "
            "more than a second.\n\n")
    return Chapter("A stalled worker", text + markdown(["cluster", "slow", "requests", "failed"], rows),
                   [Goal("a stalled worker holds back", f"at most its window of {WINDOW}", f"{ours}",
                         ours <= WINDOW)])


def memory(kinds: list[Cluster], plan: Plan) -> Chapter:
    print("measuring: memory", flush=True)
    limits = {2: 1536, 8: 2048, 64: 4096}
    chosen = [kind for kind in kinds if kind.name in (OURS, PM2, ROUND_ROBIN)]
    rows, goals = {kind.name: [] for kind in chosen}, []
    for size in plan.sizes:
        for kind in chosen:
            if size > 8 and kind.name != OURS:
                rows[kind.name].append("–")
                continue
            with clusters.running(kind, size) as one:
                _wrk(one, 2, False)
                kilobytes = one.rss_kb()
            rows[kind.name].append(f"{kilobytes:,}")
            if kind.name == OURS:
                goals.append(Goal(f"RSS of the primary of {size} workers", f"at most {limits[size]:,} kB",
                                  f"{kilobytes:,} kB", kilobytes <= limits[size]))
    text = "RSS of the primary in kB, after 2 s of load.\n\n"
    return Chapter("Memory", text + markdown(["cluster", *(f"{size} workers" for size in plan.sizes)],
                                             [[name, *cells] for name, cells in rows.items()]), goals)


def _start_ms(binary: str, has_preload: bool, node_options: str = "") -> float:
    """From the start of a worker's process to its server that listens, as the records have it."""
    command = [binary, "-i", "1", "--preload", str(has_preload).lower(), "--control", "off", "--log",
               "json", "--", installed.node(), clusters.WORKER]
    environment = {**os.environ, "PORT": str(clusters.free_port()), "NODE_OPTIONS": node_options}
    times = {}
    with subprocess.Popen(command, stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, text=True,
                          env=environment) as one:
        while "ready" not in times:
            record = json.loads(one.stdout.readline())
            times[record.get("event")] = datetime.fromisoformat(record["time"])
        one.terminate()
        one.stdout.read()  # to its end
    return (times["ready"] - times["started"]).total_seconds() * 1000


def preload(binary: str, plan: Plan) -> Chapter:
    print("measuring: the preload", flush=True)
    samples = Samples()
    with tempfile.NamedTemporaryFile(suffix=".cjs", dir="/dev/shm") as empty:
        for _ in range(plan.starts):
            samples.add("with the preload", _start_ms(binary, True))
            samples.add("without", _start_ms(binary, False))
            samples.add("with an empty file", _start_ms(binary, False, f"--require={empty.name}"))
    ratio = samples.median("with the preload") / samples.median("without")
    text = (f"From the start of a worker's process to the moment when its server listens, {plan.starts} of each in turns. In a "
            "request the preload has no part: it hooks nothing before a worker is to finish. *With an empty file*: what "
            "node takes to `--require` one.\n\n")
    return Chapter("The preload", text + samples.table("start, ms", "without", 1),
                   [Goal("start of a worker with the preload", "at most 1.03 of one without", f"{ratio:.2f}",
                         ratio <= EQUAL)])


def size(binary: str) -> Chapter:
    measured = os.stat(binary).st_size
    return Chapter("Size", f"The program file has {measured:,} bytes.",
                   [Goal("size", "at most 1,000,000 bytes", f"{measured:,} bytes", measured <= 1_000_000)])


def measure(kinds: list[Cluster], plan: Plan, binary: str) -> list[Chapter]:
    several = [kind for kind in kinds if kind.name != ALONE]
    return [*throughput(kinds, plan), fairness(several, plan), stalled(several, plan),
            memory(several, plan), preload(binary, plan), size(binary)]
