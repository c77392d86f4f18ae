"""A rolling update of a Swarm service of two, under load of clients that know it by its name."""

import json
import os
import pathlib
import subprocess
import threading
import time

import container
import engine as engines
from case import ROOT, ContainerTest

CLIENT = (pathlib.Path(__file__).parent / "swarm_client.js").read_text(encoding="utf-8")
# Without a word behind it node makes no worker of a text.
SERVER = """require('http').createServer((request, response) => response.end(require('os').hostname()))
  .listen(8080, '0.0.0.0')"""
# As docs/containers.md has it: no task is found before it is healthy, and one that is to end goes on
# until nobody finds it any more. The name leads to the tasks, not to an address of the service's own:
# kernels without IPVS have no such.
SERVICE = (
    "--replicas", "2", "--endpoint-mode", "dnsrr", "--update-delay", "1s",
    "--stop-grace-period", "30s", "--health-cmd", "pmx-init healthcheck",
    "--health-interval", "1s", "--health-start-period", "30s",
)  # fmt: skip


class Swarm(ContainerTest):
    @classmethod
    def setUpClass(cls):
        state = cls.engine.call("info", "--format", "{{.Swarm.LocalNodeState}}").stdout.strip()
        if state == b"inactive":  # else it is somebody's, and stays
            cls.engine.call("swarm", "init", "--advertise-addr", "127.0.0.1")
            engines.at_end.append(lambda: cls.engine.call("swarm", "leave", "--force", check=False))
        cls.network = f"pmx-init-test-{os.getpid()}"
        cls.engine.call("network", "create", "--driver", "overlay", "--attachable", cls.network)
        engines.at_end.append(lambda: cls.engine.call("network", "rm", cls.network, check=False))

    def serve(self, *options):
        self.engine.call(
            "service", "create", "--quiet", "--name", "web", "--container-label", container.LABEL,
            "--no-resolve-image", "--network", self.network, *SERVICE, "--entrypoint", "pmx-init",
            self.image, "-i", "2", *options, "--", "node", "-e", SERVER, "server",
        )  # fmt: skip
        self.addCleanup(self.remove)

    def remove(self):
        """And its containers, which end by themselves."""
        self.engine.call("service", "rm", "web")
        deadline = time.monotonic() + container.PATIENCE
        label = "label=com.docker.swarm.service.name=web"
        while self.engine.call("ps", "--all", "--quiet", "--filter", label).stdout:
            self.assertLess(time.monotonic(), deadline, "its containers are still there")
            time.sleep(0.2)

    def result_of_an_update(self, *options):
        self.serve(*options)
        command = self.engine.command(
            "run", "--rm", "--interactive", "--label", container.LABEL, "--network", self.network,
            *ROOT, "--entrypoint", "node", self.image, "-e", CLIENT,
        )  # fmt: skip
        with subprocess.Popen(
            command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True
        ) as client:
            give_up = threading.Timer(4 * container.PATIENCE, client.kill)
            give_up.start()
            before = {client.stdout.readline() for _ in range(2)}
            self.engine.call("service", "update", "--quiet", "--env-add", "VERSION=2", "web")
            after = {client.stdout.readline() for _ in range(2)}
            client.stdin.close()
            give_up.cancel()
            said = client.stdout.read()
        self.assertEqual(len(before | after), 4, said)
        return json.loads(said)

    def test_with_a_drain_delay_nothing_fails(self):
        result = self.result_of_an_update("--drain-delay", "5s")
        self.assertEqual(result["failures"], [])
        self.assertGreater(sum(result["answers"].values()), 100)

    def test_what_fails_without_one_is_printed(self):
        result = self.result_of_an_update()
        failed, answered = len(result["failures"]), sum(result["answers"].values())
        print(f"==> without a drain delay: {failed} of {failed + answered} failed", flush=True)
        self.assertLess(failed, answered / 100)
