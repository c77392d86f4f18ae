"""The file that workers load before the app. Needs node."""

import json
import os
import pathlib
import stat
import subprocess

from cluster_case import APP, WHO, ClusterCase
from support import OWN, Init, main, program

FOLDER = pathlib.Path("/dev/shm")
OPTIONS = WHO + """
http.createServer((request, response) =>
  response.end(JSON.stringify([process.env.NODE_OPTIONS || null, process.execArgv])))
  .listen(+process.env.PORT);
"""
NO_FOLDERS = """
mount -t tmpfs -o ro none /dev/shm && mount -t tmpfs -o ro none /run &&
mount --bind /tmp /tmp && mount -o remount,ro,bind /tmp && exec "$@"
"""


class Preload(ClusterCase):
    def setUp(self):
        super().setUp()
        # Somebody of the same pid may have been killed before it could remove its file.
        self.there_before = set(FOLDER.iterdir())

    def files_of(self, init):
        return list(set(FOLDER.glob(f"pmx-init-{init.process.pid}-*.cjs")) - self.there_before)

    def test_nobody_can_write_it_and_it_goes_with_us(self):
        umask = os.umask(0o000)
        self.addCleanup(os.umask, umask)
        init = self.ready(self.cluster(APP))
        (file,) = self.files_of(init)
        self.assertEqual(stat.S_IMODE(file.stat().st_mode), 0o444)
        self.end(init)
        self.assertFalse(file.exists())

    def test_it_is_written_anew_where_somebody_has_removed_it(self):
        init = self.ready(self.cluster(APP))
        (file,) = self.files_of(init)
        file.unlink()
        self.works("reload", "c")
        self.assertEqual(len(self.files_of(init)), 1)
        self.end(init)

    def test_where_nothing_can_be_written_one_warning_says_so(self):
        app = self.cluster(APP)
        path = self.folder / "apps.json"
        path.write_text(json.dumps({"apps": [app]}))
        init = Init(["unshare", "--mount", "sh", "-c", NO_FOLDERS, "sh", program(OWN),
                     "--control", self.control, "run", str(path)])
        self.addCleanup(init.end)
        for _ in range(2):
            self.until(init, '"event":"ready"')
        with self.load(keeps_alive=(False,)) as load:
            load.await_answers(50)
            self.works("reload", "c")
            load.await_answers(50)
        self.assertEqual(load.failures, [])
        init.signal(15)
        code, out, _ = init.output()
        self.assertEqual((code, out.count('"event":"preload"')), (0, 1))

    def test_node_may_read_it_where_it_asks_for_every_file(self):
        has_stable_name = "--permission" in subprocess.run(
            ["node", "--help"], capture_output=True, text=True, check=True).stdout.split()
        flag = "--permission" if has_stable_name else "--experimental-permission"
        app = self.cluster(OPTIONS, node_args=[flag, f"--allow-fs-read={self.folder}/*"])
        init = self.ready(app)
        options, _ = json.loads(self.get())
        self.assertIsNone(options)
        self.works("reload", "c")
        self.end(init)


class Policy(ClusterCase):
    def test_node_s_own_variable_means_shared(self):
        init = self.ready(self.cluster(APP, env={"NODE_CLUSTER_SCHED_POLICY": "none"}))
        for _ in range(8):
            self.get()
        listed = json.loads(self.works("list", "--json"))
        self.assertEqual([one["connections"] for one in listed], [0, 0])
        self.end(init)


if __name__ == "__main__":
    main()
