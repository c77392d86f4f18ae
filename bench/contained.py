"""A program that is measured as PID 1 of a namespace, as in a container: the machine's other processes are
not its business. Its output is a pipe that is read all the time, as an engine does."""

import os
import subprocess
import tempfile
from contextlib import contextmanager
from pathlib import Path

import contenders

AS_ROOT = os.geteuid() == 0
AS_PID_1 = ["unshare", *([] if AS_ROOT else ["--map-root-user"]), "--pid", "--fork", "--kill-child",
            "--mount-proc"]
BESIDE = ["nsenter", *([] if AS_ROOT else ["--user", "--preserve-credentials"]), "--pid", "--mount",
          "--target"]


class NotManaged(Exception):
    """A program did not do what it was started for; says what it did."""


def children(pid: int) -> list[int]:
    return [int(child) for child in Path(f"/proc/{pid}/task/{pid}/children").read_text().split()]


def environment(folder: Path) -> dict[str, str]:
    """As few variables as a container has."""
    path = f"{os.path.dirname(contenders.node())}:/usr/sbin:/usr/bin:/sbin:/bin"
    return {"PATH": path, "HOME": str(folder), "PM2_HOME": str(folder / "pm2")}


@contextmanager
def folder_in_memory():
    """A disk is nobody's own speed."""
    memory = "/dev/shm" if os.access("/dev/shm", os.W_OK) else None
    with tempfile.TemporaryDirectory(prefix="pmx-bench-", dir=memory) as folder:
        yield Path(folder)


class Contained:
    def __init__(self, name: str, folder: Path, command: list[str], variables: dict[str, str]) -> None:
        self._name, self._folder, self._variables = name, folder, variables
        with open(folder / "output", "wb") as output:
            self._reader = subprocess.Popen(["cat"], stdin=subprocess.PIPE, stdout=output)
        self._process = subprocess.Popen([*AS_PID_1, *command], stdin=subprocess.DEVNULL,
                                         stdout=self._reader.stdin, stderr=self._reader.stdin,
                                         env=variables, start_new_session=True)
        self._reader.stdin.close()

    @property
    def pid(self) -> int:
        """Outside the namespace."""
        return children(self._process.pid)[0]

    def is_over(self) -> bool:
        return self._process.poll() is not None

    def beside(self, command: list[str], seconds: float = 120) -> subprocess.CompletedProcess:
        """Runs a command in the same namespace."""
        return subprocess.run([*BESIDE, str(self.pid), *command], env=self._variables, text=True,
                              stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, timeout=seconds,
                              check=False)

    def leave(self) -> None:
        """Ends what is still there: with its PID 1 the whole namespace goes."""
        if not self.is_over():
            self._process.kill()
        self._process.wait()
        self._reader.wait()

    def fail(self, what: str) -> None:
        said = (self._folder / "output").read_text(errors="replace").splitlines()[-3:]
        raise NotManaged(f"{self._name}: {what}" + "".join(f"\n  {line}" for line in said))
