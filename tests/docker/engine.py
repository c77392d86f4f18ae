"""A Docker engine to test with: the one that is up, or one that lives as long as this run."""

import os
import shutil
import subprocess
import time


# In the order of their starts; see stop_all().
_started = []
# What else is to be undone at the end of a run, however that comes.
at_end = []


class CannotStart(Exception):
    """No engine, and the reason in words a person can act on."""


class Engine:
    """One dockerd and the client that talks to it."""

    def __init__(self, host=None):
        self.host = host
        self.daemon = None
        self.log_path = None

    def command(self, *words):
        """The argument list that runs the client against this engine."""
        return ["docker", *(["--host", self.host] if self.host else []), *words]

    def call(self, *words, check=True, **options):
        """Runs the client to its end and returns what subprocess.run does, as bytes."""
        options.setdefault("timeout", 300)
        done = subprocess.run(self.command(*words), capture_output=True, **options)
        if check and done.returncode != 0:
            raise RuntimeError(
                f"docker {' '.join(words)}: exit code {done.returncode}\n"
                f"{done.stdout.decode(errors='replace')[-3000:]}"
                f"{done.stderr.decode(errors='replace')[-3000:]}"
            )
        return done

    def answers(self):
        return self.call("version", "--format", "{{.Server.Version}}", check=False).returncode == 0

    def start(self, log_path, *options, within=()):
        """Starts a dockerd, by the command `within` where one is given, and waits until it answers."""
        if shutil.which("dockerd") is None:
            raise CannotStart("dockerd is not installed (Debian: apt-get install docker.io)")
        if os.geteuid() != 0:
            raise CannotStart("no Docker engine answers, and only root can start one")
        self.log_path = log_path
        with open(log_path, "wb") as log:
            # A session of its own: Ctrl-C at the terminal ends the tests first, the engine after them.
            self.daemon = subprocess.Popen(
                [*within, "dockerd", "--log-level", "warn", *options],
                stdin=subprocess.DEVNULL,
                stdout=log,
                stderr=log,
                start_new_session=True,
            )
        _started.append(self)
        deadline = time.monotonic() + 120
        while not self.answers():
            if self.daemon.poll() is not None:
                raise CannotStart(
                    f"dockerd ended with exit code {self.daemon.returncode}:\n"
                    f"{self.last_words()}"
                )
            if time.monotonic() > deadline:
                self.stop()
                raise CannotStart(f"dockerd did not answer within 2 minutes:\n{self.last_words()}")
            time.sleep(0.1)

    def last_words(self):
        with open(self.log_path, encoding="utf-8", errors="replace") as log:
            return "".join("  " + line for line in log.readlines()[-12:])

    def stop(self):
        """Ends the daemon if this object started it; an engine that was up before stays up."""
        if self.daemon is None:
            return
        self.daemon.terminate()
        try:
            self.daemon.wait(timeout=60)
        except subprocess.TimeoutExpired:
            self.daemon.kill()
            self.daemon.wait()
        self.daemon = None


def find_or_start(scratch):
    """The engine the environment points to, else one of our own with Docker's default places."""
    if shutil.which("docker") is None:
        raise CannotStart("docker is not installed (Debian: apt-get install docker.io)")
    engine = Engine()
    if not engine.answers():
        if elsewhere := os.environ.get("DOCKER_HOST"):
            raise CannotStart(f"nothing answers at DOCKER_HOST={elsewhere}")
        engine.start(os.path.join(scratch, "dockerd.log"))
    return engine


def start_with_init(scratch, init_path):
    """A second engine, apart from the first, that mounts init_path for `docker run --init`."""
    os.makedirs(scratch, exist_ok=True)
    engine = Engine(host=f"unix://{scratch}/docker.sock")
    engine.start(
        os.path.join(scratch, "dockerd.log"),
        "--host",
        engine.host,
        "--init-path",
        init_path,
        "--data-root",
        f"{scratch}/data",
        "--exec-root",
        f"{scratch}/exec",
        "--pidfile",
        f"{scratch}/docker.pid",
        "--bridge",
        "none",
        "--iptables=false",
        # "--bridge none" deletes docker0, which is the first engine's: it must not see it.
        within=("unshare", "--net"),
    )
    return engine


def stop_all():
    """For the end of a run: unittest leaves out its own clean-ups when a signal ends it."""
    while at_end:
        at_end.pop()()
    while _started:
        _started.pop().stop()
