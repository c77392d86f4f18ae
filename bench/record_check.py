"""Are the records right? Every line's form by a C program, and a sample's content by Python."""

import json
import re
import subprocess
import threading
import time
from dataclasses import dataclass
from pathlib import Path

SAMPLE = 100_000


@dataclass(frozen=True)
class Checked:
    records: int  # lines of the app that came as valid records
    broken: int  # lines that are no record
    peak_kb: int  # most memory that pmx-init had while it worked


class MemoryWatch:
    """The most memory a process had resident, looked at until it ends.

    Both the kernel's own high-water mark and the exact count now: the mark is kept from counters
    that may lag behind by some pages. A child's rusage would not do: it begins with what the
    process that forked it had.
    """

    def __init__(self, pid: int):
        self.peak_kb = 0
        self._pid = pid
        self._thread = threading.Thread(target=self._look)
        self._thread.start()

    def _look(self) -> None:
        try:
            while True:
                for name, key in (("status", "VmHWM"), ("smaps_rollup", "Rss")):
                    text = Path(f"/proc/{self._pid}/{name}").read_text()
                    found = re.search(rf"^{key}:\s+(\d+) kB", text, re.MULTILINE)
                    if found is None:
                        return  # a zombie has no memory
                    self.peak_kb = max(self.peak_kb, int(found.group(1)))
                time.sleep(0.02)
        except OSError:
            return  # it has gone

    def ended(self) -> int:
        self._thread.join()
        return self.peak_kb


def every_line(init: list[str], programs: dict[str, str], kind: str, count: int) -> Checked:
    """Runs `count` lines through pmx-init into the checker, which is slower: stdout is full, too."""
    app = subprocess.Popen([*init, programs["lines"], str(count), kind], stdin=subprocess.DEVNULL,
                           stdout=subprocess.PIPE)
    checker = subprocess.Popen([programs["check_records"]], stdin=app.stdout,
                               stdout=subprocess.PIPE, text=True)
    app.stdout.close()
    watch = MemoryWatch(app.pid)
    records, _, broken = map(int, checker.communicate()[0].split())
    app.wait()
    return Checked(records, broken, watch.ended())


def first_difference(init: list[str], programs: dict[str, str], kind: str) -> str | None:
    """Compares what a JSON parser reads in a sample with what went in; None when all is the same."""
    lines = [programs["lines"], str(SAMPLE), kind]
    came = subprocess.run([*init, *lines], capture_output=True, check=True).stdout.split(b"\n")[:-1]
    try:
        records = [(text, record) for text in came if "event" not in (record := json.loads(text))]
    except ValueError as error:
        return f"no record: {error}"
    went_in = subprocess.run(lines, capture_output=True, check=True).stdout.split(b"\n")[:-1]
    if len(records) != len(went_in):
        return f"{len(went_in)} lines became {len(records)} records"
    for line, (text, record) in zip(went_in, records):
        if record.get("stream") != "stdout":
            return f"without its stream: {text!r}"
        if kind == "pino":
            same = text.startswith(line[:-1] + b",")  # the app's object, byte for byte
        else:
            same = record.get("msg") == line.decode()
        if not same:
            return f"{line!r} became {text!r}"
    return None
