"""Containers that may do little: read-only, any user, few processes, little memory, no capabilities."""

from case import ContainerTest

F_GETPIPE_SZ = 1032
# Says how large its stdout is when it is asked to, with a signal.
PRINT_PIPE_SIZE = f"""
$| = 1; $SIG{{USR1}} = sub {{ print fcntl(STDOUT, {F_GETPIPE_SZ}, 0), "\\n"; exit }};
print "up\\n"; sleep 1 while 1
"""
DEFAULT_PIPE_SIZE = 65536


class Confinement(ContainerTest):
    def expect_normal_life(self, *options):
        """Output, a signal and the exit code work under these options of docker run."""
        app = self.start(
            "bash",
            "-c",
            "trap 'echo bye; exit 6' TERM; sleep infinity & echo up; id -u; echo oops >&2; wait",
            options=options,
        )
        app.await_output("up")
        app.stop(patience=60)
        self.assertEqual(app.exit_code(), 6)
        self.assertEqual(app.errors(), b"")
        return [(record["stream"], record["msg"]) for record in app.records() if "stream" in record]

    def test_a_read_only_root_file_system(self):
        self.expect_normal_life("--read-only")

    def test_a_user_that_is_in_no_file(self):
        for user in ("1234:0", "1987654321", "1000"):
            with self.subTest(user=user):
                said = self.expect_normal_life("--user", user)
                self.assertIn(("stdout", user.split(":")[0]), said)
                self.assertIn(("stderr", "oops"), said)

    def test_no_capabilities_at_all(self):
        for user in ("0", "1000"):
            with self.subTest(user=user):
                self.expect_normal_life("--cap-drop", "ALL", "--user", user)

    def test_everything_taken_away_at_once(self):
        self.expect_normal_life(
            "--read-only",
            "--cap-drop",
            "ALL",
            "--security-opt",
            "no-new-privileges",
            "--user",
            "54321:0",
            "--network",
            "none",
            "--memory",
            "64m",
        )

    def test_an_unprivileged_app_can_open_dev_stdout_and_dev_stderr(self):
        ended = self.run_to_end(
            "sh",
            "-c",
            "echo out > /dev/stdout; echo err > /dev/stderr",
            options=("--user", "1234:0"),
        )
        self.assertEqual(ended.returncode, 0, ended.stdout)
        self.assertIn(b'"msg":"out"', ended.stdout)
        self.assertIn(b'"msg":"err"', ended.stdout)

    def test_no_process_left_for_the_app_is_125_and_a_reason_instead_of_a_hang(self):
        ended = self.run_to_end("true", options=("--pids-limit", "1"))
        self.assertEqual(ended.returncode, 125, ended)
        record = self.only_record(ended.stdout)
        self.assertEqual(record["level"], "error")
        self.assertIn("resource temporarily unavailable", record["msg"].lower())

    def test_pipes_are_enlarged_only_where_memory_allows(self):
        for memory in ("32m", "63m"):
            self.assertEqual(self.pipe_size("--memory", memory), DEFAULT_PIPE_SIZE, memory)
        for memory in ("64m", "512m"):
            self.assertGreater(self.pipe_size("--memory", memory), DEFAULT_PIPE_SIZE, memory)

    def test_an_app_killed_for_its_memory_is_137(self):
        ended = self.run_to_end(
            "node",
            "-e",
            "const all = []; for (;;) all.push(Buffer.alloc(1 << 20, 1))",
            options=("--memory", "64m", "--memory-swap", "64m"),
        )
        self.assertEqual(ended.returncode, 137, ended)

    def pipe_size(self, *options):
        app = self.start("perl", "-e", PRINT_PIPE_SIZE, options=options)
        # The app starts first, its pipes are enlarged then. Once its output is read, that is done.
        app.await_output("up")
        app.signal("USR1")
        self.assertEqual(app.exit_code(), 0, app.output())
        return int(app.messages()[1])
