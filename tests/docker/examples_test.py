"""The Dockerfiles of the examples, built and run as their first lines say."""

import os
import time

import container
from case import ContainerTest
from container import PATIENCE

ROOT_FOLDER = os.path.join(os.path.dirname(__file__), "..", "..")
OFTEN = ("--health-cmd", "pmx-init healthcheck", "--health-interval", "1s")


class ReleaseBinaryInExamples(ContainerTest):
    def comes_up(self, name, *options):
        image = f"pmx-init-test-example-{name}"
        self.engine.call(
            "build", "--tag", image, "--file", f"examples/{name}/Dockerfile", ".", cwd=ROOT_FOLDER
        )
        started = container.Container(self.engine, image, options=(*OFTEN, *options))
        self.addCleanup(started.__exit__)
        give_up_at = time.monotonic() + PATIENCE
        while (state := started.inspect("{{.State.Health.Status}}")) != "healthy":
            self.assertLess(time.monotonic(), give_up_at, state)
            time.sleep(0.1)
        started.stop(patience=30)
        self.assertEqual(started.exit_code(), 0)

    def test_migration(self):
        self.comes_up("migration")

    def test_secrets(self):
        secrets = os.path.abspath(os.path.join(ROOT_FOLDER, "examples", "secrets", "secrets"))
        self.comes_up("secrets", "--volume", f"{secrets}:/run/secrets:ro")
