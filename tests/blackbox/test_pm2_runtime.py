"""pmx-init under the name pm2-runtime: that program's arguments and defaults."""

import json
import pathlib
import signal

from manifest_case import ManifestCase
from support import Init, main, program


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

    def test_it_stops_with_an_interrupt(self):
        init = self.runtime("--json", self.script(
            "#!/bin/sh\ntrap 'echo INT; exit 0' INT\ntrap 'echo TERM; exit 0' TERM\necho up\n"
            "while :; do sleep 0.05; done\n"))
        init.stdout.until('"message":"up"')
        init.signal(signal.SIGTERM)
        init.stdout.until('"message":"INT"')
        self.assertEqual(init.exit_code(), 0)

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
        init.signal(signal.SIGUSR1)
        init.signal(signal.SIGTERM)
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
