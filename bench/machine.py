"""What a reader must know about the machine to compare figures: its shape, never its name."""

import os
import platform
import re
from pathlib import Path


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


def load() -> str:
    """The load average at the start: figures taken on a busy machine say so themselves."""
    return f"{os.getloadavg()[0]:.2f}"
