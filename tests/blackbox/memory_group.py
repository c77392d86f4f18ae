"""A control group of its own, with a memory limit as a container has it."""

import os
import pathlib
import unittest

from processes import wait_until

LIMIT = 256 << 20


def _hierarchy():
    """Where groups with a memory limit are made: the folder, and the names of what limits them."""
    root = pathlib.Path("/sys/fs/cgroup")
    paths = dict(line.split(":", 2)[1:] for line in
                 pathlib.Path("/proc/self/cgroup").read_text(encoding="utf-8").splitlines())
    if (root / "cgroup.controllers").exists():
        return root, {"memory.max": LIMIT, "memory.swap.max": 0}
    if "memory" in paths:
        return root / "memory", {"memory.limit_in_bytes": LIMIT, "memory.swappiness": 0}
    raise unittest.SkipTest("there are no control groups for memory here")


class MemoryGroup:
    """One group for a test; `enter` moves the calling process into it."""

    def __init__(self, case):
        root, limits = _hierarchy()
        self.folder = root / f"pmx-test-{os.getpid()}"
        try:
            self.folder.mkdir()
            case.addCleanup(self._remove)
            for name, value in limits.items():
                if (self.folder / name).exists() or "swap" not in name:
                    (self.folder / name).write_text(str(value))
        except OSError as error:
            case.skipTest(f"no control group can be made here: {error}")

    def _remove(self):
        wait_until(lambda: not (self.folder / "cgroup.procs").read_text(), "nobody is in the group")
        self.folder.rmdir()

    def enter(self):
        (self.folder / "cgroup.procs").write_text("0")
