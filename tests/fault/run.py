#!/usr/bin/env python3
"""System calls fail, one after the other, and PID 1 must survive: pmx-init passes the command's exit
code on and its output, or it ends with 125 and a reason before the command has started.

Each scenario is run for each call of CALLS, with each errno, failing at the first call, then at the
second, and so on, until the scenario is over without having come that far. And once without a fault:
then, from the command's start to the end, no memory is allocated.
usage: run.py FAULT_PROGRAM FAKE_CHILD [SCENARIO [CALL [ERRNO]]]   (PMX_FAULT_VERBOSE=1: every run)"""
import concurrent.futures
import errno
import json
import os
import pty
import select
import selectors
import shutil
import signal
import subprocess
import sys
import tempfile
import time

PATIENCE = 60  # seconds: never a measure, only the end of all hope
FEWEST_INJECTED = 10
MOST_CALLS = 2000  # a scenario with more calls of one kind would never end

CALLS = {
    "clone": "EAGAIN ENOMEM",
    "waitpid": "EINTR",
    "pipe2": "EMFILE ENFILE",
    "epoll_create1": "EMFILE ENOMEM",
    "epoll_ctl": "ENOMEM ENOSPC",
    "epoll_wait": "EINTR",
    "read": "EINTR EAGAIN EIO",
    "write": "EINTR EAGAIN ENOSPC EIO",
    "open": "EMFILE ENOENT",
    "fcntl": "EINVAL EPERM",
    "ioctl": "EINVAL",
    "dup2": "EMFILE",
    "execve": "EACCES ENOMEM",
    "setpgid": "EPERM",
    "setsid": "EPERM",
    "sched_setaffinity": "EINVAL",
    "tcsetpgrp": "EIO EPERM",
    "setpriority": "EPERM",
    "chdir": "EACCES",
    "kill": "EPERM ESRCH",
    "prctl": "EINVAL",
    "poll": "EINTR ENOMEM",
    "fstat": "EIO",
    "fchown": "EPERM",
    "signalfd4": "EMFILE ENOMEM",
    "pwritev2": "EINTR EAGAIN ENOMEM EOPNOTSUPP EIO EPIPE",
    "rt_sigprocmask": "EPERM",
    "rt_sigtimedwait": "EINTR EAGAIN",
    "getdents64": "EIO",
    "setgroups": "EPERM",
    "setresgid": "EPERM",
    "setresuid": "EAGAIN",
    "prlimit64": "EPERM",
}

# What the reason names, where a call is one step's alone (base/spawn_stage.h).
STEPS = {
    "clone": "making a process",
    "pipe2": "making its output pipes",
    "setsid": "starting a session",
    "setpgid": "making a process group",
    "dup2": "placing its descriptors",
    "setpriority": "setting the niceness",
    "sched_setaffinity": "choosing processors",
    "setgroups": "setting the supplementary groups",
    "setresgid": "changing to group",
    "setresuid": "changing to user",
    "prlimit64": "setting the resource limit",
    "chdir": "changing directory to",
    "execve": "executing",
}

# The kernel says these of a descriptor that will never work again.
STDOUT_IS_GONE = {"EIO", "EPIPE", "ENOSPC"}
PIPE_IS_GONE = {"EIO"}


class Scenario:
    """A command, what it prints and how it ends."""

    def __init__(self, options, script, code, stdout=(), stderr=(), *, raw=False, sends=None,
                 to_file=False, absent=None, reads_late=False, without_stdin=False, on_terminal=False,
                 within=()):
        self.options = options.split()
        self.script = script.split()
        self.code = code
        self.stdout = list(stdout)
        self.stderr = list(stderr)
        self.raw = raw
        self.sends = sends  # again and again, once the command is ready
        self.to_file = to_file
        self.absent = absent  # a system call that this kernel does not have
        self.reads_late = reads_late  # its reader takes nothing before stdout is full
        self.without_stdin = without_stdin
        self.on_terminal = on_terminal  # its stdin, and it leads the session
        self.within = list(within)  # a command that runs it


# In a PID namespace of its own, where /proc has few processes, and beside PID 1, which tells who was
# left behind.
NAMESPACE = ["unshare", "--pid", "--fork", "--mount-proc", "--kill-child"]
BESIDE_INIT = [*NAMESPACE, "sh", "-c",
               '"$@"; code=$?; for p in /proc/[0-9]*; do '
               '[ "$p" = /proc/$$ ] || echo "left behind: $p" >&2; done; exit $code', "sh"]

# Lines that are merged, and how they are said: a key of ours, one that is escaped, an object with an
# object in it; and one that is text, because a key is repeated.
OBJECTS = ['{"msg":"one","level":"warn"}', '{"\\u006dsg":"two","a":1}',
           '{"msg":"three","error":{"msg":"x","stack":["a","b"]}}', '{"a":1,"a":2}',
           '{"msg":"many",' + ",".join(f'"key{n}":{n}' for n in range(200)) + "}"]
TEXTS = ["one", "two", "three", '{"a":1,"a":2}', "many"]

SCENARIOS = {
    "json": Scenario("--log json", "say hello complain oops print-lines 50 exit 7", 7,
                     ["hello"] + [f"line {n}" for n in range(50)], ["oops"]),
    "raw": Scenario("--log raw", "say hello complain oops exit 7", 7, ["hello"], ["oops"],
                    raw=True),
    "signal": Scenario("--log json", "ignore 15 report-signals-until 15 say bye exit 9", 9, ["bye"],
                       sends=signal.SIGTERM),
    "orphan": Scenario("--log json --grace 100ms", "orphan { ignore 15 hold } exit 4", 4,
                       within=BESIDE_INIT),
    "init": Scenario("--log json --grace 100ms", "orphan { ignore 15 hold } exit 4", 4,
                     within=NAMESPACE),
    "long": Scenario("--log json --quiet", "print-wide-lines 20000 100 exit 0", 0,
                     [f"line {n}".ljust(100, ".") for n in range(20000)], reads_late=True),
    "file": Scenario("--log json", "say hello print-lines 5 exit 3", 3,
                     ["hello"] + [f"line {n}" for n in range(5)], to_file=True,
                     without_stdin=True),
    "old-kernel": Scenario("--log json", "print-wide-lines 2000 100 exit 5", 5,
                           [f"line {n}".ljust(100, ".") for n in range(2000)],
                           absent="pwritev2"),
    "settings": Scenario("--log json --user 65534:65534 --groups 1 --nice 5 --umask 022 --cwd / "
                         "--rlimit nofile=100 --oom-score-adj 0 --no-new-privs "
                         "-p TERM --cpus 0 --setsid --caps-keep chown,kill --caps-ambient chown",
                         "say hello exit 6", 6, ["hello"]),
    "terminal": Scenario("--log json", "say hello exit 3", 3, ["hello"], on_terminal=True),
    "objects": Scenario("--log json", " ".join(f"say {line} complain {line}" for line in OBJECTS)
                        + " exit 0", 0, TEXTS, TEXTS),
}


class Failed(Exception):
    """What was seen and must not be."""


class Run:
    """One run of a scenario, with one call failing once."""

    def __init__(self, program, child, scenario, call, number, error):
        self.scenario = scenario
        self.call, self.error = call, error
        self.folder = tempfile.TemporaryDirectory(prefix="pmx-fault-")
        self.report = os.path.join(self.folder.name, "report")
        listen, tell = os.pipe()
        self.environment = {
            "PATH": os.environ["PATH"], "FAULT_CALL": call, "FAULT_NTH": str(number),
            "FAULT_ERRNO": str(getattr(errno, error)), "FAULT_REPORT": self.report,
            "FAKE_CHILD_REPORT": str(tell), "ASAN_OPTIONS": "detect_leaks=0",
        }
        os.chmod(self.folder.name, 0o777)
        if scenario.absent:
            self.environment["FAULT_ALWAYS"] = scenario.absent
        command = [program, *scenario.options, "--", child, *scenario.script]
        command = [*scenario.within, *command]
        if scenario.without_stdin:
            command = ["/bin/sh", "-c", 'exec "$@" <&-', "sh", *command]
        self.streams = {"reports": listen}
        if scenario.to_file:
            out = os.open(os.path.join(self.folder.name, "stdout"), os.O_WRONLY | os.O_CREAT)
        else:
            self.streams["stdout"], out = os.pipe()
        self.terminal = pty.openpty() if scenario.on_terminal else ()
        if scenario.on_terminal:
            command = ["setsid", "--ctty", *command]
        self.process = subprocess.Popen(command, env=self.environment, pass_fds=[tell],
                                        stdin=self.terminal[1] if self.terminal else
                                        subprocess.DEVNULL,
                                        stdout=out, stderr=subprocess.PIPE)
        os.close(tell)
        self.streams["stderr"] = self.process.stderr.fileno()
        self.stdout_end = None  # whether there is room is seen at the writer's end
        if scenario.reads_late:
            self.stdout_end = out
        else:
            os.close(out)
        self.bytes = {"reports": b"", "stderr": b"", "stdout": b""}

    def watch(self):
        """Reads everything until all ends are closed, that is until nobody is left."""
        selector = selectors.DefaultSelector()
        for name, fd in self.streams.items():
            selector.register(fd, selectors.EVENT_READ, name)
        give_up_at = time.monotonic() + PATIENCE
        while selector.get_map():
            # A signal may meet a failing call, so it is sent anew; what is awaited is the end.
            if self.scenario.sends and b"ready" in self.bytes["reports"]:
                self.process.send_signal(self.scenario.sends)
            self.wait_until_stdout_is_full()
            ready = selector.select(0.1 if self.scenario.sends else PATIENCE)
            for key, _ in ready:
                data = os.read(key.fd, 1 << 20)
                self.bytes[key.data] += data
                if not data:
                    selector.unregister(key.fd)
            if time.monotonic() > give_up_at:
                raise Failed(f"hangs; so far {self.tail()}")
        try:
            return self.process.wait(PATIENCE)
        except subprocess.TimeoutExpired:
            raise Failed(f"everybody else is gone, it stays; {self.tail()}") from None

    def wait_until_stdout_is_full(self):
        give_up_at = time.monotonic() + PATIENCE
        while self.stdout_end is not None and select.select([], [self.stdout_end], [], 0)[1]:
            if self.process.poll() is not None:
                self.let_go_of_stdout()
            if time.monotonic() > give_up_at:
                raise Failed(f"stdout is never full, and it does not end; {self.tail()}")
            time.sleep(0.001)

    def let_go_of_stdout(self):
        if self.stdout_end is not None:
            os.close(self.stdout_end)
        self.stdout_end = None

    def orphan_may_stay(self):
        """When it was never ours, or there was no /proc to find it in."""
        return ((self.call == "prctl" and b"cannot adopt" in self.bytes["stdout"])
                or (self.call, self.error) == ("open", "ENOENT"))

    def tail(self):
        return {name: data[-600:] for name, data in self.bytes.items()}

    def close(self):
        if self.process.poll() is None:
            self.process.kill()
            self.process.wait()
        self.let_go_of_stdout()
        self.process.stderr.close()
        for fd in (*self.terminal, *(self.streams[name] for name in self.streams if name != "stderr")):
            os.close(fd)
        self.folder.cleanup()

    def reported(self):
        try:
            with open(self.report, encoding="ascii") as report:
                return report.read().splitlines()
        except FileNotFoundError:
            return []

    def check(self, code):
        """What a run may end with."""
        if self.scenario.to_file:
            with open(os.path.join(self.folder.name, "stdout"), "rb") as out:
                self.bytes["stdout"] = out.read()
        if b"Sanitizer" in self.bytes["stderr"] or b"runtime error" in self.bytes["stderr"]:
            raise Failed(f"a sanitizer complains: {self.bytes['stderr'].decode()}")
        if b"left behind" in self.bytes["stderr"] and not self.orphan_may_stay():
            raise Failed(f"a process is left; {self.tail()}")
        if code < 0:
            raise Failed(f"died of signal {-code}; {self.tail()}")
        records = [] if self.scenario.raw else self.records()
        started = any(record.get("event") == "started" for record in records)
        spoke = any("stream" in record for record in records) or b"ready" in self.bytes["reports"]
        gave_up = code == 125 or (self.call == "execve" and code in (126, 127))
        if gave_up and code != self.scenario.code and not started and not spoke:
            reasons = [r["msg"] for r in records if r.get("level") == "error" and r.get("msg")]
            reason = " ".join([*reasons, self.bytes["stderr"].decode().strip()]).strip()
            if not reason or STEPS.get(self.call, "") not in reason:
                raise Failed(f"ended with {code}, and the reason names no step; {self.tail()}")
            return
        lost_its_pipe = self.call == "read" and self.error in PIPE_IS_GONE
        if code != self.scenario.code and not (lost_its_pipe and code == 128 + signal.SIGPIPE):
            raise Failed(f"ended with {code}, not {self.scenario.code}; {self.tail()}")
        self.check_output(records, lost_its_pipe)

    def records(self):
        data = self.bytes["stdout"]
        stdout_is_gone = self.call in ("write", "pwritev2") and self.error in ("EIO", "EPIPE")
        if data and not data.endswith(b"\n") and not stdout_is_gone:
            raise Failed(f"the last record is cut: {data[-200:]}")
        try:
            return [json.loads(line) for line in data.split(b"\n")[:-1]]
        except ValueError as problem:
            raise Failed(f"not JSON: {problem}; {self.tail()}") from None

    def check_output(self, records, lost_its_pipe):
        if self.scenario.raw:
            seen = {name: self.bytes[name].decode().splitlines() for name in ("stdout", "stderr")}
        else:
            seen = {name: [r["msg"] for r in records if r.get("stream") == name]
                    for name in ("stdout", "stderr")}
        # What is said to be lost may be lost; all that did arrive must have been written.
        admitted = b"discarded" in self.bytes["stderr"] or b"were left" in self.bytes["stderr"]
        may_lose = ((self.call in ("write", "pwritev2") and self.error in STDOUT_IS_GONE and admitted)
                    or lost_its_pipe)
        for name, expected in (("stdout", self.scenario.stdout), ("stderr", self.scenario.stderr)):
            if self.call == "read" and self.error == "EAGAIN":  # a line may end at a wrong place
                if self.scenario.stdout == TEXTS:  # and half an object is text
                    continue
                if "".join(seen[name]) != "".join(expected):
                    raise Failed(f"{name} is not as written; {self.tail()}")
            elif may_lose:
                whole = seen[name][:-1] if lost_its_pipe else seen[name]
                if not set(whole) <= set(expected):
                    raise Failed(f"{name} has lines that nobody wrote; {self.tail()}")
            elif self.scenario.raw and name == "stderr":
                if not set(expected) <= set(seen[name]):
                    raise Failed(f"stderr lacks lines; {self.tail()}")
            elif seen[name] != expected:
                raise Failed(f"{name} has {len(seen[name])} lines, not {len(expected)} as written; "
                             f"{self.tail()}")


def run_once(program, child, scenario, call, number, error):
    """Whether the call was reached and made to fail."""
    run = Run(program, child, scenario, call, number, error)
    try:
        run.check(run.watch())
        return "injected" in run.reported()
    finally:
        run.close()


def check_rest(program, child, name):
    """Without a fault nothing fails, and from the command's start on no memory is allocated."""
    run = Run(program, child, SCENARIOS[name], "none", 1, "EIO")
    try:
        run.check(run.watch())
        if run.reported() != ["allocations 0"]:
            raise Failed(f"{run.reported()} after the start, first at {run.tail()}")
        return []
    except Failed as failed:
        return [f"{name}: without a fault: {failed}"]
    finally:
        run.close()


def inject(program, child, name, call, error):
    """All runs of one scenario with one call and errno: how many were injected, what went wrong."""
    problems = []
    for number in range(1, MOST_CALLS):
        try:
            if not run_once(program, child, SCENARIOS[name], call, number, error):
                return number - 1, problems
        except Failed as failed:
            problems.append(f"{name}: {call} number {number} fails with {error}: {failed}")
            if len(problems) == 3:
                return number, problems
    return MOST_CALLS, problems + [f"{name}: {call} is called without end"]


def main():
    program, child, *chosen = [os.path.abspath(word) for word in sys.argv[1:3]] + sys.argv[3:]
    with tempfile.TemporaryDirectory(prefix="pmx-fault-") as folder:
        os.chmod(folder, 0o755)  # other users are to run it
        return inject_all(program, shutil.copy(child, folder), chosen)


def gather(name, jobs, is_whole):
    """How it went, when all runs of {(call, error): job} are over: what went wrong."""
    injected, problems = 0, []
    for (call, error), job in jobs.items():
        count, found = job.result()
        injected += count
        problems += found
        if os.environ.get("PMX_FAULT_VERBOSE") == "1":
            print(f"  {call} {error}: {count}", flush=True)
    print(f"{name}: {injected} calls were made to fail", flush=True)
    if is_whole and injected < FEWEST_INJECTED:
        problems.append(f"{name}: fewer than {FEWEST_INJECTED} calls were made to fail")
    return problems


def inject_all(program, child, chosen):
    names = chosen[:1] or list(SCENARIOS)
    if os.geteuid() != 0 and not chosen:
        print("not root: settings, orphan and init are left out")
        names = [name for name in names if name not in ("settings", "orphan", "init")]
    problems = []
    with concurrent.futures.ThreadPoolExecutor(max_workers=2) as pool:
        for name in names:
            problems += check_rest(program, child, name)
            jobs = {}
            for call, errors in CALLS.items():
                if chosen[1:2] and chosen[1] != call:
                    continue
                for error in chosen[2:3] or errors.split():
                    jobs[call, error] = pool.submit(inject, program, child, name, call, error)
            problems += gather(name, jobs, is_whole=len(chosen) < 2)
    print("\n".join(problems))
    return bool(problems)


if __name__ == "__main__":
    sys.exit(main())
