"""What a reader must know about the machine to compare figures: its shape, never its name."""

import os
import platform
import re
from contextlib import contextmanager
from pathlib import Path
from typing import Iterator

AUTOGROUPS = Path("/proc/sys/kernel/sched_autogroup_enabled")


def _processor() -> str:
    found = re.search(r"model name\s*:\s*(.+)", Path("/proc/cpuinfo").read_text())
    return found.group(1).strip() if found else platform.machine()


def _system() -> str:
    found = re.search(r'PRETTY_NAME="(.+)"', Path("/etc/os-release").read_text())
    return found.group(1) if found else "Linux"


def shape() -> str:
    memory = os.sysconf("SC_PAGE_SIZE") * os.sysconf("SC_PHYS_PAGES") / 2**30
    kernel = re.match(r"[\d.]+", platform.release())
    return (f"{len(os.sched_getaffinity(0))} cores ({_processor()}), {memory:.0f} GiB of memory, "
            f"Linux {kernel.group(0) if kernel else platform.release()} {platform.machine()}, {_system()}")


@contextmanager
def without_autogroups() -> Iterator[None]:
    """As in a container, where the scheduler has its control group to go by: outside, every session
    has the same right to the processors (sched(7)), however many processes it has."""
    if not AUTOGROUPS.exists() or AUTOGROUPS.read_text().strip() == "0":
        yield
        return
    AUTOGROUPS.write_text("0")
    try:
        yield
    finally:
        AUTOGROUPS.write_text("1")


def load() -> str:
    """The load average at the start: figures taken on a busy machine say so themselves."""
    return f"{os.getloadavg()[0]:.2f}"
