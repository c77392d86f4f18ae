"""What a *.config.js sets in `process.env` while it is evaluated: apps inherit it, and who asks is told
where it came from."""

import json
import re
import signal
import subprocess

from manifest_case import ControlCase
from support import OWN, Init, main, program

TELLS = ["sh", "-c", 'echo "up $LEVEL $TOKEN $OWN $SHOWN"; exec sleep 1000']
APPS = {"apps": [{"name": "api", "command": TELLS, "env": {"OWN": "of-env", "SHOWN": "<${TOKEN}>"}}]}


class Evaluated(ControlCase):
    def setUp(self):
        super().setUp()
        self.config = self.folder / "apps.config.js"

    def write(self, apps=APPS, **variables):
        sets = "".join(f"process.env.{name} = {json.dumps(value)};" for name, value in variables.items())
        self.config.write_text(f"{sets} module.exports = {json.dumps(apps)}")
        return str(self.config)

    def run_file(self, path):
        init = Init([program(OWN), "--control", self.control, "run", path],
                    env={"LEVEL": "inherited", "TOKEN": None})
        self.addCleanup(init.end)
        return init

    def expect_up(self, init, *words):
        record = self.until(init, '"msg":"up ')
        self.assertEqual(record["msg"].split()[1:], list(words))

    def test_an_es_module_has_nothing_of_commonjs(self):
        (self.folder / "package.json").write_text('{"type": "module"}')
        path = self.folder / "ecosystem.config.js"
        for text in ("module.exports = { apps: [] };", "export default { apps: [require('x')] };"):
            path.write_text(text)
            done = self.ask("check", str(path))
            self.assertEqual(done.returncode, 2)
            self.assertRegex(done.stderr, r"ReferenceError: (module|require) is not defined")

    def test_names_that_are_exported_count_before_the_default(self):
        path = self.folder / "ecosystem.config.mjs"
        for rest in ("", "export default { apps };", "export default 7;"):
            path.write_text(f"export const apps = [{{ name: 'api', command: 'true' }}]; {rest}")
            self.works("check", str(path))

    def test_typescript_where_node_knows_it(self):
        version = subprocess.run(["node", "-p", "process.features.typescript ? '' : process.version"],
                                 capture_output=True, text=True, check=True).stdout.strip()
        for ending, text in (("ts", "const many: number = 3;\nexport default { apps: [{ script: 'a.js', instances: many }] };"),
                             ("cts", "module.exports = { apps: [{ script: 'a.js' }] } as object;"),
                             ("mts", "export const apps: object[] = [{ script: 'a.js' }];")):
            with self.subTest(ending):
                path = self.folder / f"ecosystem.config.{ending}"
                path.write_text(text)
                if not version:
                    self.works("check", str(path))
                    continue
                done = self.ask("check", str(path))
                self.assertEqual(done.returncode, 2)
                self.assertRegex(done.stderr, r"SyntaxError: .*; Node reads TypeScript from 22\.18 or 23\.6 on, "
                                              rf"this is {re.escape(version)}\n$")
                self.assertNotIn("/modules/", done.stderr)  # where in node itself tells nobody anything

    def test_an_error_of_another_file_has_its_place_on_the_same_line(self):
        (self.folder / "lib.mjs").write_text("throw new Error('boom')")
        path = self.folder / "ecosystem.config.mjs"
        path.write_text("import './lib.mjs'; export const apps = [];")
        done = self.ask("check", str(path))
        self.assertEqual(done.returncode, 2)
        self.assertRegex(done.stderr, r"^\S+: cannot be evaluated: Error: boom \(file://\S+/lib\.mjs:1:7\)\n$")

    def test_infinity_is_a_problem_and_not_nothing(self):
        self.config.write_text("module.exports = { apps: [{ command: 'true', max_restarts: Infinity }] };")
        done = self.ask("check", str(self.config))
        self.assertEqual(done.returncode, 2)
        self.assertIn('apps[0].max_restarts: "Infinity"', done.stderr)

    def test_apps_inherit_it(self):
        init = self.run_file(self.write(LEVEL="debug", TOKEN="s3cret", OWN="of-file"))
        self.expect_up(init, "debug", "s3cret", "of-env", "<s3cret>")
        listed = {line.partition("=")[0] for line in self.works("env", "api").splitlines()
                  if f"<from {self.config}>" in line}
        self.assertEqual(listed, {"LEVEL", "TOKEN"})  # of the evaluation itself there is nothing

    def test_it_is_shown_as_its_source(self):
        trace = self.folder / "trace"
        init = Init([program(OWN), "--control", self.control, "--trace", str(trace), "run",
                     self.write(TOKEN="s3cret")], env={"LEVEL": "inherited"})
        self.addCleanup(init.end)
        self.expect_up(init, "inherited", "s3cret", "of-env", "<s3cret>")
        told = json.loads(self.works("env", "api", "--json"))[0]["env"]
        self.assertEqual(told["TOKEN"], {"evaluated": str(self.config)})
        self.assertEqual(told["SHOWN"], {"filled_in": "<${TOKEN}>"})
        self.assertIn("TOKEN=s3cret", self.works("env", "api", "--show-secrets").splitlines())
        for command in ("save", "describe api --json"):
            self.assertNotIn("s3cret", self.works(*command.split()))
        self.assertNotIn("s3cret", trace.read_text())

    def test_what_is_saved_has_it_again(self):
        first = self.run_file(self.write(TOKEN="s3cret", LEVEL="debug"))
        self.expect_up(first, "debug", "s3cret", "of-env", "<s3cret>")
        saved = self.folder / "saved.json"
        saved.write_text(self.works("save"))
        self.assertEqual(json.loads(saved.read_text())["apps"][0]["env_file"], [str(self.config)])
        self.works("shutdown")
        self.assertEqual(first.exit_code(), 0)
        self.expect_up(self.run_file(str(saved)), "debug", "s3cret", "of-env", "<s3cret>")
        self.works("apply", str(saved))
        self.assertEqual(json.loads(self.works("list", "--json"))[0]["restarts"], 0)

    def test_a_filter_leaves_it_out_too(self):
        apps = {"apps": [{**APPS["apps"][0], "filter_env": ["TOK", "LEV"]}]}
        init = self.run_file(self.write(apps, TOKEN="s3cret", OWN="of-file"))
        self.expect_up(init, "of-env", "<>")

    def test_hangup_and_apply_evaluate_it_anew(self):
        init = self.run_file(self.write(TOKEN="first"))
        self.expect_up(init, "inherited", "first", "of-env", "<first>")
        self.write(TOKEN="second")
        init.signal(signal.SIGHUP)
        self.expect_up(init, "inherited", "second", "of-env", "<second>")
        self.works("restart", "api", "--update-env")
        self.expect_up(init, "inherited", "second", "of-env", "<second>")
        self.assertIn(f"TOKEN=<from {self.config}>", self.works("env", "api").splitlines())
        self.works("apply", self.write(TOKEN="third"))
        self.expect_up(init, "inherited", "third", "of-env", "<third>")
        self.assertIn(f"TOKEN=<from {self.config}>", self.works("env", "api").splitlines())


if __name__ == "__main__":
    main()
