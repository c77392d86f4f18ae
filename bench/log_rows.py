"""`bench logs`: how fast lines become records, what that takes, and whether the last ones arrive."""

import os
import shlex
import signal
import subprocess
import tempfile
import time
from dataclasses import dataclass
from pathlib import Path
from statistics import median

import record_check
from contenders import Contender
from figures import Chapter, Goal, Samples, markdown, spread
from init_rows import in_turns

OURS = "pmx-init --log json"
KINDS = {
    "plain": "lines of 100 bytes",
    "pino": "pino-style JSON lines of 198 bytes, merged",
    "escapes": "lines of 100 bytes, 35 of them to escape",
    "korean": "UTF-8 Korean text, 116 bytes a line",
}
HERE = Path(__file__).resolve().parent


@dataclass(frozen=True)
class Plan:
    rounds: int
    lines: int
    checked_lines: int
    pm2_rounds: int
    last_words_runs: int
    pm2_last_words_runs: int


@dataclass(frozen=True)
class Setting:
    """What all rows run with."""

    ours: Contender
    others: list[Contender]
    programs: dict[str, str]
    node: str
    pm2_runtime: str


def _pipeline(command: str) -> float:
    """Wall seconds of a shell pipeline, every part of which must succeed."""
    start = time.monotonic()
    subprocess.run(["bash", "-o", "pipefail", "-c", command], check=True,
                   stdin=subprocess.DEVNULL)
    return time.monotonic() - start


def _through(contender: Contender, app: str) -> str:
    """An app whose lines go through a contender: as its child, or by a pipe."""
    if contender.is_parent:
        return f"{shlex.join(contender.command)} {app}"
    return f"{app} | {shlex.join(contender.command)}"


def throughput(setting: Setting, kind: str, plan: Plan) -> Chapter:
    app = f"{setting.programs['lines']} {plan.lines} {kind}"
    took = Samples()
    # What reads as much and writes as much as ours for the plain lines, 219 bytes for each 100.
    blind = Contender("as many bytes, not looked at", (setting.programs["blind_copy"], "219"))
    contenders = [*setting.others, setting.ours, *([blind] if kind == "plain" else [])]
    for contender in in_turns(contenders, plan.rounds):
        took.add(contender.name, _pipeline(f"{_through(contender, app)} | cat >/dev/null"))
    ours, s6, cat = (took.median(name) for name in (OURS, "s6-log", "cat"))
    faster, least = s6 / ours, 4 if kind == "plain" else 3
    goals = [Goal(f"{KINDS[kind]}: lines per second", f"at least {least} times s6-log's",
                  f"{faster:.2f}", faster >= least)]
    if kind == "plain":
        goals.append(Goal(f"{KINDS[kind]}: wall time", "at most 1.3 times cat's",
                          f"{ours / cat:.2f}", ours <= 1.3 * cat))
    rows = [[name, f"{took.median(name):.2f}", spread(values, 2),
             f"{plan.lines / took.median(name) / 1e6:.2f}", f"{took.median(name) / cat:.2f}",
             f"{s6 / took.median(name):.2f}"] for name, values in took.by_name.items()]
    table = markdown([f"{plan.lines:,} lines", "wall s, median", "lowest .. highest",
                      "million lines/s", "time, ratio to cat", "lines/s, ratio to s6-log"], rows)
    return Chapter(f"Throughput: {KINDS[kind]}", table, goals)


def checks(setting: Setting, plan: Plan) -> Chapter:
    init = [*setting.ours.command]
    rows, goals = [], []
    all_valid, peak = True, 0
    for kind, meaning in KINDS.items():
        seen = record_check.every_line(init, setting.programs, kind, plan.checked_lines)
        difference = record_check.first_difference(init, setting.programs, kind)
        if difference is not None:
            print(f"{kind}: {difference}")
        valid = seen.records == plan.checked_lines and seen.broken == 0 and difference is None
        all_valid, peak = all_valid and valid, max(peak, seen.peak_kb)
        rows.append([meaning, f"{seen.records:,}", f"{seen.broken:,}",
                     "equal" if difference is None else "**differs**", f"{seen.peak_kb:,}"])
    goals = [Goal(f"every line a valid record, {plan.checked_lines:,} of each kind", "all",
                  "all" if all_valid else "not all", all_valid),
             Goal("RSS during all of these", "at most 4 MB", f"{peak:,} kB", peak <= 4096)]
    text = (f"Passes of their own, not timed: {plan.checked_lines:,} lines of each kind into a "
            "checker that is slower than pmx-init, so that its output is full all the time. Every "
            "line is parsed (JSON grammar, UTF-8, length, fields); of a further "
            f"{record_check.SAMPLE:,} the content is compared with what went in, by Python's JSON "
            "parser. Memory is the highest of `VmHWM` and `smaps_rollup`'s Rss, in kB.\n\n")
    return Chapter("Records and memory", text + markdown(
        ["lines", "records", "broken", "content", "peak RSS, kB"], rows), goals)


def _drained(setting: Setting, command: str, marker: str, expected: int,
             environment: dict[str, str] | None = None) -> tuple[int, float]:
    """Lines that arrived, and seconds from the first to the last; whatever still runs is ended."""
    shell = subprocess.Popen(["bash", "-c", command], stdin=subprocess.DEVNULL,
                             stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, env=environment,
                             start_new_session=True)
    drain = subprocess.Popen([setting.programs["drain"], marker, str(expected), "3000"],
                             stdin=shell.stdout, stdout=subprocess.PIPE, text=True)
    shell.stdout.close()
    count, nanoseconds = drain.communicate()[0].split()
    os.killpg(shell.pid, signal.SIGKILL)  # not reaped yet, so the number is still its own
    shell.wait()
    return int(count), int(nanoseconds) / 1e9


def _under_pm2(setting: Setting, script: str, options: str, marker: str,
               expected: int) -> tuple[int, float]:
    with tempfile.TemporaryDirectory() as home:
        path = f"{os.path.dirname(setting.node)}:{os.environ['PATH']}"
        return _drained(setting, f"exec {setting.pm2_runtime} start {script} --json "
                        f"--no-autorestart {options}", marker, expected,
                        {**os.environ, "PM2_HOME": home, "PATH": path})


def pm2_throughput(setting: Setting, plan: Plan) -> Chapter:
    lines = plan.lines // 10
    arrived, rate = [], []
    for _ in range(plan.pm2_rounds):
        count, seconds = _under_pm2(setting, setting.programs["lines"],
                                    f"--interpreter none -- {lines} plain", "cache hit", lines)
        arrived.append(count)
        rate.append(count / seconds / 1e6 if seconds else 0)
    table = markdown([f"{lines:,} lines", "million lines/s, median", "lowest .. highest",
                      "lines that arrived"],
                     [["pm2-runtime --json", f"{median(rate):.3f}", spread(rate, 3),
                       spread(arrived, 0)]])
    return Chapter("Throughput: pm2-runtime, a tenth of the lines",
                   "The first row's lines, a tenth of them, from the first that arrives to the "
                   "last: pm2-runtime's own start is not counted. Many lines are glued into one "
                   f"record; each is counted.\n\n{table}")


def last_words(setting: Setting, plan: Plan) -> Chapter:
    script, said, marker = HERE / "last_words.js", 100_000, "last words "
    app = shlex.join([setting.node, str(script)])
    arrived = Samples()
    cat = next(other for other in setting.others if other.name == "cat")
    for turn in range(plan.last_words_runs):
        for contender in (setting.ours, cat):
            count, _ = _drained(setting, _through(contender, app), marker, said)
            arrived.add(contender.name, count)
        if turn < plan.pm2_last_words_runs:
            count, _ = _under_pm2(setting, str(script), "", marker, said)
            arrived.add("pm2-runtime --json", count)
    rows = [[name, f"{median(counts):,.0f}", spread(counts, 0),
             f"{sum(count == said for count in counts)} of {len(counts)}"]
            for name, counts in arrived.by_name.items()]
    ours = arrived.by_name[OURS]
    complete = sum(count == said for count in ours)
    goal = Goal("last words: all 100,000 lines before `process.exit()`", "in 9 of 10 runs",
                f"{complete} of {len(ours)}", complete >= 0.9 * len(ours))
    text = (f"A Node program prints {said:,} lines of 98 bytes with `console.log` and calls "
            "`process.exit()`, which throws away what the pipe has not taken. Lines that arrived:"
            "\n\n")
    return Chapter("Last words", text + markdown(
        ["reader of the app", "median", "lowest .. highest", "complete runs"], rows), [goal])


def measure(setting: Setting, plan: Plan) -> list[Chapter]:
    chapters = []
    for kind in KINDS:
        print(f"measuring: {KINDS[kind]}", flush=True)
        chapters.append(throughput(setting, kind, plan))
    for row in (pm2_throughput, checks, last_words):
        print(f"measuring: {row.__name__}", flush=True)
        chapters.append(row(setting, plan))
    return chapters
