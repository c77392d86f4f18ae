"""What /proc says about other processes, and waiting until it says something."""

import os
import pathlib
import signal
import time

# Seconds; a limit for what should have happened at once, never a measure.
PATIENCE = float(os.environ.get("PMX_TEST_PATIENCE", "180"))


def wait_until(condition, what, patience=PATIENCE):
    """Returns the first true value of condition(); fails with `what` when it never comes."""
    give_up_at = time.monotonic() + patience
    pause = 0.0005
    while True:
        value = condition()
        if value:
            return value
        if time.monotonic() > give_up_at:
            raise AssertionError(f"waited {patience} s in vain: {what}")
        time.sleep(pause)
        pause = min(pause * 1.5, 0.02)


class Stat:
    """The fields of /proc/PID/stat that tests ask for."""

    def __init__(self, text):
        self.name = text[text.index("(") + 1:text.rindex(")")]
        fields = text[text.rindex(")") + 2:].split()
        self.state = fields[0]
        self.parent, self.group, self.session = (int(field) for field in fields[1:4])
        self.foreground = int(fields[5])
        ticks = int(fields[11]) + int(fields[12])
        self.processor_seconds = ticks / os.sysconf("SC_CLK_TCK")


def stat(pid):
    """None when there is no such process."""
    try:
        with open(f"/proc/{pid}/stat", encoding="utf-8", errors="replace") as file:
            return Stat(file.read())
    except (FileNotFoundError, ProcessLookupError):
        return None


def status(pid):
    """/proc/PID/status as a dictionary of strings; None when there is no such process."""
    try:
        with open(f"/proc/{pid}/status", encoding="utf-8", errors="replace") as file:
            return parse_status(file.read())
    except (FileNotFoundError, ProcessLookupError):
        return None


def parse_status(text):
    return {key: value.strip() for key, _, value in
            (line.partition(":") for line in text.splitlines())}


def children(pid):
    """The direct children of a process, zombies included."""
    try:
        with open(f"/proc/{pid}/task/{pid}/children", encoding="utf-8") as file:
            return [int(child) for child in file.read().split()]
    except (FileNotFoundError, ProcessLookupError):
        return []


def _below(pid):
    for child in children(pid):
        yield child
        yield from _below(child)


def find_below(pid, own_number):
    """The descendant of `pid` that knows itself by this number; PID namespaces count anew."""
    def find():
        for child in [*_below(pid), *children(os.getpid())]:
            seen = status(child)
            if seen and seen["NSpid"].split()[-1] == str(own_number):
                return child
        return None
    return wait_until(find, f"the process that calls itself {own_number} is seen")


def processes_with(variable):
    """Who was started with this in its environment ("NAME=value") and is alive."""
    found = []
    for name in filter(str.isdigit, os.listdir("/proc")):
        try:
            with open(f"/proc/{name}/environ", "rb") as file:
                has_it = variable.encode() in file.read().split(b"\0")
        except OSError:
            continue
        if has_it and is_alive(int(name)):
            found.append(int(name))
    return found


def zombies(pid):
    """The children of a process that are dead and not reaped."""
    return [child for child in children(pid) if (seen := stat(child)) and seen.state == "Z"]


def is_alive(pid):
    seen = stat(pid)
    return seen is not None and seen.state not in "ZX"


def only_child(pid):
    """Waits until the process has a child and returns it."""
    return wait_until(lambda: children(pid), f"process {pid} has a child")[0]


def wait_until_stopped(pid):
    wait_until(lambda: (seen := stat(pid)) and seen.state == "T", f"process {pid} is stopped")


def wait_until_running_again(pid):
    wait_until(lambda: (seen := stat(pid)) and seen.state not in "TZ", f"process {pid} goes on")


def wait_until_set_up(pid):
    """The init has blocked the signals that end it, or waits for them in sigtimedwait, which the
    kernel shows as not blocked."""
    def is_set_up():
        seen = status(pid)
        return seen and (int(seen["SigBlk"], 16) >> (signal.SIGTERM - 1) & 1
                         or "sigtimedwait" in pathlib.Path(f"/proc/{pid}/wchan").read_text())
    wait_until(is_set_up, f"{pid} has set up its signals")


def wait_until_gone(pid):
    wait_until(lambda: not is_alive(pid), f"process {pid} is gone")
