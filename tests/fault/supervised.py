#!/usr/bin/env python3
"""System calls fail, one after the other, while pmx-init supervises: it must survive, lose no app,
and end when it is asked to; or it ends with a reason before anything was started.

As run.py beside it, with one manifest: a migration, a server that waits for it, is asked over
its socket's exec probe, watched for its memory and has its lines in a file, and an app that fails
once. While they run, somebody asks for a list again and again, and restarts one.
usage: supervised.py FAULT_PROGRAM [CALL [ERRNO]]   (PMX_FAULT_VERBOSE=1: every run)"""
import concurrent.futures
import errno
import json
import os
import pathlib
import signal
import socket
import subprocess
import sys
import tempfile
import time

from run import CALLS, MOST_CALLS, PATIENCE, Failed, gather

# What a supervisor does besides.
MORE_CALLS = {
    "socketpair": "EMFILE", "accept4": "EMFILE ECONNABORTED", "fork": "EAGAIN ENOMEM",
    "tee": "EINVAL ENOMEM", "recvmsg": "EIO", "socket": "EMFILE",
}
# What passes: nobody is given up for it. After any other, the next attempt looks to be as vain.
SHORTAGES = ("EAGAIN", "EINTR", "EMFILE", "ENFILE", "ENOMEM")
MOST_OF_FEW = 200  # who asks again and again makes PID 1 read without end

FAILS_ONCE = "test -e failed && exec sleep 3600; touch failed; exit 1"


def manifest(folder):
    hold = ["sh", "-c", "echo up; exec sleep 3600"]
    return {"stop_timeout": "20s", "apps": [
        {"name": "migrate", "command": ["sh", "-c", "echo migrated"], "autorestart": "on-failure"},
        {"name": "web", "command": hold, "depends_on": {"migrate": "completed"}, "cwd": folder,
         "ready": {"exec": ["true"], "interval": 20}, "out_file": "out.txt",
         "max_memory_restart": "900M", "watchdog": "1h"},
        {"name": "flaky", "command": ["sh", "-c", FAILS_ONCE], "cwd": folder, "ipc": True},
    ]}


class Run:
    """One run, with one call failing once."""

    def __init__(self, program, call, number, error):
        self.folder = tempfile.TemporaryDirectory(prefix="pmx-fault-")
        self.path = pathlib.Path(self.folder.name)
        self.what = (call, error)
        self.was_asked_to_end = False
        self.has_given_up = False
        self.control = self.path / "control"
        (self.path / "apps.json").write_text(json.dumps(manifest(self.folder.name)))
        environment = {"PATH": os.environ["PATH"], "FAULT_CALL": call, "FAULT_NTH": str(number),
                       "FAULT_ERRNO": str(getattr(errno, error)), "ASAN_OPTIONS": "detect_leaks=0",
                       "FAULT_REPORT": str(self.path / "report")}
        self.stdout = (self.path / "stdout").open("wb")
        self.stderr = (self.path / "stderr").open("wb")
        self.process = subprocess.Popen(
            [program, "--log", "json", "--control", str(self.control), "run",
             str(self.path / "apps.json")],
            env=environment, stdin=subprocess.DEVNULL, stdout=self.stdout, stderr=self.stderr)

    def close(self):
        if self.process.poll() is None:
            self.process.kill()
            self.process.wait()
        self.stdout.close()
        self.stderr.close()
        self.folder.cleanup()

    def text(self, name):
        return (self.path / name).read_text(errors="replace")

    def said(self, *parts):
        return any(all(part in line for part in parts)
                   for line in self.text("stdout").splitlines())

    def fail(self, what):
        raise Failed(f"{what}; stdout {self.text('stdout')[-1500:]} stderr {self.text('stderr')[-1500:]}")

    def was_injected(self):
        report = self.path / "report"
        return report.exists() and "injected" in report.read_text()

    def ask(self, **request):
        """None when nobody answers."""
        try:
            with socket.socket(socket.AF_UNIX) as client:
                client.settimeout(PATIENCE)
                client.connect(str(self.control))
                client.sendall(json.dumps({"version": 1, **request}).encode() + b"\n")
                for line in client.makefile():
                    answer = json.loads(line)
                    if "ok" in answer:
                        return answer
                return None
        except TimeoutError:
            self.fail("a request is not answered")
        except OSError:
            return None

    def statuses(self):
        answer = self.ask(command="list")
        if answer is None or "result" not in answer:
            return None
        return {row["name"]: (row["status"], row["restarts"], row["ready"])
                for row in answer["result"]}

    def is_settled(self):
        """Everything is as it should be, or has been given up."""
        rows = self.statuses()
        if rows is None:
            taken_by_none = self.said('"event":"control"', "no commands are taken")
            return taken_by_none and (self.path / "failed").exists() and (
                self.said('"app":"web"', '"event":"ready"') or self.said("web", "errored"))
        web, flaky, migrate = rows["web"], rows["flaky"], rows["migrate"]
        self.has_given_up |= "errored" in (web[0], flaky[0], migrate[0])
        return (migrate[0] in ("stopped", "errored")
                and (web[0] == "errored" or (web[0] == "online" and web[2])
                     or (migrate[0] == "errored" and web[0] == "stopped"))
                and (flaky[0] == "errored" or (flaky[0] == "online" and flaky[1] > 0)))

    def wait_until(self, condition, what):
        """True, or False when the process has ended."""
        give_up_at = time.monotonic() + PATIENCE
        while not condition():
            if self.process.poll() is not None:
                return False
            if time.monotonic() > give_up_at:
                self.fail(f"waited in vain: {what}; {self.statuses()}")
            time.sleep(0.01)
        return True

    def watch(self):
        if self.wait_until(self.is_settled, "everything is up"):
            self.ask(command="restart", targets=["web"])
            self.wait_until(self.is_settled, "everything is up again")
            self.process.send_signal(signal.SIGTERM)
            self.was_asked_to_end = True
        try:
            return self.process.wait(PATIENCE)
        except subprocess.TimeoutExpired:
            self.fail("it does not end")

    def check(self, code):
        errors = self.text("stderr")
        if "Sanitizer" in errors or "runtime error" in errors:
            self.fail("a sanitizer complains")
        if code < 0:
            self.fail(f"died of signal {-code}")
        left = [pid for pid in os.listdir("/proc") if pid.isdigit() and self.is_ours(pid)]
        if left:
            self.fail(f"processes are left: {left}")
        if self.said('"event":"started"') and not self.was_asked_to_end:
            self.fail(f"ended with {code}, asked by nobody, after apps were started")
        if self.has_given_up and self.what[1] in SHORTAGES:
            self.fail("an app was given up")
        has_reason = self.said('"level":"error"') or errors.strip()
        if code != 0 and not has_reason and self.what[0] not in ("write", "pwritev2"):
            self.fail(f"ended with {code} and gave no reason")

    def is_ours(self, pid):
        try:
            environment = pathlib.Path("/proc", pid, "environ").read_bytes()
        except OSError:
            return False
        return f"PMX_CONTROL={self.control}".encode() in environment


def run_once(program, call, number, error):
    """Whether the call was reached and made to fail."""
    run = Run(program, call, number, error)
    try:
        run.check(run.watch())
        return run.was_injected()
    finally:
        run.close()


def numbers():
    """Every call at first, then ever fewer of them, unless PMX_FAULT_EVERY=1: a run takes a second."""
    number = 1
    is_sparse = os.environ.get("PMX_FAULT_EVERY") != "1"
    while number < (MOST_OF_FEW if is_sparse else MOST_CALLS):
        yield number
        number = number * 2 if is_sparse and number >= 5 else number + 1


def inject(program, call, error):
    """How many were injected, what went wrong."""
    problems = []
    injected = 0
    for number in numbers():
        try:
            if not run_once(program, call, number, error):
                return injected, problems
            injected += 1
        except Failed as failed:
            problems.append(f"{call} number {number} fails with {error}: {failed}")
            if len(problems) == 3:
                return injected, problems
    return injected, problems


def main():
    program, *chosen = [os.path.abspath(sys.argv[1])] + sys.argv[2:]
    jobs = {}
    with concurrent.futures.ThreadPoolExecutor(max_workers=4) as pool:
        for call, errors in {**CALLS, **MORE_CALLS}.items():
            if chosen[:1] and chosen[0] != call:
                continue
            for error in chosen[1:2] or errors.split():
                jobs[call, error] = pool.submit(inject, program, call, error)
        problems = gather("supervised", jobs, is_whole=not chosen)
    print("\n".join(problems))
    return bool(problems)


if __name__ == "__main__":
    sys.exit(main())
