"""One whose stdout nobody reads, while its child writes as fast as it can."""
import contextlib
import os
import pathlib
import signal
import subprocess
import sys

sys.path.append(str(pathlib.Path(__file__).resolve().parents[1] / "blackbox"))
from full_pipe import Pipe, wait_until_blocked  # noqa: E402
from processes import status, wait_until  # noqa: E402

NOBODY = 65534
MOST_GROWTH_KB = 128
# It ends when nobody is there to take what it writes.
CHILD = 'trap "echo told >> told" USR1; yes "$(seq 20)" & while kill -0 $!; do wait; done'


class Stalled(contextlib.ExitStack):
    """Until it is left. With another writer (`is_full`) the pipe has no room from the start; then it
    runs as a user who may do nothing, where it can."""

    addCleanup = contextlib.ExitStack.callback  # for the pipe

    def __init__(self, program, folder, is_full):
        super().__init__()
        folder.mkdir()
        self.told = folder / "told"
        self.times = 0
        who = {}
        if is_full and os.geteuid() == 0:
            folder.chmod(0o777)
            who = {"user": NOBODY, "group": NOBODY, "extra_groups": []}
        pipe = Pipe(self)
        if is_full:
            pipe.fill()
        self.process = subprocess.Popen([program, "--log", "json", "--", "sh", "-c", CHILD], cwd=folder,
                                        stdin=subprocess.DEVNULL, stdout=pipe.write_end, **who)
        self.callback(self.process.wait)
        self.callback(self.process.kill)
        self.memory = self._memory_at_rest()

    def _memory_at_rest(self):
        wait_until_blocked(self.process.pid)
        return int(status(self.process.pid)["RssAnon"].split()[0])

    def problems(self):
        """What is wrong with it now."""
        self.process.send_signal(signal.SIGUSR1)
        self.times += 1
        wait_until(lambda: self.told.exists() and len(self.told.read_text().split()) == self.times,
                   "with stdout blocked, a signal arrives")
        memory = self._memory_at_rest()
        print(f"with stdout blocked: {self.memory} kB, then {memory}")
        return ["with stdout blocked, it grows"] if memory > self.memory + MOST_GROWTH_KB else []
