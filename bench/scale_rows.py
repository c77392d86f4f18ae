"""`bench scale`: what 10, 100 and 1000 apps cost: to start, to keep, to list, to stop."""

import os
import re
import resource
import time
from dataclasses import dataclass, field
from pathlib import Path

import supervisors
from contained import NotManaged
from figures import Chapter, Goal, Samples, markdown, spread
from init_rows import in_turns
from restart_rows import killed, rest_until_stable
from supervisors import OURS, Running, Supervisor

LINEAR = 2  # times what an app takes at a tenth of the size


@dataclass(frozen=True)
class Plan:
    rounds: int
    sizes: tuple[int, ...] = (10, 100, 1000)
    rest_s: float = 30.0
    resting: int = 50  # apps of those that are only watched
    listings: int = 10


@dataclass
class Lives:
    """What was measured of whole lives, by (supervisor, apps); and who did not manage, and why."""

    by_what: dict[str, dict[tuple[str, int], list[float]]] = field(default_factory=dict)
    not_managed: dict[tuple[str, int], str] = field(default_factory=dict)

    def add(self, what: str, who: tuple[str, int], value: float) -> None:
        self.by_what.setdefault(what, {}).setdefault(who, []).append(value)

    def samples(self, what: str, apps: int) -> Samples:
        """Of all supervisors with so many apps."""
        return Samples({name: values for (name, size), values in self.by_what[what].items()
                        if size == apps})

    def median(self, what: str, apps: int, name: str = OURS) -> float:
        return self.samples(what, apps).median(name)

    def table(self, what: str, digits: int, each: bool = True) -> str:
        """`an app` is the median divided by how many there are."""
        everybody = dict.fromkeys([*self.by_what[what], *self.not_managed])
        names = list(dict.fromkeys(name for name, _ in everybody))
        rows = [[name, f"{apps:,}", *self._cells(what, name, apps, digits)]
                for name, apps in sorted(everybody, key=lambda who: (names.index(who[0]), who[1]))]
        head = [what, "apps", "median", "lowest .. highest", f"ratio to {OURS}", "an app"]
        width = len(head) if each else -1
        return markdown(head[:width], [row[:width] for row in rows])

    def _cells(self, what: str, name: str, apps: int, digits: int) -> list[str]:
        if (name, apps) in self.not_managed:
            return ["did not manage", "", "", ""]
        median = self.median(what, apps, name)
        of_one = median / apps
        return [f"{median:,.{digits}f}", spread(self.by_what[what][name, apps], digits),
                f"{median / self.median(what, apps):,.2f}", f"{of_one:,.{2 if of_one < 100 else 0}f}"]

    def linear(self, what: str) -> Goal:
        large, small = self.median(what, 1000) / 1000, self.median(what, 100) / 100
        return Goal(f"{what}: an app of 1000", f"at most {LINEAR} times one of 100",
                    f"{large / small:.2f}", large <= LINEAR * small)


def _rss_kb(pid: int) -> int:
    rollup = Path(f"/proc/{pid}/smaps_rollup").read_text()
    return int(re.search(r"^Rss:\s+(\d+) kB", rollup, re.MULTILINE).group(1))


def _switches(pid: int) -> int:
    """Of all its threads."""
    return sum(int(count) for task in Path(f"/proc/{pid}/task").iterdir()
               for count in re.findall(r"ctxt_switches:\s+(\d+)", (task / "status").read_text()))


def _cpu_ns(pid: int) -> int:
    return sum(int((task / "schedstat").read_text().split()[0])
               for task in Path(f"/proc/{pid}/task").iterdir())


def _listing_ms(one: Running, programs: dict[str, str], times: int) -> float:
    return float(one.printed([programs["spawn_time"], "null", str(times), *one.listing()])) / 1e6


def _check_that_all_are_online(one: Running) -> None:
    online = one.printed(one.listing()).count('"status":"online"')
    if online != one.task.apps:
        raise NotManaged(f"{OURS}: {online} of {one.task.apps} apps are online")


def _one_life(kind: Supervisor, apps: int, programs: dict[str, str], plan: Plan, lives: Lives) -> None:
    who = (kind.name, apps)
    with supervisors.running(kind, programs["newborn"], apps) as one:
        last = max(one.births(apps, seconds=300), key=lambda birth: birth.at)
        lives.add("start, ms", who, (last.at - one.started) / 1e6)
        rest_until_stable(last)
        lives.add("RSS at rest, kB", who, _rss_kb(one.pid))
        lives.add("open files", who, len(os.listdir(f"/proc/{one.pid}/fd")))
        if kind.name == OURS:
            _check_that_all_are_online(one)
        lives.add("list, ms", who, _listing_ms(one, programs, plan.listings if kind.name == OURS else 3))
        lives.add("restart of one, ms", who, killed(one, last)[0] / 1e6)
        time.sleep(1)
        lives.add("stop, ms", who, one.stop() * 1000)


def whole_lives(kinds: list[Supervisor], programs: dict[str, str], plan: Plan) -> Lives:
    lives = Lives()
    for apps in (1, *plan.sizes):
        print(f"measuring: {apps} apps", flush=True)
        for kind in in_turns(kinds, plan.rounds if apps < 1000 else (plan.rounds + 1) // 2):
            if (kind.name, apps) in lives.not_managed:
                continue
            try:
                _one_life(kind, apps, programs, plan, lives)
            except NotManaged as reason:
                if kind.name == OURS:
                    raise
                lives.not_managed[kind.name, apps] = str(reason).splitlines()[0]
    return lives


def _growth(lives: Lives, plan: Plan) -> list[Chapter]:
    both = {100, 1000} <= set(plan.sizes)
    linear = lambda what: [lives.linear(what)] if both else []
    same = []
    if both:
        many, few = (lives.median("restart of one, ms", apps) for apps in (1000, 10))
        same = [Goal("restart of one of 1000 apps", f"at most {LINEAR} times that of one of 10",
                     f"{many / few:.2f}", many <= LINEAR * few)]
    files, _ = resource.getrlimit(resource.RLIMIT_NOFILE)
    missing = "".join(f" With {apps:,}: {reason}." for (_, apps), reason in lives.not_managed.items())
    rss = lambda apps: lives.median("RSS at rest, kB", apps) if apps in (1, *plan.sizes) else None
    memory = [Goal(f"RSS with {apps} app{'s' if apps > 1 else ''}", f"at most {most:,} kB",
                   f"{rss(apps):,.0f} kB", rss(apps) <= most)
              for apps, most in ((1, 1024), (1000, 6144)) if rss(apps) is not None]
    return [
        Chapter("Start of all", "From the exec of the supervisor to the first instruction of the last "
                "app's `main()`, in milliseconds; with 1000 apps half as many rounds. By then all of "
                f"pmx-init's are `online`.{missing}\n\n" + lives.table("start, ms", 1),
                linear("start, ms")),
        Chapter("Memory and open files", "A good second after the last app's start, from "
                f"`/proc/PID/smaps_rollup` and `/proc/PID/fd`. The soft limit of open files was "
                f"{files:,}: who runs many apps in a container has to raise 1,024, which is usual.\n\n"
                + lives.table("RSS at rest, kB", 0) + "\n\n" + lives.table("open files", 0), memory),
        Chapter("List", "Start to end of `pmx-init list --json`, `supervisorctl status` and `pm2 jlist`, "
                "the output thrown away: the median of several in each round, in milliseconds.\n\n"
                + lives.table("list, ms", 1), linear("list, ms")),
        Chapter("Restart of one", "From `kill -9` of the app that was started last to its next process's first "
                "instruction, in milliseconds.\n\n" + lives.table("restart of one, ms", 1, each=False), same),
        Chapter("Stop of all", "From SIGTERM to the supervisor's end, in milliseconds. An app ends at "
                "once when it is told to.\n\n" + lives.table("stop, ms", 1), linear("stop, ms")),
    ]


def _at_rest(one: Running, rest_s: float) -> tuple[int, float]:
    """Context switches and CPU milliseconds while nothing happens."""
    pid = one.pid
    switches, cpu = _switches(pid), _cpu_ns(pid)
    time.sleep(rest_s)
    return _switches(pid) - switches, (_cpu_ns(pid) - cpu) / 1e6


def asleep(kinds: list[Supervisor], programs: dict[str, str], plan: Plan) -> Chapter:
    rows, goals = [], []
    for kind in kinds:
        with supervisors.running(kind, programs["newborn"], plan.resting) as one:
            one.births(plan.resting, seconds=180)
            time.sleep(5)
            switches, cpu_ms = _at_rest(one, plan.rest_s)
            one.stop()
        rows.append([kind.name, f"{switches:,}", f"{cpu_ms:,.1f}"])
        if kind.name == OURS:
            goals.append(Goal(f"context switches in {plan.rest_s:.0f} s, {plan.resting} apps", "0",
                              f"{switches}", switches == 0))
    text = (f"{plan.resting} apps that sleep, nothing polled, over {plan.rest_s:.0f} s from 5 s after "
            "the start; all threads of the supervisor.\n\n")
    return Chapter("Asleep", text + markdown(["supervisor", "context switches", "CPU, ms"], rows), goals)


def memory_checks(ours: Supervisor, programs: dict[str, str], plan: Plan) -> Chapter:
    rows, each = [], {}
    sizes = (plan.resting, 10 * plan.resting)
    for apps in sizes:
        with supervisors.running(ours, programs["newborn"], apps, {"max_memory_restart": "100M"}) as one:
            one.births(apps, seconds=60)
            time.sleep(5)
            switches, cpu_ms = _at_rest(one, plan.rest_s)
            one.stop()
        each[apps] = cpu_ms / plan.rest_s / apps
        rows.append([f"{apps:,}", f"{cpu_ms:,.1f}", f"{switches:,}", f"{each[apps]:.4f}",
                     f"{cpu_ms / plan.rest_s / 10:.2f}%"])
    few, many = sizes
    goals = [Goal(f"memory checks of {few} apps: CPU an instance and second", "at most 0.1 ms",
                  f"{each[few]:.4f} ms", each[few] <= 0.1),
             Goal(f"memory checks: an app of {many}", f"at most {LINEAR} times one of {few}",
                  f"{each[many] / each[few]:.2f}", each[many] <= LINEAR * each[few])]
    text = (f"Apps with `max_memory_restart`, looked at every second, over {plan.rest_s:.0f} s; pmx-init "
            "as PID 1, whose `/proc` has no other processes. CPU from `/proc/PID/schedstat`.\n\n")
    return Chapter("Memory checks", text + markdown(
        ["apps", "CPU, ms", "context switches", "CPU ms, an instance and second", "of a processor"],
        rows), goals)


def measure(kinds: list[Supervisor], programs: dict[str, str], plan: Plan) -> list[Chapter]:
    files, most = resource.getrlimit(resource.RLIMIT_NOFILE)
    resource.setrlimit(resource.RLIMIT_NOFILE, (most, most))
    try:
        chapters = _growth(whole_lives(kinds, programs, plan), plan)
        print("measuring: asleep", flush=True)
        chapters.append(asleep(kinds, programs, plan))
        print("measuring: memory checks", flush=True)
        ours = next(kind for kind in kinds if kind.name == OURS)
        chapters.append(memory_checks(ours, programs, plan))
    finally:
        resource.setrlimit(resource.RLIMIT_NOFILE, (files, most))
    return chapters
