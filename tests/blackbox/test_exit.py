"""Exit codes: the command's own, those of a signal, remapped ones, and those of a failed start."""

import json
import os
import shutil
import signal
import tempfile

from support import (ANYWHERE, FAKE_CHILD, OWN, SCRATCH, Init, TestCase, called, main, program)

# The codes of each name when the command: cannot be executed, is not found, is no usage at all.
NOT_EXECUTABLE = {OWN: 126, "tini": 126, "dumb-init": 2, "catatonit": 1}
NOT_FOUND = {OWN: 127, "tini": 127, "dumb-init": 2, "catatonit": 1}
USAGE = {OWN: 2, "tini": 1, "dumb-init": 1, "catatonit": 1}
EVERY_NAME = (OWN, "tini", "dumb-init", "catatonit")

# Ends a process by default, without what a shell or the kernel may make of job control.
DEADLY = sorted({1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15, 16, 24, 25, 26, 27, 29, 30, 31,
                 *range(32, 65)})


class OfTheCommand(TestCase):
    @called(*EVERY_NAME)
    def test_every_code_of_the_command_is_our_code(self, name):
        for code in range(256) if name == OWN else (0, 1, 2, 3, 64, 125, 126, 127, 128, 143, 255):
            got, _, _ = self.run_to_end(name, [], f"exit {code}")
            self.assertEqual(got, code)

    @called(*EVERY_NAME)
    def test_a_signal_that_ends_the_command_gives_128_and_its_number(self, name):
        for number in DEADLY if name == OWN else (1, 2, 3, 6, 9, 11, 13, 15, 32, 34, 64):
            got, _, _ = self.run_to_end(name, [], f"die-of {number}")
            self.assertEqual(got, 128 + number, f"signal {number}")

    @called(*EVERY_NAME)
    def test_it_is_the_same_as_pid_1(self, name):
        for script, code in (("exit 0", 0), ("exit 1", 1), ("exit 255", 255),
                             ("die-of 9", 137), ("die-of 11", 139), ("die-of 64", 192)):
            got, _, _ = self.run_to_end(name, [], script, pid1=True)
            self.assertEqual(got, code, script)

    @called(*EVERY_NAME, places=ANYWHERE)
    def test_a_forwarded_term_that_ends_the_command_gives_143(self, name, pid1):
        init = self.start(name, [], "hold", pid1=pid1)
        init.reports.ready()
        init.signal(signal.SIGTERM)
        self.assertEqual(init.exit_code(), 143)

    @called(*EVERY_NAME, places=ANYWHERE)
    def test_an_earlier_end_of_another_child_changes_nothing(self, name, pid1):
        init = self.start(name, [], "orphan { exit 9 } fork { exit 8 } report-signals-until 10 exit 5",
                          pid1=pid1)
        init.reports.ready()
        init.signal(signal.SIGUSR1)
        self.assertEqual(init.exit_code(), 5)


class Remapping(TestCase):
    @called(OWN, "tini")
    def test_a_remapped_code_becomes_zero_and_all_others_stay(self, name):
        for options, child, code in (
                (["-e", "143"], "die-of 15", 0),
                (["-e", "143"], "exit 143", 0),
                (["-e", "143"], "exit 142", 142),
                (["-e", "1", "-e", "3", "-e", "255"], "exit 3", 0),
                (["-e", "1", "-e", "3", "-e", "255"], "exit 255", 0),
                (["-e", "1", "-e", "3", "-e", "255"], "exit 2", 2),
                (["-e", "0"], "exit 0", 0),
                (["-e143"], "die-of 15", 0)):
            with self.subTest(options=options, child=child):
                self.assertEqual(self.run_to_end(name, options, child)[0], code)

    @called("tini")
    def test_tini_remaps_its_own_failures_too(self, name):
        self.assertEqual(self.run_line(name, ["-e", "127", "--", "no-such-command"])[0], 0)

    @called(OWN)
    def test_the_long_option_and_the_variable_do_the_same(self, name):
        self.assertEqual(self.run_to_end(name, ["--remap-exit", "3"], "exit 3")[0], 0)
        self.assertEqual(self.run_to_end(name, ["--remap-exit=3"], "exit 3")[0], 0)
        for code in (3, 4):
            self.assertEqual(
                self.run_to_end(name, [], f"exit {code}", env={"PMX_REMAP_EXIT": "3 4"})[0], 0)

    @called(OWN, "tini")
    def test_a_code_that_is_none_is_a_usage_error(self, name):
        nothing = [""] if name == OWN else []  # tini takes it for 0
        for value in ("256", "-1", "x", "3x", "1,2", "99999999999999999999", *nothing):
            with self.subTest(value=value):
                code, _, stderr = self.run_to_end(name, ["-e", value], "exit 3")
                self.assertEqual(code, USAGE[name])
                self.assertIn("-e", stderr)


class FailedStart(TestCase):
    def setUp(self):
        self.folder = tempfile.mkdtemp(dir=SCRATCH)
        os.chmod(self.folder, 0o755)
        self._write("plain", "no program", 0o644)
        self._write("without-shebang", "exit 7\n", 0o755)
        self._write("empty", "", 0o755)
        self._write("with-shebang", "#!/bin/sh\nexit 9\n", 0o755)
        self._write("bad-interpreter", "#!/no/such/interpreter\n", 0o755)
        self._write("first/tool", "no program", 0o644)
        self._write("second/tool", "#!/bin/sh\nexit 9\n", 0o755)
        os.makedirs(self._path("third/tool"))
        os.symlink("loop", self._path("loop"))

    def _path(self, name):
        return os.path.join(self.folder, name)

    def _write(self, name, text, mode):
        os.makedirs(os.path.dirname(self._path(name)), exist_ok=True)
        with open(self._path(name), "w", encoding="utf-8") as file:
            file.write(text)
        os.chmod(self._path(name), mode)

    def _search(self, name, path, command="tool", cwd=None):
        return self.run_line(name, ["--", command], env={"PATH": path}, cwd=cwd)[0]

    @called(*EVERY_NAME)
    def test_what_is_not_there_is_not_found(self, name):
        for command in ("no-such-command", "./no-such-command", self._path("bad-interpreter")):
            with self.subTest(command=command):
                self.assertEqual(self.run_line(name, ["--", command])[0], NOT_FOUND[name])

    @called(*EVERY_NAME)
    def test_a_file_that_may_not_be_executed_and_a_directory_cannot_be(self, name):
        for command in (self._path("plain"), self.folder):
            with self.subTest(command=command):
                self.assertEqual(self.run_line(name, ["--", command])[0], NOT_EXECUTABLE[name])

    @called(*EVERY_NAME)
    def test_any_other_failure_of_exec_has_its_code_too(self, name):
        for command in (self._path("loop"), self._path("plain/below")):
            with self.subTest(command=command):
                expected = 1 if name.startswith("tini") else NOT_EXECUTABLE[name]
                self.assertEqual(self.run_line(name, ["--", command])[0], expected)

    @called("tini", "catatonit")
    def test_arguments_may_be_parted_from_the_program(self, name):
        code, stdout, _ = self.run_line(name, ["echo", "--", "x"])
        self.assertEqual((code, stdout), (0, "x\n"))

    @called(*EVERY_NAME)
    def test_a_script_without_shebang_is_run_by_the_shell(self, name):
        self.assertEqual(self.run_line(name, ["--", self._path("without-shebang")])[0], 7)
        self.assertEqual(self.run_line(name, ["--", self._path("empty")])[0], 0)
        self.assertEqual(self._search(name, self.folder, "without-shebang"), 7)

    @called(*EVERY_NAME)
    def test_the_search_goes_past_what_is_not_executable(self, name):
        for first in ("first", "third", "no-such-folder", "plain"):
            with self.subTest(first=first):
                path = f"{self._path(first)}:{self._path('second')}"
                self.assertEqual(self._search(name, path), 9)

    @called(*EVERY_NAME)
    def test_the_search_remembers_that_something_was_not_executable(self, name):
        path = f"{self._path('first')}:{self._path('empty-folder')}"
        self.assertEqual(self._search(name, path), NOT_EXECUTABLE[name])

    @called(*EVERY_NAME)
    def test_an_empty_part_of_the_path_is_the_current_folder(self, name):
        for path in ("", "/no-such-folder:", ":/no-such-folder", "/no-such::/folder"):
            with self.subTest(path=path):
                self.assertEqual(self._search(name, path, cwd=self._path("second")), 9)

    @called(*EVERY_NAME)
    def test_without_a_path_the_usual_folders_are_searched(self, name):
        code, _, _ = self.run_line(name, ["--", "sh", "-c", "exit 4"], env={"PATH": None})
        self.assertEqual(code, 4)
        code, _, _ = self.run_line(name, ["--", "tool"], env={"PATH": None},
                                   cwd=self._path("second"))
        self.assertEqual(code, NOT_FOUND[name])

    @called(*EVERY_NAME)
    def test_a_command_with_a_slash_is_not_searched(self, name):
        self.assertEqual(self._search(name, self._path("second"), "./tool", cwd=self.folder),
                         NOT_FOUND[name])

    @called(*EVERY_NAME)
    def test_no_command_and_an_unknown_option_are_usage_errors(self, name):
        for arguments in ([], ["--"], ["-%"], ["--no-such-option", "true"]):
            with self.subTest(arguments=arguments):
                code, stdout, stderr = self.run_line(name, arguments)
                self.assertEqual(code, USAGE[name])
                self.assertEqual(stdout, "")
                if not (name == "tini" and arguments == ["--"]):
                    self.assertNotEqual(stderr, "")

    @called(*EVERY_NAME)
    def test_a_failed_start_is_the_same_as_pid_1(self, name):
        self.assertEqual(self.run_line(name, ["--", "no-such-command"], pid1=True)[0],
                         NOT_FOUND[name])
        self.assertEqual(self.run_line(name, ["--", self._path("plain")], pid1=True)[0],
                         NOT_EXECUTABLE[name])

    @called("tini", "dumb-init", "catatonit")
    def test_under_another_name_too_the_cause_is_on_stderr(self, name):
        _, stdout, stderr = self.run_line(name, ["--", "no-such-command"])
        self.assertEqual(stdout, "")
        self.assertRegex(stderr.splitlines()[-1], rf"(?i){name}\b.*no such file or directory")


class SaidAboutAFailedStart(TestCase):
    """Under our own name: the stage and the cause, as a record in json mode and on stderr else."""

    CASES = (
        ([], ["no-such-command"], 127, ("no-such-command", "no such file or directory")),
        ([], ["/tmp"], 126, ("/tmp", "permission denied")),
        (["--cwd", "/no/such/folder"], ["true"], 125,
         ("changing directory to /no/such/folder", "no such file or directory")),
        (["--cpus", "1000"], ["true"], 125, ("processors 1000", "invalid argument")),
    )

    def test_the_stage_and_the_cause_are_named_in_a_record(self):
        for options, command, wanted, parts in self.CASES:
            with self.subTest(options=options, command=command):
                code, stdout, stderr = self.run_line(OWN, [*options, "--", *command])
                self.assertEqual((code, stderr), (wanted, ""))
                records = [json.loads(line) for line in stdout.splitlines()]
                self.assertTrue(any(record["level"] == "error" and
                                    all(part in record["msg"] for part in parts)
                                    for record in records), stdout)

    def test_the_stage_and_the_cause_are_named_on_stderr_in_the_other_modes(self):
        for mode in ("raw", "text"):
            for options, command, wanted, parts in self.CASES:
                with self.subTest(mode=mode, options=options, command=command):
                    code, stdout, stderr = self.run_line(
                        OWN, ["--log", mode, *options, "--", *command])
                    self.assertEqual(code, wanted)
                    for part in parts:
                        self.assertIn(part, stdout + stderr)

    def test_a_file_that_something_else_runs_has_its_line(self):
        with tempfile.TemporaryDirectory() as folder:
            for name, line in (("a.config.js", "run a.config.js"), ("apps.json", "run apps.json"),
                               ("app.js", "-- node app.js"), ("app.sh", "-- ./app.sh")):
                with open(os.path.join(folder, name), "w", encoding="ascii"):
                    pass
                init = Init([program(OWN), name], cwd=folder)
                self.addCleanup(init.end)
                code, out, _ = init.output()
                self.assertEqual(code, 127)
                self.assertIn(f"(write pmx-init {line})", json.loads(out)["msg"])

    def test_the_middle_of_a_long_path_is_left_out_and_the_cause_is_there(self):
        path = "/begin" + 1500 * "/x" + "/end"
        cause = "/end: no such file or directory"
        code, stdout, _ = self.run_line(OWN, ["--", path])
        message = json.loads(stdout)["msg"]
        self.assertEqual(code, 127)
        self.assertTrue(message.startswith("cannot start end: executing /begin/x/x"), message)
        self.assertTrue(message.endswith("/x" + cause), message)
        self.assertIn("…", message)
        for name, options in ((OWN, ["--log", "raw"]), ("tini", [])):
            with self.subTest(name=name):
                _, stdout, stderr = self.run_line(name, [*options, "--", path])
                self.assertEqual(stdout, "")
                self.assertTrue(stderr.endswith("/x" + cause + "\n"), stderr)

    def test_whatever_is_said_on_stderr_ends_with_a_newline(self):
        code, _, stderr = self.run_line(OWN, ["--log", "raw", "--env-file", 600 * "/x", "true"])
        self.assertEqual(code, 125)
        self.assertTrue(stderr.endswith("/x: no such file or directory\n"), stderr)

    def test_a_script_whose_interpreter_is_missing_is_not_missing_itself(self):
        folder = tempfile.mkdtemp(dir=SCRATCH)
        script = os.path.join(folder, "entry.sh")
        with open(script, "w", encoding="utf-8") as file:
            file.write("#!/no/such/shell\r\necho up\n")
        os.chmod(script, 0o755)
        path = f"{folder}:{os.environ['PATH']}"
        for options, command in (([], "entry.sh"), (["--cwd", folder], "./entry.sh")):
            with self.subTest(command=command):
                code, stdout, _ = self.run_line(OWN, [*options, "--", command], env={"PATH": path})
                self.assertEqual(code, 127)
                self.assertIn("the file is there, but not the interpreter", stdout)

    def test_nothing_is_started_when_a_stage_fails(self):
        marker = os.path.join(tempfile.mkdtemp(dir=SCRATCH), "ran")
        code, _, _ = self.run_line(OWN, ["--cwd", "/no/such/folder", "--", "touch", marker])
        self.assertEqual(code, 125)
        self.assertFalse(os.path.exists(marker))


class Versions(TestCase):
    def test_tini_prints_the_words_that_docker_parses(self):
        for name in ("tini", "tini-static"):
            self.assertEqual(self.run_line(name, ["--version"]),
                             (0, "tini version 0.19.0\n", ""))

    def test_dumb_init_prints_its_version_on_stderr(self):
        for option in ("-V", "--version"):
            self.assertEqual(self.run_line("dumb-init", [option]), (0, "", "dumb-init v1.2.5\n"))

    def test_catatonit_prints_what_podman_parses(self):
        for option in ("-V", "--version"):
            self.assertEqual(self.run_line("catatonit", [option]),
                             (0, "tini version 0.1.7_catatonit\n", ""))

    def test_our_own_version_is_one_line_on_stdout(self):
        code, stdout, stderr = self.run_line(OWN, ["--version"])
        self.assertEqual((code, stderr), (0, ""))
        self.assertRegex(stdout, r"^pmx-init \d+\.\d+\.\d+\n$")


class OtherNames(TestCase):
    """The names under which container engines mount an init."""

    @called("tini", "tini-static", "docker-init", "dumb-init", "catatonit", "podman-init", "init",
            places=ANYWHERE)
    def test_they_pass_the_bytes_through_and_keep_the_code(self, name, pid1):
        code, stdout, _ = self.run_to_end(name, [], "print bytes say ! exit 3", pid1=pid1)
        self.assertEqual((code, stdout), (3, "bytes!\n"))

    @called("docker-init")
    def test_a_copy_behaves_as_a_link_does(self, name):
        copy = os.path.join(tempfile.mkdtemp(dir=SCRATCH), name)
        shutil.copy(program(name), copy)
        init = Init([copy, "--", FAKE_CHILD, "say", "plain", "exit", "4"])
        self.addCleanup(init.end)
        code, stdout, _ = init.output()
        self.assertEqual((code, stdout), (4, "plain\n"))


if __name__ == "__main__":
    main()
