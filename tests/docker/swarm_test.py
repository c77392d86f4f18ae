"""A rolling update of a Swarm service of two, under load through its published port."""

import os
import time

import container
from case import ContainerTest
from http_load import Load

PORT = 18_080
# Without a word behind it node makes no worker of a text.
APP = """require('http').createServer((request, response) => response.end(require('os').hostname()))
  .listen(8080, '0.0.0.0')"""
# As docs/containers.md has it: no task gets connections before it is healthy, and those of one that
# is to end are served until everybody knows that it is.
SERVICE = (
    "--replicas", "2", "--publish", f"{PORT}:8080", "--update-delay", "1s",
    "--stop-grace-period", "30s", "--health-cmd", "pmx-init healthcheck",
    "--health-interval", "1s", "--health-start-period", "30s",
)  # fmt: skip


class Swarm(ContainerTest):
    @classmethod
    def setUpClass(cls):
        state = cls.engine.call("info", "--format", "{{.Swarm.LocalNodeState}}").stdout.strip()
        if state != b"inactive":
            return  # it is somebody's, and stays
        cls.engine.call("swarm", "init", "--advertise-addr", "127.0.0.1")
        cls.addClassCleanup(cls.engine.call, "swarm", "leave", "--force")

    def serve(self, *options):
        """The service, and the address of the published port."""
        name = f"pmx-init-test-{os.getpid()}"
        self.addCleanup(self.remove, name)
        self.engine.call(
            "service", "create", "--quiet", "--name", name, "--container-label", container.LABEL,
            "--no-resolve-image", *SERVICE, "--entrypoint", "pmx-init", self.image,
            "-i", "2", *options, "--", "node", "-e", APP, "server",
        )  # fmt: skip
        gateway = "{{(index .IPAM.Config 0).Gateway}}"
        inspected = self.engine.call("network", "inspect", "docker_gwbridge", "--format", gateway)
        return name, inspected.stdout.decode().strip()

    def remove(self, name):
        """And its containers, which end by themselves."""
        self.engine.call("service", "rm", name)
        deadline = time.monotonic() + container.PATIENCE
        label = f"label=com.docker.swarm.service.name={name}"
        while self.engine.call("ps", "--all", "--quiet", "--filter", label).stdout:
            self.assertLess(time.monotonic(), deadline, "its containers are still there")
            time.sleep(0.2)

    def failures_of_an_update(self, *options):
        name, address = self.serve(*options)
        with Load(address, PORT, lambda body: body) as load:
            before = load.await_workers(2)
            self.engine.call("service", "update", "--quiet", "--env-add", "VERSION=2", name)
            load.await_workers(2, besides=before)
        return load.failures, load.answers.total()

    def test_with_a_drain_delay_nothing_fails(self):
        failures, answers = self.failures_of_an_update("--drain-delay", "5s")
        self.assertEqual(failures, [])
        self.assertGreater(answers, 100)

    def test_what_fails_without_one_is_printed(self):
        failures, answers = self.failures_of_an_update()
        print(f"==> without a drain delay: {len(failures)} of {answers} failed", flush=True)
        self.assertLess(len(failures), answers / 100)
