"""A cluster of workers of node, and clients of it."""

import http.client
import signal

from manifest_case import ControlCase, free_port
from http_load import Load  # of tests/support, which manifest_case makes known
from processes import wait_until
from support import PATIENCE

WHO = """
const http = require('http');
const cluster = require('cluster');
const who = () => `${process.pid} ${cluster.worker.id} ${process.env.NODE_APP_INSTANCE}`;
"""
APP = WHO + """
http.createServer((request, response) => response.end(who())).listen(+process.env.PORT);
"""


class ClusterCase(ControlCase):
    def cluster(self, source, instances=2, **keys):
        self.script = self.folder / "app.js"
        self.script.write_text(source)
        self.port = free_port()
        app = {"name": "c", "script": str(self.script), "instances": instances,
               "exec_mode": "cluster", "listen_timeout": "1m", **keys}
        app["env"] = {"PORT": self.port, **keys.get("env", {})}
        return app

    def ready(self, app, workers=None, **more):
        init = self.init(app, **more)
        for _ in range(workers or app["instances"]):
            self.until(init, '"event":"ready"')
        return init

    def load(self, **how):
        """Of workers whose answers begin with their pids."""
        return Load("127.0.0.1", self.port, lambda body: body.split()[0], **how)

    def get(self, port=None, headers=None, source=None):
        connection = http.client.HTTPConnection("127.0.0.1", port or self.port, timeout=PATIENCE,
                                                source_address=source and (source, 0))
        connection.request("GET", "/", headers={"Connection": "close", **(headers or {})})
        answer = connection.getresponse().read().decode()
        connection.close()
        return answer

    def both(self):
        """The pids of two workers, where the kernel chooses as it likes who answers."""
        pids = set()

        def have_answered():
            pids.add(int(self.get().split()[0]))
            return len(pids) > 1

        wait_until(have_answered, "two workers have answered")
        return pids

    def end(self, init, code=0):
        init.signal(signal.SIGTERM)
        self.assertEqual(init.output()[0], code)
