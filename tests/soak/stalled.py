"""One whose stdout nobody reads, while its child writes as fast as it can."""
import fcntl
import os
import pathlib
import signal
import subprocess
import time

NOBODY = 65534
MOST_GROWTH_KB = 128
CHILD = 'trap "echo told >> told" USR1; yes "$(seq 20)" & while kill -0 $!; do wait; done'


class Stalled:
    """With another writer (`is_full`) the pipe has no room from the start; then it runs as a user who
    may do nothing, where it can."""

    def __init__(self, program, folder, is_full):
        self.folder = folder
        folder.mkdir()
        self.told = 0
        who = {}
        if is_full and os.geteuid() == 0:
            folder.chmod(0o777)
            who = {"user": NOBODY, "group": NOBODY, "extra_groups": []}
        self.pipe = os.pipe()
        if is_full:
            self._fill()
        self.process = subprocess.Popen([program, "--log", "json", "--", "sh", "-c", CHILD], cwd=folder,
                                        stdin=subprocess.DEVNULL, stdout=self.pipe[1], **who)
        self.memory = self._at_rest()

    def _fill(self):
        with open("/proc/sys/fs/pipe-max-size", encoding="ascii") as most:
            fcntl.fcntl(self.pipe[1], fcntl.F_SETPIPE_SZ, int(most.read()))
        other = os.open(f"/proc/self/fd/{self.pipe[1]}", os.O_WRONLY | os.O_NONBLOCK)
        try:
            while True:
                os.write(other, b"#" * 4095 + b"\n")
        except BlockingIOError:
            os.close(other)

    def _status(self, name):
        text = pathlib.Path(f"/proc/{self.process.pid}/status").read_text(encoding="ascii")
        return int(text.split(name + ":")[1].split()[0])

    def _at_rest(self):
        """Its memory, when it has done nothing for a while: all is full."""
        last, same = None, 0
        while same < 20:
            seen = self._status("voluntary_ctxt_switches")
            same = same + 1 if seen == last else 0
            last = seen
            time.sleep(0.05)
        return self._status("RssAnon")

    def problems(self):
        """What is wrong with it now."""
        self.process.send_signal(signal.SIGUSR1)
        self.told += 1
        until = time.monotonic() + 60
        told = self.folder / "told"
        while not (told.exists() and len(told.read_text().split()) == self.told):
            if time.monotonic() > until:
                return ["with stdout blocked, a signal does not arrive"]
            time.sleep(0.01)
        memory = self._at_rest()
        print(f"with stdout blocked: {self.memory} kB, then {memory}")
        return ["with stdout blocked, it grows"] if memory > self.memory + MOST_GROWTH_KB else []

    def end(self):
        """Its reader has gone: what is in the pipes is nobody's any more."""
        os.close(self.pipe[0])
        os.close(self.pipe[1])
        self.process.kill()
        self.process.wait()
