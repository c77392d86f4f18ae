"""pmx-init under the name pm2-runtime: that program's arguments and defaults."""

import json
import os
import pathlib
import signal
import subprocess
import time

from manifest_case import ManifestCase
from support import PATIENCE, Init, main, program


class Pm2Runtime(ManifestCase):
    def runtime(self, *words):
        init = Init([program("pm2-runtime"), *words], cwd=self.folder)
        self.addCleanup(init.end)
        return init

    def script(self, text, name="app.sh"):
        path = self.folder / name
        path.write_text(text)
        path.chmod(0o755)
        return str(path)

    def test_a_script_runs_with_its_arguments_and_its_bytes_unchanged(self):
        init = self.runtime("start", self.script("#!/bin/sh\necho \"$@\"; exit 3\n"), "--no-autorestart",
                            "--", "-x", "y z")
        code, out, _ = init.output()
        self.assertEqual((code, out), (3, "-x y z\n"))

    def test_json_is_lines_in_the_schema_of_pm2(self):
        init = self.runtime(self.script("#!/bin/sh\necho hello\n"), "--json", "--no-autorestart")
        code, out, err = init.output()
        self.assertEqual((code, err), (0, ""))
        records = [json.loads(line) for line in out.splitlines()]
        line, = [record for record in records if record["type"] == "out"]
        self.assertEqual((line["message"], line["app_name"], line["process_id"]), ("hello", "app", 0))

    def test_formatted_names_the_app_before_each_line(self):
        init = self.runtime("--formatted", self.script("#!/bin/sh\necho hello\n"), "-n", "api",
                            "--no-autorestart")
        self.assertIn("api", [line for line in init.output()[1].splitlines() if "hello" in line][0])

    def test_how_apps_fail_is_told_though_the_log_is_raw(self):
        path = self.folder / "apps.json"
        path.write_text(json.dumps([{"name": name, "command": ["sh", "-c", "exit 3"], "max_restarts": 2}
                                    for name in ("one", "two")]))
        code, out, err = self.runtime("apps.json").output()
        self.assertEqual((code, out), (3, ""))
        for name in ("one", "two"):
            said = [line for line in err.splitlines() if f"pmx-init: {name}[0]: exited with code 3" in line]
            self.assertEqual(len(said), 2, err)
            self.assertIn("given up after 2 runs", said[1])

    def test_raw_is_every_byte_as_it_is_and_nothing_of_ours(self):
        script = self.script("#!/bin/sh\nprintf '{\"a\":1}\\n\\377\\0no end'; printf 'err\\377' >&2\n")
        for words in ((), ("--raw",)):
            with self.subTest(words=words):
                done = subprocess.run([program("pm2-runtime"), *words, script, "--no-autorestart"],
                                      stdin=subprocess.DEVNULL, capture_output=True, check=False,
                                      timeout=PATIENCE)
                self.assertEqual((done.returncode, done.stdout, done.stderr),
                                 (0, b'{"a":1}\n\377\0no end', b"err\377"))

    def test_what_the_manifest_says_of_the_log_counts(self):
        (self.folder / "apps.json").write_text(json.dumps(
            {"apps": [{"name": "api", "command": "echo hello", "autorestart": False}],
             "log": {"format": "json"}}))
        code, out, err = self.runtime("apps.json").output()
        self.assertEqual((code, err), (0, ""))
        self.assertIn("hello", [json.loads(line)["msg"] for line in out.splitlines()])

    def test_format_is_formatted(self):
        init = self.runtime("--format", self.script("#!/bin/sh\necho hello\n"), "-n", "api",
                            "--no-autorestart")
        self.assertIn("api[0] | hello", init.output()[1].splitlines())

    def test_one_instance_is_one_process(self):
        script = self.script("#!/bin/sh\necho instance $NODE_APP_INSTANCE\n")
        for words in (("-i", "1"), ("--instances", "1"), ("--instances=1",)):
            with self.subTest(words=words):
                init = self.runtime("start", script, *words, "--no-autorestart")
                self.assertEqual(init.output(), (0, "instance 0\n", ""))

    def test_it_has_the_time_that_pm2_gives_until_sigkill(self):
        control = f"@pmx-init.test.{os.getpid()}.pm2"
        init = self.runtime("--json", "--control", control, self.script(
            "#!/bin/sh\ntrap '' INT\necho up\nwhile :; do sleep 0.05; done\n"))
        init.stdout.until('"message":"up"')
        described = subprocess.run([program("pmx-init"), "--control", control, "describe", "app",
                                    "--json"], capture_output=True, check=True, timeout=PATIENCE)
        app, = json.loads(described.stdout)
        self.assertEqual((app["kill_timeout_ms"], app["stop_signal"]), (1600, "SIGINT"))
        init.signal(signal.SIGTERM)
        self.until(init, '"status":"killed"')
        self.assertEqual(init.exit_code(), 137)

    def test_it_stops_with_an_interrupt(self):
        init = self.runtime("--json", self.script(
            "#!/bin/sh\ntrap 'echo INT; exit 0' INT\ntrap 'echo TERM; exit 0' TERM\necho up\n"
            "while :; do sleep 0.05; done\n"))
        init.stdout.until('"message":"up"')
        init.signal(signal.SIGTERM)
        init.stdout.until('"message":"INT"')
        self.assertEqual(init.exit_code(), 0)

    def test_several_stop_exit_codes(self):
        for words in (["--stop-exit-codes", "0", "64"], ["--stop-exit-codes=64"]):
            init = self.runtime(*words, self.script("#!/bin/sh\nexit 64\n"))
            self.assertEqual(init.output()[0], 64)

    def test_what_becomes_a_key(self):
        script = self.script("#!/bin/sh\npwd; echo bad >&2\n")
        out, err = self.folder / "out", self.folder / "err"
        (self.folder / "below").mkdir()
        init = self.runtime(script, "-o", str(out), "-e", str(err), "--cwd", str(self.folder / "below"),
                            "--uid", str(os.getuid()), "--gid", str(os.getgid()), "--namespace", "n",
                            "--max-memory-restart", "1G", "--no-treekill", "--watch", "--formatted",
                            "--v8", "--deep-monitoring", "--machine-name", "m", "--no-autorestart")
        self.assertEqual(init.output()[0], 0)
        written = [next(self.folder.glob(f"{name}*")).read_text() for name in ("out", "err")]
        self.assertEqual(written, [f"{self.folder / 'below'}\n", "bad\n"])
        code, _, stderr = self.runtime(script, "-c", "never").output()
        self.assertEqual(code, 2)
        self.assertIn("-c", stderr)

    def test_a_delay_is_waited_for(self):
        begun = time.monotonic()
        init = self.runtime("--delay", "1", self.script("#!/bin/sh\necho up\n"), "--no-autorestart")
        self.assertEqual(init.output()[:2], (0, "up\n"))
        self.assertGreaterEqual(time.monotonic() - begun, 1)

    def test_an_ecosystem_file_with_a_chosen_environment_and_app(self):
        (self.folder / "ecosystem.config.js").write_text(
            "module.exports = { apps: [{ name: 'a', script: 'app.sh', autorestart: false,"
            " env_production: { WHO: 'production' } }, { name: 'b', script: 'app.sh' }] }")
        self.script("#!/bin/sh\necho $name $WHO\n")
        init = self.runtime("start", "ecosystem.config.js", "--env", "production", "--only", "a")
        self.assertEqual(init.output()[:2], (0, "a production\n"))

    def test_no_auto_exit_goes_on_without_an_app(self):
        init = self.runtime(self.script("#!/bin/sh\nexit 0\n"), "--json", "--no-autorestart",
                            "--no-auto-exit")
        self.until(init, '"status":"exit"')
        init.signal(signal.SIGTERM)
        self.until(init, "SIGTERM")  # it is still there to say so
        self.assertEqual(init.exit_code(), 0)

    def test_options_of_the_paid_service_are_taken_and_mean_nothing(self):
        init = self.runtime("--secret", "x", "--public", "y", "--trace", "--no-autorestart",
                            self.script("#!/bin/sh\necho up\n"))
        self.assertEqual(init.output()[:2], (0, "up\n"))

    def test_what_is_wrong_is_said_and_ends_with_2(self):
        for words, sentence in ((["--delay", "soon", "app.js"], '--delay: "soon" is no number of seconds'),
                                (["app.js", "--instnaces", "2"], "did you mean --instances?"),
                                (["start"], "there is nothing to run"), (["app.js", "-n"], "-n: needs a value")):
            with self.subTest(words=words):
                code, out, err = self.runtime(*words).output()
                self.assertEqual((code, out), (2, ""))
                self.assertIn(sentence, err)

    def test_a_delay_may_be_interrupted(self):
        init = self.runtime("--delay", "1000", self.script("#!/bin/sh\n"))
        while "State:\tS" not in pathlib.Path(f"/proc/{init.pid}/status").read_text():
            pass  # until it sleeps, which it does when it hears signals
        init.signal(signal.SIGTERM)
        self.assertEqual(init.exit_code(), 128 + signal.SIGTERM)


if __name__ == "__main__":
    main()
