"""What the log looks like: the records of every format, of every kind of line."""

import os
import shutil
import subprocess
import tempfile

import records
from records import LINE_FIELDS, TIME, event, events, lines_of, parse_all
from support import ANYWHERE, FAKE_CHILD, OWN, SCRATCH, TestCase, called, main


class LogCase(TestCase):
    def log_of(self, options, command, **keywords):
        """(exit code, records) of a run in json mode; nothing may appear on stderr."""
        code, stdout, stderr = self.run_line(OWN, [*options, "--", *command], **keywords)
        self.assertEqual(stderr, "")
        return code, parse_all(stdout)

    def log_of_bytes(self, data, *options, stream="stdout"):
        """The records of an app that writes these bytes and ends well."""
        path = os.path.join(tempfile.mkdtemp(dir=SCRATCH), "bytes")
        with open(path, "wb") as file:
            file.write(data)
        command = ["sh", "-c", f"cat {path}{' >&2' if stream == 'stderr' else ''}"]
        code, found = self.log_of([*options, "--name", "app"], command)
        self.assertEqual(code, 0)
        return [record for record in found if record.get("stream") == stream]


class Fields(LogCase):
    def test_a_line_has_exactly_the_fields_of_the_specification(self):
        _, found = self.log_of([], [FAKE_CHILD, "say", "hello", "complain", "sorry"])
        out = next(record for record in found if record.get("stream") == "stdout")
        err = next(record for record in found if record.get("stream") == "stderr")
        for record in (out, err):
            self.assertEqual(list(record), LINE_FIELDS)
            self.assertRegex(record["time"], TIME)
            self.assertEqual(record["app"], "fake_child")
            self.assertEqual(record["instance"], 0)
            self.assertIsInstance(record["pid"], int)
        self.assertEqual((out["level"], out["msg"]), ("info", "hello"))
        self.assertEqual((err["level"], err["msg"]), ("error", "sorry"))

    def test_events_frame_the_lines_and_have_no_stream(self):
        _, found = self.log_of([], [FAKE_CHILD, "say", "hello", "exit", "3"])
        self.assertEqual([record.get("event", record.get("stream")) for record in found],
                         ["started", "stdout", "exited"])
        started, line, exited = found
        self.assertEqual(list(started), ["time", "level", "app", "instance", "pid", "event", "msg"])
        self.assertEqual(list(exited), ["time", "level", "app", "instance", "pid", "event", "code",
                                        "signal", "uptime_ms", "msg"])
        self.assertEqual((exited["level"], exited["code"], exited["signal"]), ("error", 3, None))
        self.assertEqual({started["pid"], exited["pid"]}, {line["pid"]})
        self.assertIsInstance(exited["uptime_ms"], int)
        self.assertIn("exited with code 3", exited["msg"])

    def test_an_end_by_signal_is_named(self):
        _, found = self.log_of([], [FAKE_CHILD, "die-of", "9"])
        exited = event(found, "exited")
        self.assertEqual((exited["code"], exited["signal"]), (None, "SIGKILL"))
        self.assertEqual(exited["level"], "error")

    def test_a_good_end_is_information(self):
        _, found = self.log_of([], [FAKE_CHILD])
        exited = event(found, "exited")
        self.assertEqual((exited["level"], exited["code"], exited["signal"]), ("info", 0, None))

    @called(OWN, places=ANYWHERE)
    def test_the_pid_is_what_the_child_calls_itself(self, name, pid1):
        init = self.start(name, [], "report-place say x", pid1=pid1)
        place = init.reports.place()
        _, stdout, _ = init.output()
        for record in parse_all(stdout):
            self.assertEqual(record["pid"], place["pid"])

    def test_jq_reads_it_without_a_filter(self):
        if shutil.which("jq") is None:
            self.skipTest("there is no jq here")
        _, stdout, _ = self.run_to_end(OWN, [], "print-lines 1000 complain x")
        read = subprocess.run(["jq", "-c", "."], input=stdout, capture_output=True, text=True,
                              check=True)
        self.assertEqual(len(read.stdout.splitlines()), 1000 + 3)

    def test_the_name_is_the_commands_or_the_scripts(self):
        folder = tempfile.mkdtemp(dir=SCRATCH)
        script = os.path.join(folder, "server.main.sh")
        with open(script, "w", encoding="utf-8") as file:
            file.write("exit 0\n")
        for options, command, wanted in (
                ([], [FAKE_CHILD], "fake_child"),
                ([], ["true"], "true"),
                ([], ["sh", script], "server.main"),
                (["--name", "api"], ["true"], "api"),
                (["--name", 'quo"ted'], ["true"], 'quo"ted')):
            with self.subTest(command=command, options=options):
                _, found = self.log_of(options, command)
                self.assertEqual({record["app"] for record in found}, {wanted})

    def test_the_name_of_a_node_script_is_the_scripts(self):
        node = shutil.which("node")
        if node is None:
            self.skipTest("there is no node here")
        path = os.path.join(tempfile.mkdtemp(dir=SCRATCH), "app.js")
        with open(path, "w", encoding="utf-8") as file:
            file.write("console.log('hi')\n")
        _, found = self.log_of([], [node, path])
        self.assertEqual({record["app"] for record in found}, {"app"})

    def test_quiet_leaves_the_apps_lines_alone(self):
        _, found = self.log_of(["-q"], [FAKE_CHILD, "say", "hello"])
        self.assertEqual(lines_of(found), ["hello"])
        self.assertEqual(events(found), [])

    def test_quiet_keeps_errors(self):
        _, found = self.log_of(["-q"], [FAKE_CHILD, "exit", "3"])
        self.assertEqual(events(found), ["exited"])


class AnyBytes(LogCase):
    def test_lines_and_line_ends(self):
        for data, wanted in (
                (b"a\nb\n", ["a", "b"]),
                (b"a\r\nb\r\n", ["a", "b"]),
                (b"a\rb\n", ["a\rb"]),
                (b"a\r\r\n", ["a\r"]),
                (b"no newline", ["no newline"]),
                (b"a\n\n\nb\n", ["a", "", "", "b"]),
                (b"\n", [""]),
                (b"", [])):
            with self.subTest(data=data):
                self.assertEqual([r["msg"] for r in self.log_of_bytes(data)], wanted)

    def test_what_is_not_utf_8_is_replaced_and_all_else_comes_through(self):
        for data in (b"plain", "grüße 안녕 🎉".encode(), b"\xff\xfe", b"a\xc3", b"\xe2\x82",
                     b"\xf0\x9f\x8e", b"\xed\xa0\x80", b"\xc0\xaf", b"a\xe2\x28\xa1b",
                     bytes(range(1, 10)) + bytes(range(11, 32)), b"nul\0nul", b'"quoted" \\ /',
                     b"\x7f\xc2\x80\xe2\x80\xa8", b"\x1b[31mred\x1b[0m"):
            with self.subTest(data=data):
                found = self.log_of_bytes(data + b"\n", "--json-lines", "wrap")
                self.assertEqual(found[0]["msg"], data.decode("utf-8", "replace"))

    def test_strip_ansi_takes_the_colours_away(self):
        found = self.log_of_bytes(b"\x1b[1;31mred\x1b[0m and \x1b]0;title\x07plain\n", "--strip-ansi")
        self.assertEqual(found[0]["msg"], "red and plain")

    def test_a_long_line_becomes_several_whole_records(self):
        text = "".join(chr(0xAC00 + i % 11172) for i in range(40000))
        for options, largest in (([], 16383), (["--max-record", "1K"], 1024),
                                 (["--max-record", "4000"], 4000)):
            with self.subTest(options=options):
                path = os.path.join(tempfile.mkdtemp(dir=SCRATCH), "bytes")
                with open(path, "w", encoding="utf-8") as file:
                    file.write(text + "\nshort\n")
                _, stdout, _ = self.run_line(OWN, [*options, "--", "cat", path])
                self.assertLessEqual(max(map(len, stdout.encode().splitlines())), largest)
                found = [r for r in parse_all(stdout) if "stream" in r]
                pieces = [r for r in found if "partial" in r]
                self.assertEqual("".join(r["msg"] for r in pieces), text)
                self.assertEqual(len({r["partial"]["id"] for r in pieces}), 1)
                self.assertEqual([r["partial"]["seq"] for r in pieces], list(range(len(pieces))))
                self.assertEqual([r["partial"]["last"] for r in pieces],
                                 [False] * (len(pieces) - 1) + [True])
                self.assertEqual(found[-1]["msg"], "short")
                self.assertNotIn("partial", found[-1])


class JsonLines(LogCase):
    LINE = b'{"level":30,"time":1700000000000,"pid":1,"hostname":"h","msg":"hi"}'

    def _only_line(self, data, *options):
        path = os.path.join(tempfile.mkdtemp(dir=SCRATCH), "bytes")
        with open(path, "wb") as file:
            file.write(data + b"\n")
        _, stdout, _ = self.run_line(OWN, ["-q", "--name", "app", *options, "--", "cat", path])
        self.assertEqual(stdout.count("\n"), 1)
        return stdout.rstrip("\n")

    def test_an_object_keeps_its_bytes_and_gets_what_it_lacks(self):
        got = self._only_line(self.LINE)
        self.assertTrue(got.startswith(self.LINE.decode()[:-1] + ","), got)
        record = records.parse(got)
        self.assertEqual(list(record), ["level", "time", "pid", "hostname", "msg", "app",
                                        "instance", "stream"])
        self.assertEqual((record["level"], record["pid"]), (30, 1))

    def test_msg_is_never_added(self):
        record = records.parse(self._only_line(b'{"a":1}'))
        self.assertEqual(list(record), ["a", "time", "level", "app", "instance", "pid", "stream"])
        record = records.parse(self._only_line(b"{}"))
        self.assertEqual(list(record), ["time", "level", "app", "instance", "pid", "stream"])

    def test_a_key_is_the_same_key_when_it_is_escaped(self):
        record = records.parse(self._only_line(b'{"\\u0061pp":"mine","le\\u0076el":"x"}'))
        self.assertEqual((record["app"], record["level"]), ("mine", "x"))

    def test_what_is_no_proper_object_is_text(self):
        for data in (b'{"a":1,"a":2}', b'{"a":1} x', b'x {"a":1}', b'{"a":}', b"[1]", b'"s"', b"{",
                     b'{"a":"\xff"}', b'{"a":' + b"[" * 70 + b"]" * 70 + b"}", b'{"a":01}',
                     b"{'a':1}", b'{"a":1,}', b'{"a":"\t"}'):
            with self.subTest(data=data):
                record = records.parse(self._only_line(data))
                self.assertEqual(list(record), LINE_FIELDS)
                self.assertEqual(record["msg"], data.decode("utf-8", "replace"))

    def test_wrap_makes_text_of_everything(self):
        for options in (["--json-lines", "wrap"], ["--json-lines=wrap"]):
            record = records.parse(self._only_line(self.LINE, *options))
            self.assertEqual(list(record), LINE_FIELDS)
            self.assertEqual(record["msg"], self.LINE.decode())


class SeveralLines(LogCase):
    STACK = (b"Error: boom\n    at one (/app/a.js:1:2)\n    at two (/app/b.js:3:4)\n")

    def test_a_stack_trace_on_stderr_is_one_record(self):
        found = self.log_of_bytes(b"before\n" + self.STACK + b"after\n", stream="stderr")
        self.assertEqual([r["msg"] for r in found],
                         ["before", self.STACK.decode().rstrip("\n"), "after"])

    def test_on_stdout_lines_stay_lines(self):
        found = self.log_of_bytes(self.STACK)
        self.assertEqual([r["msg"] for r in found], self.STACK.decode().splitlines())

    def test_off_keeps_lines_apart(self):
        found = self.log_of_bytes(self.STACK, "--multiline", "off", stream="stderr")
        self.assertEqual([r["msg"] for r in found], self.STACK.decode().splitlines())

    def test_indent_joins_what_is_indented(self):
        data = b"one\n  more\n\tmore\ntwo\n"
        found = self.log_of_bytes(data, "--multiline", "indent", stream="stderr")
        self.assertEqual([r["msg"] for r in found], ["one\n  more\n\tmore", "two"])

    def test_a_line_that_begins_no_block_is_not_held(self):
        # The child waits for a signal after its line: the record comes while it still does.
        init = self.start(OWN, ["-q"], "complain at-once report-signals-until 64")
        init.reports.ready()
        self.assertEqual(records.parse(init.stdout.until("at-once"))["msg"], "at-once")
        init.signal(64)
        self.assertEqual(init.exit_code(), 0)

    def test_a_line_that_could_begin_one_is_not_held_for_long(self):
        init = self.start_line(OWN, ["-q", "--", "sh", "-c", "echo 'Error: x' >&2; exec sleep 1000"])
        self.assertEqual(records.parse(init.stdout.next())["msg"], "Error: x")

    def test_the_crash_of_a_real_node_program_is_one_record(self):
        node = shutil.which("node")
        if node is None:
            self.skipTest("there is no node here")
        path = os.path.join(tempfile.mkdtemp(dir=SCRATCH), "app.js")
        with open(path, "w", encoding="utf-8") as file:
            file.write("console.error('before');\n"
                       "function fail() {\n"
                       "  throw Object.assign(new Error('boom'), {code: 'E_BOOM', more: {a: 1}});\n"
                       "}\n"
                       "fail();\n")
        code, found = self.log_of([], [node, path])
        self.assertEqual(code, 1)
        said = lines_of(found, "stderr")
        self.assertEqual(said[0], "before")
        self.assertEqual(len(said), 2, said)
        for part in (f"{path}:3", "throw Object.assign", "^", "Error: boom", "    at fail",
                     "code: 'E_BOOM'", "Node.js v"):
            self.assertIn(part, said[1])


class Text(LogCase):
    def test_a_line_is_prefixed_with_the_app(self):
        code, stdout, stderr = self.run_line(
            OWN, ["-q", "--log", "text", "--name", "api", "--", FAKE_CHILD, "say", "hello"])
        self.assertEqual((code, stdout, stderr), (0, "api[0] | hello\n", ""))

    def test_both_streams_are_there_and_the_events_too(self):
        _, stdout, stderr = self.run_line(
            OWN, ["--log", "text", "--name", "api", "--", FAKE_CHILD, "say", "hello", "complain",
                  "sorry", "exit", "3"])
        self.assertEqual(stderr, "")
        for part in ("api[0] | hello\n", "sorry\n", "exited with code 3"):
            self.assertIn(part, stdout)


class Raw(LogCase):
    def test_bytes_are_not_touched_and_streams_not_mixed(self):
        code, stdout, stderr = self.run_to_end(OWN, ["--log", "raw"],
                                               "say hello complain sorry print x exit 3")
        self.assertEqual((code, stdout, stderr), (3, "hello\nx", "sorry\n"))


class SaidByPmxInit(LogCase):
    def test_everything_is_a_record_and_stderr_stays_empty(self):
        for options, command, code in (([], ["no-such-command"], 127), ([], ["/tmp"], 126),
                                       (["--cwd", "/no/such"], ["true"], 125),
                                       (["-v"], ["true"], 0), (["-vvv", "-w"], ["true"], 0)):
            with self.subTest(options=options, command=command):
                got, found = self.log_of(options, command)
                self.assertEqual(got, code)
                for record in found:
                    self.assertRegex(record["time"], TIME)
                    self.assertIn(record["level"], ("debug", "info", "warn", "error"))
                    self.assertIn("msg", record)

    def test_verbose_says_that_it_became_a_subreaper(self):
        _, found = self.log_of(["-v"], ["true"])
        self.assertIn("orphans", event(found, "subreaper")["msg"])
        _, found = self.log_of([], ["true"])
        self.assertNotIn("subreaper", events(found))

    def test_verbose_says_which_variables_it_ignored(self):
        env = {"PMX_PORT": "tcp://10.0.0.1:80"}
        _, found = self.log_of(["-v"], ["true"], env=env)
        self.assertTrue(any("PMX_PORT" in record["msg"] for record in found), found)
        _, found = self.log_of([], ["true"], env=env)
        self.assertFalse(any("PMX_PORT" in record["msg"] for record in found), found)


if __name__ == "__main__":
    main()
