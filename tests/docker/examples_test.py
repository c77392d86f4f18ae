"""The Dockerfiles of the examples, built and run as their first lines say."""

import os

import container
from case import ContainerTest

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
        self.await_state(started, "{{.State.Health.Status}}", "healthy")
        started.stop(patience=30)
        self.assertEqual(started.exit_code(), 0)

    def test_migration(self):
        self.comes_up("migration")

    def test_secrets(self):
        secrets = os.path.abspath(os.path.join(ROOT_FOLDER, "examples", "secrets", "secrets"))
        self.comes_up("secrets", "--volume", f"{secrets}:/run/secrets:ro")
