"""What every container test stands on: the engine, the image under test, and short ways to use them."""

import json
import unittest

import container

# Where the image under test has a test run as somebody else than its own user.
ROOT = ("--user", "0:0")


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

    def run_to_end(self, *command, options=()):
        return container.run(self.engine, self.image, *command, options=options)

    def only_record(self, output):
        """The one JSON record that `output` must consist of."""
        lines = output.splitlines()
        self.assertEqual(len(lines), 1, output)
        return json.loads(lines[0])
