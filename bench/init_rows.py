"""`bench init`: what an init costs when it starts, when it sleeps, and when something happens."""

import os
import re
import subprocess
import tempfile
import time
from dataclasses import dataclass
from pathlib import Path

from contenders import Contender
from figures import EQUAL, Chapter, Goal, Samples, markdown

RAW, JSON, TINI = "pmx-init --log raw", "pmx-init --log json", "tini-static"


@dataclass(frozen=True)
class Plan:
    """How much is measured; the full one takes some minutes, the quick one less than a minute."""

    rounds: int
    starts: int = 20  # starts in one turn of a contender
    start_turns: int = 10  # in each round: a machine's pace changes within seconds
    signals: int = 2000  # signals a round and contender
    orphans: int = 20000
    storms: int = 5  # rounds of that many orphans: each takes longer than a round of all else
    copies: int = 20  # of each contender asleep at once
    rest_s: float = 10.0


def in_turns(contenders: list[Contender], rounds: int):
    """Every contender once a round, each round beginning with another one."""
    for turn in range(rounds):
        first = turn % len(contenders)
        yield from contenders[first:] + contenders[:first]


def peers(contenders: list[Contender]) -> list[str]:
    return [contender.name for contender in contenders if not contender.ours]


def _number(command: list[str]) -> float:
    asked = subprocess.run(command, stdout=subprocess.PIPE, text=True, check=True)
    return float(asked.stdout)


def size(contenders: list[Contender]) -> Chapter:
    measured = {}
    for contender in contenders:
        name = "pmx-init" if contender.ours else contender.name
        measured[name] = os.stat(contender.program).st_size
    rows = [[name, f"{size:,}", f"{size / measured[TINI]:.2f}"] for name, size in measured.items()]
    goal = Goal("size", "at most 1,000,000 bytes", f"{measured['pmx-init']:,} bytes",
                measured["pmx-init"] <= 1_000_000)
    note = "Bytes of the program file. dumb-init is linked dynamically, the others are static."
    return Chapter("Size", note + "\n\n" + markdown(["program", "bytes", "ratio to tini-static"],
                                                    rows), [goal])


def start(contenders: list[Contender], programs: dict[str, str], plan: Plan) -> Chapter:
    alone = Contender("true alone", ())
    text = [f"Start to end of a static `true` under each init, less the same without an init, in "
            f"microseconds; {plan.rounds * plan.start_turns} rounds of {plan.starts} starts each. "
            "A round's value is the median of its starts, less that of `true` in the same round. "
            "The container's "
            "output is a pipe with a reader asleep at its end, or /dev/null; the goals are for the "
            "pipe. pmx-init writes two records each time with `--log json`, none with `raw`."]
    goals = []
    for output in ("pipe", "null"):
        whole = Samples()
        for contender in in_turns([alone, *contenders], plan.rounds * plan.start_turns):
            whole.add(contender.name, _number([programs["spawn_time"], output, str(plan.starts),
                                               *contender.command, programs["true"]]) / 1000)
        added = whole.minus(alone.name)
        text.append(f"Output to {'a pipe' if output == 'pipe' else '/dev/null'} "
                    f"(`true` alone: {whole.median(alone.name):,.0f}):\n\n"
                    + added.table("added, us", TINI))
        if output == "pipe":
            for name, most in ((RAW, 0.5), (JSON, 0.75)):
                ratio = added.median(name) / added.median(TINI)
                goals.append(Goal(f"added to running `true`, `{name[9:]}`",
                                  f"at most {most} of tini-static's", f"{ratio:.2f}",
                                  ratio <= most))
    return Chapter("Start and end", "\n\n".join(text), goals)


def _switches(pid: int) -> int:
    status = Path(f"/proc/{pid}/status").read_text()
    return sum(int(count) for count in re.findall(r"ctxt_switches:\s+(\d+)", status))


def _memory(pid: int) -> tuple[int, int]:
    """Resident and private dirty kilobytes."""
    rollup = Path(f"/proc/{pid}/smaps_rollup").read_text()
    field = lambda name: int(re.search(rf"^{name}:\s+(\d+) kB", rollup, re.MULTILINE).group(1))
    return field("Rss"), field("Private_Dirty")


def idle(contenders: list[Contender], programs: dict[str, str], plan: Plan) -> Chapter:
    asleep: list[tuple[str, subprocess.Popen]] = []
    resident, dirty, switches = Samples(), Samples(), Samples()
    try:
        for contender in in_turns(contenders, plan.copies):
            asleep.append((contender.name, subprocess.Popen(
                [*contender.command, programs["sleeper"]], stdin=subprocess.DEVNULL,
                stdout=subprocess.PIPE, stderr=subprocess.DEVNULL)))
        time.sleep(1)
        before = {process.pid: _switches(process.pid) for _, process in asleep}
        time.sleep(plan.rest_s)
        for name, process in asleep:
            switches.add(name, _switches(process.pid) - before[process.pid])
        for name, process in asleep:
            rss, private_dirty = _memory(process.pid)
            resident.add(name, rss)
            dirty.add(name, private_dirty)
    finally:
        for _, process in asleep:
            process.terminate()
        for _, process in asleep:
            process.communicate()
    goals = [Goal(f"idle {what}, `{name[9:]}`", f"at most {most} kB",
                  f"{samples.median(name):.0f} kB", samples.median(name) <= most)
             for what, samples, most in (("RSS", resident, 708), ("private dirty", dirty, 100))
             for name in (RAW, JSON)]
    most = max(switches.by_name[JSON])
    goals.append(Goal(f"context switches in {plan.rest_s:.0f} s, `--log json`", "0", f"{most:.0f}",
                      most == 0))
    text = (f"{plan.copies} of each, all at the same time, each with a child that sleeps; after one "
            f"second of rest. Memory from `/proc/PID/smaps_rollup`, in kB; context switches, "
            f"voluntary or not, over {plan.rest_s:.0f} s from `/proc/PID/status`.\n\n")
    return Chapter("Asleep", text + resident.table("RSS, kB", TINI) + "\n\n"
                   + dirty.table("private dirty, kB", TINI) + "\n\n"
                   + switches.counts("context switches"), goals)


def signals(contenders: list[Contender], programs: dict[str, str], plan: Plan) -> Chapter:
    direct = Contender("straight to the child", ())
    in_session = [Contender(f"{own.name} --setsid", (*own.command[:-1], "--setsid", "--"), ours=True)
                  for own in contenders if own.ours]
    text = (f"From `kill()` on the init to the first instruction of the child's handler, in "
            f"microseconds: the median of {plan.signals} signals in each of {plan.rounds} rounds. "
            "Everybody is asleep when a signal is sent. First with everybody on one processor, which "
            "measures the inits; then on any, where the kernel may choose a sleeping processor for "
            "the child, and waking one takes longer than all else. Linux's scheduler groups by "
            "session (sched(7), autogroup), and lets a process of another session run at once: so "
            "dumb-init, which gives its child a session, is compared with `--setsid`, and those that "
            "give it a process group with pmx-init as it is.")
    goals = []
    for place, where in (("one", "on one processor"), ("any", "on any processor")):
        took = Samples()
        for contender in in_turns([direct, *contenders, *in_session], plan.rounds):
            took.add(contender.name, _number([programs["signal_latency"], place, str(plan.signals),
                                              "300", *contender.command]))
        what = f"signal to the child's handler, {where}"
        goals += _no_worse(what, took, (RAW, JSON), [TINI, "catatonit"])
        goals += _no_worse(what, took, tuple(own.name for own in in_session), ["dumb-init"])
        best = took.best(peers(contenders))
        text += f"\n\n{where.capitalize()}:\n\n" + took.table("signal, us", best, 1, 1000)
    return Chapter("Signals", text, goals)


def _no_worse(what: str, samples: Samples, ours: tuple[str, ...], others: list[str]) -> list[Goal]:
    best = samples.best(others)
    ratios = {name: samples.median(name) / samples.median(best) for name in ours}
    return [Goal(f"{what}, `{name[9:]}`", f"at most 1.0 of the best ({best})", f"{ratio:.2f}",
                 ratio <= EQUAL) for name, ratio in ratios.items()]


def orphans(contenders: list[Contender], programs: dict[str, str], plan: Plan) -> Chapter:
    used, left = Samples(), Samples()
    as_pid_1 = ["unshare", *([] if os.geteuid() == 0 else ["--map-root-user"]), "--pid", "--fork",
                "--mount-proc"]
    with tempfile.TemporaryDirectory() as folder:
        result = os.path.join(folder, "result")
        for contender in in_turns(contenders, plan.storms):
            subprocess.run([*as_pid_1, *contender.command, programs["orphans"],
                            str(plan.orphans), result], check=True, capture_output=True)
            zombies, nanoseconds = Path(result).read_text().split()
            left.add(contender.name, int(zombies))
            used.add(contender.name, int(nanoseconds))
    most = max(max(left.by_name[name]) for name in (RAW, JSON))
    goals = [Goal("zombies left of 20,000 orphans" if plan.orphans == 20000 else "zombies left",
                  "0", f"{most:.0f}", most == 0),
             *_no_worse("CPU to reap them", used, (RAW, JSON), peers(contenders))]
    best = used.best(peers(contenders))
    text = (f"{plan.orphans:,} orphans made as fast as the machine can, a hundred from each parent, "
            f"with the init as PID 1 of a PID namespace; {plan.storms} rounds. CPU of the init in milliseconds, from "
            "`/proc/1/schedstat`.\n\n")
    return Chapter("Orphans", text + used.table("CPU, ms", best, digits=1, scale=1e6) + "\n\n"
                   + left.counts("zombies left"), goals)


def measure(contenders: list[Contender], programs: dict[str, str], plan: Plan) -> list[Chapter]:
    chapters = [size(contenders)]
    for row in (start, idle, signals, orphans):
        print(f"measuring: {row.__name__}", flush=True)
        chapters.append(row(contenders, programs, plan))
    return chapters
