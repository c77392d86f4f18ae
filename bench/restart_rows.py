"""`bench restart`: how long an app is gone when it was killed."""

import os
import random
import signal
import time
from contextlib import ExitStack
from dataclasses import dataclass

import supervisors
from figures import EQUAL, Chapter, Goal, Samples, markdown
from init_rows import in_turns
from supervisors import OURS, Birth, Running, Supervisor

STABLE_S = 1.2  # every contender's idea of an app that did not fail at its start, and a little more


@dataclass(frozen=True)
class Plan:
    rounds: int


def contenders(binary: str, programs: dict[str, str]) -> list[Supervisor]:
    return [supervisors.loop(programs["restarter"]), supervisors.s6_supervise(), supervisors.runsv(),
            supervisors.supervisord(), supervisors.pm2(), supervisors.ours(binary)]


def rest_until_stable(born: Birth, further_s: float = 0) -> None:
    """Until the app is old enough, and for a further time: some look only once a second."""
    old_enough = born.at / 1e9 + STABLE_S - time.monotonic()
    time.sleep(max(0.0, old_enough) + further_s)


def killed(one: Running, app: Birth) -> tuple[float, Birth]:
    """Nanoseconds from kill() to the first instruction of the app's next process."""
    pid = one.pid_of(app)
    at = time.monotonic_ns()
    os.kill(pid, signal.SIGKILL)
    born = one.births(1, seconds=30)[0]
    return born.at - at, born


def restart(kinds: list[Supervisor], programs: dict[str, str], plan: Plan) -> Chapter:
    took = Samples()
    chance = random.Random(1)
    with ExitStack() as stack:
        at_work = [stack.enter_context(supervisors.running(kind, programs["newborn"], 1))
                   for kind in kinds]
        apps = {one: one.births(1, seconds=60)[0] for one in at_work}
        time.sleep(5)  # what programs do once, some time after their start
        for one in in_turns(at_work, plan.rounds):
            rest_until_stable(apps[one], chance.uniform(0.1, 1.1))
            nanoseconds, apps[one] = killed(one, apps[one])
            took.add(one.supervisor.name, nanoseconds)
        for one in at_work:
            one.stop()
    peers = [kind.name for kind in kinds[1:] if kind.name != OURS]
    best = took.best(peers)
    ratio = took.median(OURS) / took.median(best)
    goal = Goal("`kill -9` to the next process's first instruction", f"at most 1.0 of the best ({best})",
                f"{ratio:.2f}", ratio <= EQUAL)
    told = markdown(["program", "how it is told", "its own delay"],
                    [[kind.name, kind.how, kind.delay] for kind in kinds])
    text = (f"A static program that has run for more than {STABLE_S} s is killed with SIGKILL: from "
            "before `kill()` to the first instruction of `main()` in its next process, in "
            f"milliseconds; {plan.rounds} rounds. All supervisors run at the same time, each with one "
            "app and as PID 1 of a PID namespace; a moment between 0.1 and 1.1 s is chosen at random "
            "before each kill. Their files are in memory, their output is a pipe that is read.\n\n"
            + told.replace(" ---: |", " --- |"))
    return Chapter("Restart", text + "\n\n"
                   + took.table("restart, ms", best, digits=2, scale=1e6), [goal])


def measure(kinds: list[Supervisor], programs: dict[str, str], plan: Plan) -> list[Chapter]:
    print("measuring: restart", flush=True)
    return [restart(kinds, programs, plan)]
