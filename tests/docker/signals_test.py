"""Signals, exit codes and the processes that others leave behind, in a real container."""

from case import ContainerTest

SIGNALS = ["HUP", "INT", "QUIT", "USR1", "USR2", "ALRM", "WINCH", "CONT", "TERM", "RTMIN+3"]

# Says the name of each signal it gets. The trailing wait is what a signal interrupts.
LISTENER = (
    f"for name in {' '.join(SIGNALS)}; do trap \"echo got $name\" $name; done; "
    "sleep infinity & echo listening; while :; do wait $!; done"
)


class Signals(ContainerTest):
    def test_docker_kill_reaches_the_app_with_the_signal_it_names(self):
        app = self.start("bash", "-c", LISTENER)
        app.await_output("listening")
        for name in SIGNALS:
            with self.subTest(signal=name):
                app.signal(name)
                app.await_output(f"got {name}")
        app.signal("KILL")
        self.assertEqual(app.exit_code(), 137)
        self.assertEqual(app.messages(), ["listening"] + [f"got {name}" for name in SIGNALS])

    def test_docker_stop_ends_an_app_that_leaves_on_sigterm_at_once_and_with_its_code(self):
        app = self.start(
            "bash", "-c", "trap 'echo bye; exit 7' TERM; sleep infinity & echo up; wait"
        )
        app.await_output("up")
        self.assertLess(app.stop(patience=60), 60)
        self.assertEqual(app.exit_code(), 7)
        self.assertEqual(app.messages(), ["up", "bye"])

    def test_docker_stop_of_an_app_without_a_handler_gives_143(self):
        app = self.start("node", "-e", "console.log('up'); setInterval(() => {}, 1e6)")
        app.await_output("up")
        app.stop(patience=60)
        self.assertEqual(app.exit_code(), 143)

    def test_docker_stop_kills_an_app_that_ignores_sigterm_when_its_patience_ends(self):
        app = self.start("bash", "-c", "trap '' TERM; echo up; exec sleep infinity")
        app.await_output("up")
        app.stop(patience=1)
        self.assertEqual(app.exit_code(), 137)


class ExitCodes(ContainerTest):
    def test_the_exit_code_is_the_command_s_own(self):
        for code in (0, 1, 2, 42, 125, 255):
            with self.subTest(code=code):
                self.assertEqual(self.run_to_end("sh", "-c", f"exit {code}").returncode, code)

    def test_death_by_signal_is_128_and_the_signal(self):
        for name, code in (("KILL", 137), ("SEGV", 139), ("TERM", 143)):
            with self.subTest(signal=name):
                self.assertEqual(self.run_to_end("sh", "-c", f"kill -{name} $$").returncode, code)

    def test_remap_exit_makes_a_stop_by_signal_a_success(self):
        ended = self.run_to_end(
            "-e", "143", "--", "sh", "-c", "kill -TERM $$", options=("--entrypoint", "pmx-init")
        )
        self.assertEqual(ended.returncode, 0, ended.stderr)

    def test_a_command_that_cannot_start_is_one_record_with_the_reason(self):
        for command, code, reason in (
            ("/nowhere/app", 127, "no such file or directory"),
            ("/etc/passwd", 126, "permission denied"),
        ):
            with self.subTest(command=command):
                ended = self.run_to_end(command)
                self.assertEqual(ended.returncode, code)
                self.assertEqual(ended.stderr, b"")
                record = self.only_record(ended.stdout)
                self.assertEqual(record["level"], "error")
                self.assertIn(command, record["msg"])
                self.assertIn(reason, record["msg"].lower())


class Orphans(ContainerTest):
    COUNT_ZOMBIES = "grep -l '^State:.Z' /proc/[0-9]*/status 2>/dev/null | wc -l"

    def test_hundreds_of_orphans_leave_no_zombie(self):
        app = self.start(
            "bash", "-c", "for i in {1..500}; do (true &); done; echo done; exec sleep infinity"
        )
        app.await_output("done")
        # The last ones may still be on their way out: what counts is that none remains.
        app.exec("sh", "-c", f"until [ $({self.COUNT_ZOMBIES}) = 0 ]; do :; done")
        app.stop(patience=60)
        self.assertEqual(app.exit_code(), 143)

    def test_what_the_command_left_behind_gets_sigterm_and_its_last_words_are_in_the_log(self):
        app = self.start(
            "bash",
            "-c",
            "mkfifo /tmp/ready; (trap 'echo last words; exit' TERM; echo > /tmp/ready; "
            "sleep infinity & wait) & read line < /tmp/ready; exit 5",
        )
        self.assertEqual(app.exit_code(), 5)
        self.assertEqual(app.messages(), ["last words"])

    def test_what_docker_exec_started_does_not_delay_the_end(self):
        app = self.start("bash", "-c", "trap 'exit 3' USR1; sleep infinity & echo up; wait")
        app.await_output("up")
        app.exec("sh", "-c", "trap '' TERM; exec sleep infinity", options=("--detach",))
        app.exec("sh", "-c", "until grep -qz infinity /proc/[0-9]*/cmdline; do :; done")
        app.signal("USR1")
        self.assertEqual(app.exit_code(), 3)
        self.assertNotIn("killed", [event["event"] for event in app.events()])

    def test_a_child_that_docker_exec_left_behind_is_reaped(self):
        app = self.start("sleep", "infinity")
        app.exec("sh", "-c", "(true &)")
        app.exec("sh", "-c", f"until [ $({self.COUNT_ZOMBIES}) = 0 ]; do :; done")

    def test_in_a_shared_pid_namespace_it_looks_after_its_own_and_nobody_else(self):
        bystander = self.start("sleep", "infinity")
        app = self.start(
            "bash",
            "-c",
            # The orphan's parent is what adopted it: with a subreaper, not PID 1.
            "(sleep infinity & echo $! > /tmp/orphan); pid=$(cat /tmp/orphan); "
            "grep PPid: /proc/$pid/status; echo init $PPID; exit 4",
            options=("--pid", f"container:{bystander.name}"),
        )
        self.assertEqual(app.exit_code(), 4)
        adopted_by, init = (line.split()[1] for line in app.messages())
        self.assertEqual(adopted_by, init)
        self.assertNotEqual(init, "1")
        # All that is left is the bystander; what the app left behind has been ended.
        left = bystander.exec("sh", "-c", "cat /proc/[0-9]*/comm").stdout.decode().split()
        self.assertEqual(left.count("sleep"), 1, left)
        self.assertEqual(bystander.inspect("{{.State.Running}}"), "true")
