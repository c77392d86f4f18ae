"""What every container test stands on: the engine, the image under test, and short ways to use them."""

import json
import time
import unittest

import container
from container import PATIENCE

# Where the image under test has a test run as somebody else than its own user.
ROOT = ("--user", "0:0")


def _with_manifest(subcommand):
    return (
        "-c",
        f'printf %s "$MANIFEST" >/tmp/apps.json; exec pmx-init {subcommand} /tmp/apps.json',
    )


def _options_of(manifest, options):
    return (*ROOT, "--entrypoint", "sh", "--env", "MANIFEST=" + json.dumps(manifest), *options)


class ContainerTest(unittest.TestCase):
    """Set by `run`: a folder for the run, the engine, the image's name, and the binary in it."""

    scratch = None
    engine = None
    image = None
    binary = None

    def start(self, *command, options=()):
        """A container in the background; removed when the test ends."""
        started = container.Container(self.engine, self.image, *command, options=options)
        self.addCleanup(started.__exit__)
        return started

    def supervise(self, manifest, *options):
        """The image's pmx-init with this manifest, as root, in the background."""
        return self.start(*_with_manifest("run"), options=_options_of(manifest, options))

    def plan(self, manifest, *options):
        """What it would do with it."""
        planned = self.run_to_end(
            *_with_manifest("plan --json"), options=_options_of(manifest, options)
        )
        return json.loads(planned.stdout)

    def run_to_end(self, *command, options=()):
        return container.run(self.engine, self.image, *command, options=options)

    def await_state(self, started, template, wanted):
        give_up_at = time.monotonic() + PATIENCE
        while (state := started.inspect(template)) != wanted:
            self.assertLess(time.monotonic(), give_up_at, f"{state}, not {wanted}")
            time.sleep(0.1)

    def only_record(self, output):
        """The one JSON record that `output` must consist of."""
        lines = output.splitlines()
        self.assertEqual(len(lines), 1, output)
        return json.loads(lines[0])
