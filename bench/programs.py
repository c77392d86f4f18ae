"""The small C programs that measure, and the ones that are measured: compiled when they are needed."""

import subprocess
from pathlib import Path

HERE = Path(__file__).resolve().parent
NAMES = ("true", "sleeper", "spawn_time", "signal_latency", "orphans", "lines", "drain",
         "blind_copy", "check_records", "newborn", "restarter")
FLAGS = ("-std=c17", "-D_GNU_SOURCE", "-O2", "-Wall", "-Wextra", "-Werror", "-static")


def build(folder: Path) -> dict[str, str]:
    """Compiles what is older than its source. Returns the path of each program by its name."""
    folder.mkdir(parents=True, exist_ok=True)
    paths = {}
    for name in NAMES:
        source, program = HERE / f"{name}.c", folder / name
        if not program.exists() or program.stat().st_mtime < source.stat().st_mtime:
            subprocess.run(["cc", *FLAGS, "-o", program, source], check=True)
        paths[name] = str(program)
    return paths
