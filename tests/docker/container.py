"""One container under test: start it, wait for what it says, stop it, read its log."""

import json
import os
import selectors
import subprocess
import time
import uuid

# Everything a run creates carries this label, so that only that is removed afterwards.
LABEL = f"pmx-init.test-run={os.getpid()}"

PATIENCE = 60  # seconds; only ever used up by a failing test


def remove_all(engine):
    """Removes the containers of this run, and nothing else."""
    ids = (
        engine.call("ps", "--all", "--quiet", "--filter", f"label={LABEL}").stdout.decode().split()
    )
    if ids:
        engine.call("rm", "--force", "--volumes", *ids)


def run(engine, image, *command, options=()):
    """A container from start to end: what `docker run --rm` gives a script. Bytes and exit code."""
    return engine.call(
        "run",
        "--rm",
        "--label",
        LABEL,
        *options,
        image,
        *command,
        check=False,
        stdin=subprocess.DEVNULL,
        timeout=PATIENCE,
    )


class Container:
    """A container in the background."""

    def __init__(self, engine, image, *command, options=()):
        self.engine = engine
        self.name = f"pmx-init-test-{uuid.uuid4().hex[:12]}"
        engine.call(
            "run", "--detach", "--name", self.name, "--label", LABEL, *options, image, *command
        )

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.engine.call("rm", "--force", "--volumes", self.name, check=False)

    def inspect(self, template):
        return self.engine.call("inspect", "--format", template, self.name).stdout.decode().strip()

    def address(self):
        return self.inspect("{{.NetworkSettings.IPAddress}}")

    def exec(self, *command, options=(), check=True):
        return self.engine.call(
            "exec", *options, self.name, *command, check=check, timeout=PATIENCE
        )

    def signal(self, name):
        self.engine.call("kill", "--signal", name, self.name)

    def stop(self, patience=10):
        """`docker stop`: SIGTERM, then SIGKILL after `patience` seconds. Returns how long it took."""
        before = time.monotonic()
        self.engine.call("stop", "--time", str(patience), self.name)
        return time.monotonic() - before

    def exit_code(self):
        """Waits for the end."""
        return int(self.engine.call("wait", self.name, timeout=PATIENCE).stdout)

    def output(self):
        return self.engine.call("logs", self.name).stdout

    def errors(self):
        return self.engine.call("logs", self.name).stderr

    def records(self):
        """`docker logs | jq`: every line must be a JSON document."""
        output = self.output()
        jq = subprocess.run(
            ["jq", "--compact-output", "."], input=output, capture_output=True, timeout=PATIENCE
        )
        if jq.returncode != 0:
            raise AssertionError(
                f"jq: {jq.stderr.decode()}\n{output.decode(errors='replace')[-2000:]}"
            )
        documents = [json.loads(line) for line in jq.stdout.splitlines()]
        if len(documents) != output.count(b"\n"):
            raise AssertionError(f"{len(documents)} documents in {output.count(10)} lines")
        return documents

    def messages(self):
        """What the application said, without pmx-init's own events."""
        return [record["msg"] for record in self.records() if "stream" in record]

    def events(self):
        return [record for record in self.records() if "stream" not in record]

    def await_output(self, text, times=1):
        """Returns when `text` has been in the output `times` times; fails when the app ends first."""
        wanted = text.encode()
        follow = subprocess.Popen(
            self.engine.command("logs", "--follow", self.name),
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
        )
        seen = b""
        try:
            with selectors.DefaultSelector() as ready:
                ready.register(follow.stdout, selectors.EVENT_READ)
                deadline = time.monotonic() + PATIENCE
                while seen.count(wanted) < times:
                    if not ready.select(max(0.0, deadline - time.monotonic())):
                        raise AssertionError(
                            f"{text!r} did not come in {PATIENCE} s, but:\n{seen.decode(errors='replace')}"
                        )
                    chunk = os.read(follow.stdout.fileno(), 65536)
                    if not chunk:
                        raise AssertionError(
                            f"the container ended without {text!r}:\n{seen.decode(errors='replace')}"
                        )
                    seen += chunk
        finally:
            follow.terminate()
            follow.stdout.close()
            follow.wait()
