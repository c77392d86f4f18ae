"""What is executed for an app, and with which variables, as pm2 would have it."""

import json
import os
import shutil
import subprocess

from manifest_case import ManifestCase
from support import OWN, PATIENCE, Init, main, program



class Commands(ManifestCase):
    def file(self, name, text, mode=0o644):
        path = self.folder / name
        path.parent.mkdir(exist_ok=True)
        path.write_text(text)
        path.chmod(mode)
        return str(path)

    def asked(self, command, *apps, options=(), **top):
        path = self.folder / "apps.json"
        path.write_text(json.dumps({"apps": [{"cwd": str(self.folder), **app} for app in apps], **top}))
        return subprocess.run([program(OWN), command, str(path), *options], text=True, check=False,
                              stdin=subprocess.DEVNULL, capture_output=True, timeout=PATIENCE)

    def planned(self, *apps, options=(), **top):
        done = self.asked("plan", *apps, options=("--json", *options), **top)
        self.assertEqual((done.returncode, done.stderr), (0, ""))
        return json.loads(done.stdout)["apps"]

    def problem(self, *apps, options=(), **top):
        done = self.asked("check", *apps, options=options, **top)
        self.assertEqual((done.returncode, done.stdout), (2, ""))
        return done.stderr

    def says(self, *apps, variables=None, **top):
        """What the apps write, as they are run."""
        init = self.init(*({"cwd": str(self.folder), "autorestart": False, **app} for app in apps),
                         popen={"env": {"PYTHONUNBUFFERED": None, **(variables or {})}}, **top)
        code, records = self.records(init)
        self.assertEqual(code, 0, records)
        return [record["msg"] for record in records if "stream" in record]


class Variables(Commands):
    def test_the_working_directory_is_in_its_variable(self):
        (self.folder / "sub").mkdir()
        told = {"command": ["env"], "cwd": str(self.folder / "sub")}
        self.assertIn(f"PWD={self.folder}/sub", self.says(told))
        self.assertIn("PWD=mine", self.says({**told, "env": {"PWD": "mine"}}))
        self.assertNotIn("PWD", {line.partition("=")[0] for line in self.says({**told, "filter_env": True})})

    def test_port_wins_over_env_and_the_chosen_one_over_both(self):
        app = {"script": "echo $PORT", "port": 4000, "env": {"PORT": 3000}, "env_x": {"PORT": 5000}}
        self.assertEqual(self.says(app), ["4000"])
        self.assertEqual(self.says(app, options=("--env", "x")), ["5000"])


if __name__ == "__main__":
    main()
