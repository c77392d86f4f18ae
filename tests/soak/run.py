#!/usr/bin/env python3
"""Fifty apps that misbehave, and somebody who gives orders all the time. At the end there is no
zombie, no descriptor and no memory more than after the first minute, and every line is there.
Beside them, two whose stdout nobody reads.
usage: run.py PMX_INIT UNRULY MINUTES [SEED]"""
import collections
import contextlib
import json
import os
import pathlib
import random
import signal
import socket
import subprocess
import sys
import tempfile
import threading
import time

from stalled import Stalled

PATIENCE = 60  # seconds: never a measure, only the end of all hope
MODES = {"talk": 15, "crash": 10, "deaf": 8, "hang": 5, "flood": 4, "orphans": 8}
MOST_GROWTH_KB = 1536
CALM = 3  # seconds
JUST_CLOSED = 4  # connections of ours that it has not seen the end of when it is counted
# What is asked at random, and how often in relation to the others.
ORDERS = {"list": 6, "restart": 6, "stop": 3, "start": 4, "describe": 2, "logs": 3, "reset": 1,
          "signal": 2, "healthcheck": 2, "apply": 1, "scale": 2, "save": 1, "jlist": 1, "reload": 3,
          "delete": 1, "env": 1, "trigger": 1, "ping": 1, "logs follow": 1, "restart update_env": 1,
          "apply changed": 1}


def manifest(unruly, folder):
    apps = []
    for mode, count in MODES.items():
        for n in range(count):
            apps.append({"name": f"{mode}-{n}", "command": [unruly, mode], "kill_timeout": 300,
                         "min_uptime": 1, "restart_delay": 20 if mode == "crash" else 100,
                         "max_memory_restart": "500M"})
            if n % 3 == 0:  # a successor may start beside it
                apps[-1]["sockets"] = [f"{folder}/{mode}-{n}"]
            if n % 4 == 1:
                apps[-1]["depends_on"] = [f"{mode}-{n - 1}"]
            if n % 5 == 0:  # reading it takes its time
                apps[-1]["env_file"] = str(folder / "variables")
    return {"exit_when": "never", "apps": apps}


class Lines:
    """What came out of stdout, record by record: which lines are missing, and who ended how."""

    def __init__(self, stream):
        self.next = collections.Counter()  # by process: the number of the line that must come
        self.ended = {}  # by process: how many lines it had, as it says
        self.of_pid = {}  # the process that has this pid now
        self.by_themselves = 0
        self.problems = []
        self.count = 0
        self.thread = threading.Thread(target=self._read, args=[stream])
        self.thread.start()

    def _read(self, stream):
        for line in stream:
            self.count += 1
            try:
                self._take(json.loads(line))
            except (ValueError, KeyError) as problem:
                self.problems.append(f"{problem!r}: {line[:200]}")

    def _take(self, record):
        if record.get("event") == "exited" and record["code"] not in (None, 0) or (
                record.get("event") == "exited" and record["code"] == 0):
            process = self.of_pid.pop(record["pid"], None)
            self.by_themselves += 1
            if process is not None and process not in self.ended:
                self.problems.append(f"the last line is missing: {record}")
        if "stream" not in record:
            return
        start, pid, *rest = record["msg"].split()
        process = (start, int(pid))
        self.of_pid[int(pid)] = process
        if rest[0] == "end":
            self.ended[process] = int(rest[1])
            if self.next[process] != int(rest[1]):
                self.problems.append(f"{self.next[process]} lines are there: {record}")
        else:
            if self.next[process] != int(rest[0]):
                self.problems.append(f"not line {self.next[process]}: {record}")
            self.next[process] += 1


class Soak:
    def __init__(self, program, unruly, folder):
        (folder / "variables").write_text("FROM=file\n")
        self.apps = manifest(unruly, folder)
        self.path = folder / "apps.json"
        self.path.write_text(json.dumps(self.apps))
        self.whole = {"file": str(self.path), "document": json.dumps(self.apps)}
        self.control = str(folder / "control")
        command = [program, "--log", "json", "--control", self.control, "run", str(self.path)]
        self.process = subprocess.Popen(command, stdin=subprocess.DEVNULL, stdout=subprocess.PIPE)
        self.lines = Lines(self.process.stdout)
        self.asked = collections.Counter()

    def ask(self, order, **request):
        """The result, or None where the order failed, which it may."""
        command = order.split()[0]
        with socket.socket(socket.AF_UNIX) as client:
            client.settimeout(PATIENCE)
            client.connect(self.control)
            client.sendall(json.dumps({"version": 1, "command": command, **request}).encode() + b"\n")
            try:
                for line in client.makefile():
                    reply = json.loads(line)
                    if "ok" in reply:
                        self.asked[order] += 1
                        return reply.get("result", []) if reply["ok"] else None
            except TimeoutError:
                pass
        raise AssertionError(f"{command} {request.get('targets')} is not answered; "
                             f"{self.unlike_stopped()}")

    def follow(self, name):
        """Reads some lines as they come, and goes."""
        with socket.socket(socket.AF_UNIX) as client:
            client.settimeout(PATIENCE)
            client.connect(self.control)
            request = {"version": 1, "command": "logs", "targets": [name], "lines": 9, "follow": True}
            client.sendall(json.dumps(request).encode() + b"\n")
            client.settimeout(0.2)
            with contextlib.suppress(TimeoutError):
                for _, line in zip(range(20), client.makefile()):
                    json.loads(line)
        self.asked["logs follow"] += 1

    def changed(self, chance):
        """Some of the apps are others, and all are in another order."""
        apps = json.loads(json.dumps(self.apps))
        for app in chance.sample(apps["apps"], 3):
            app["env"] = {"VARIANT": str(chance.random())}
        chance.shuffle(apps["apps"])
        return {"file": str(self.path), "document": json.dumps(apps)}

    def unlike_stopped(self):
        return [(row["name"], row["instance"], row["status"], row["pid"])
                for row in self.ask("list", targets=[]) if row["status"] != "stopped"]

    def await_up(self):
        give_up_at = time.monotonic() + PATIENCE
        while True:
            try:
                return self.ask("ping")
            except OSError:
                if time.monotonic() > give_up_at or self.process.poll() is not None:
                    raise
                time.sleep(0.05)

    def give_order(self, chance):
        order = chance.choices(list(ORDERS), ORDERS.values())[0]
        name = chance.choice(self.apps["apps"])["name"]
        more = {"signal": {"signal": "SIGUSR1"}, "logs": {"lines": 20, "follow": False},
                "scale": {"instances": str(chance.randrange(1, 4))},
                "trigger": {"action": "nothing", "wait_ms": 100}, "apply": self.whole,
                "restart update_env": {"update_env": True}}.get(order, {})
        if order == "logs follow":
            return self.follow(name)
        if order == "apply changed":
            more = self.changed(chance)
        targets = [] if order.split()[0] in ("healthcheck", "apply", "save", "jlist", "ping") else [name]
        self.ask(order, targets=targets, **more)
        if order == "delete":  # where somebody else's is being read the app is back with the next
            self.ask("apply", targets=[], **self.whole)

    def at_rest(self):
        """Everything is stopped: descriptors and kB of memory then."""
        self.ask("apply", targets=[], **self.whole)
        self.ask("stop", targets=["all"])
        give_up_at = time.monotonic() + PATIENCE
        while self.children():
            if time.monotonic() > give_up_at:
                raise AssertionError(f"still there: {self.children()}")
            time.sleep(0.05)
        descriptors = self.descriptors_left()
        status = pathlib.Path(f"/proc/{self.process.pid}/status").read_text()
        memory = next(int(line.split()[1]) for line in status.splitlines()
                      if line.startswith("VmRSS"))
        return descriptors, memory

    def descriptors_left(self):
        """When no more are closed: pipes are, once what the last of an app wrote has been read."""
        fewest, since = None, time.monotonic()
        while fewest is None or time.monotonic() < since + CALM:
            descriptors = len(os.listdir(f"/proc/{self.process.pid}/fd"))
            if fewest is None or descriptors < fewest:
                fewest, since = descriptors, time.monotonic()
            time.sleep(0.05)
        return fewest

    def children(self):
        path = f"/proc/{self.process.pid}/task/{self.process.pid}/children"
        return pathlib.Path(path).read_text().split()

    def disturb(self, until, seed):
        chance = random.Random(seed)
        while time.monotonic() < until:
            self.give_order(chance)

    def disturb_by_many(self, seconds, seed):
        until = time.monotonic() + seconds
        failures = []

        def disturb(own):
            try:
                self.disturb(until, own)
            except Exception as failure:  # told by the main thread
                failures.append(failure)

        threads = [threading.Thread(target=disturb, args=[seed + n]) for n in range(4)]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
        if failures:
            raise failures[0]

    def end(self, by_order):
        if by_order:
            self.ask("shutdown", targets=[])
        else:
            self.process.send_signal(signal.SIGTERM)
        code = self.process.wait(PATIENCE)
        self.lines.thread.join(PATIENCE)
        return code

    def life(self):
        try:
            return f"ended with {self.process.wait(1)}"
        except subprocess.TimeoutExpired:
            return "is running"

    def kill(self):
        """Nothing is left of it, whatever went wrong."""
        if self.process.poll() is None:
            self.process.kill()
            self.process.wait()
        for path in pathlib.Path("/proc").glob("[0-9]*/environ"):
            try:
                if f"PMX_CONTROL={self.control}\0".encode() in path.read_bytes():
                    os.kill(int(path.parent.name), signal.SIGKILL)
            except OSError:
                pass


def check(soak, minutes, seed):
    problems = []
    soak.await_up()
    soak.disturb_by_many(min(60.0, minutes * 20), seed)
    before = soak.at_rest()
    soak.ask("start", targets=["all"])
    soak.disturb_by_many(minutes * 60 - min(60.0, minutes * 20), seed + 100)
    after = soak.at_rest()
    print(f"at rest: {before[0]} descriptors and {before[1]} kB, then {after[0]} and {after[1]} kB")
    if after[0] > before[0] + JUST_CLOSED:
        problems.append("there are more descriptors than before")
    if after[1] > before[1] + MOST_GROWTH_KB:
        problems.append("it has grown")
    soak.ask("start", targets=["all"])
    code = soak.end(by_order=seed % 2 == 1)
    if code not in (0, 1, 2, 3, 137, 139):  # one had just ended by itself; who is deaf was killed
        problems.append(f"ended with {code}")
    lines = soak.lines
    print(f"{lines.count} records, {len(lines.next)} processes, {lines.by_themselves} of them ended by "
          f"themselves; orders: {dict(soak.asked)}")
    missing = [order for order in ORDERS if not soak.asked[order]]
    if missing:
        problems.append(f"never asked: {missing}")
    return problems + lines.problems[:20]


def main():
    program, unruly = (os.path.abspath(path) for path in sys.argv[1:3])
    minutes = float(sys.argv[3])
    seed = int(sys.argv[4]) if len(sys.argv) > 4 else random.randrange(1 << 30)
    print(f"seed {seed}", flush=True)
    with tempfile.TemporaryDirectory(prefix="pmx-soak-") as folder:
        os.chmod(folder, 0o755)  # another user works in it
        soak = Soak(program, unruly, pathlib.Path(folder))
        try:
            with contextlib.ExitStack() as beside:
                stalled = [beside.enter_context(Stalled(program, pathlib.Path(folder) / name, name == "full"))
                           for name in ("unread", "full")]
                problems = check(soak, minutes, seed)
                for one in stalled:
                    problems += one.problems()
        except Exception:
            print(f"pmx-init {soak.life()}", flush=True)
            raise
        finally:
            soak.kill()
    print("\n".join(problems) or "soak: nothing to complain about")
    return bool(problems)


if __name__ == "__main__":
    sys.exit(main())
