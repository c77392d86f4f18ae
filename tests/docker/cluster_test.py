"""A cluster in a container: as many workers as it may use processors, reloaded by `docker exec`."""

import json
import os

from case import ContainerTest
from http_load import Load

PORT = 8080


class Cluster(ContainerTest):
    def workers(self, limits):
        """A container whose cluster has as many as these limits allow."""
        started = self.start(
            "-i", "max", "--", "node", "app.js", options=("--entrypoint", "pmx-init", *limits)
        )
        wanted = 2 if len(os.sched_getaffinity(0)) > 1 and "1.5" in limits else 1
        started.await_output('"event":"ready"', times=wanted)
        rows = json.loads(started.exec("pmx-init", "list", "--json").stdout)
        self.assertEqual(len(rows), wanted)
        self.assertEqual({row["mode"] for row in rows}, {"cluster"})
        return started, wanted

    def test_a_reload_under_load_loses_nothing(self):
        started, count = self.workers(("--cpus", "1.5"))
        with Load(started.address(), PORT, lambda body: json.loads(body)["pid"]) as load:
            before = load.await_workers(count)
            started.exec("pmx-init", "reload", "app")
            load.await_workers(count, besides=before)
        self.assertEqual(load.failures, [])
        started.stop(patience=30)
        self.assertEqual(started.exit_code(), 0)

    def test_half_a_processor_is_one_worker(self):
        started, _ = self.workers(("--cpus", "0.5"))
        started.stop(patience=30)
        self.assertEqual(started.exit_code(), 0)
