"""On a real terminal: who has the foreground, what keys do, and what is written."""

import json
import os
import signal
import subprocess
import tempfile

from processes import (only_child, stat, status, wait_until, wait_until_gone, wait_until_running_again,
                       wait_until_stopped)
from support import ANYWHERE, FAKE_CHILD, OWN, SCRATCH, TestCase, called, main, program
from terminal import CTRL_C, CTRL_D, CTRL_Z, Shell, on_terminal


class Place(TestCase):
    @called(OWN, "tini", "catatonit", places=ANYWHERE)
    def test_the_child_leads_its_own_group_in_the_foreground_of_our_session(self, name, pid1):
        init, terminal = on_terminal(self, [program(name), "--", FAKE_CHILD, "report-place",
                                            "hold"], pid1=pid1)
        place = init.reports.place()
        self.assertEqual(place["group"], place["pid"])
        self.assertEqual(place["foreground"], place["pid"])
        self.assertEqual(stat(init.child).session, stat(init.pid).session)
        terminal.wait_until_foreground(init.child)

    @called(OWN, "tini", "catatonit")
    def test_without_a_terminal_it_leads_its_own_group_all_the_same(self, name):
        init = self.start(name, [], "report-place hold")
        place = init.reports.place()
        self.assertEqual(place["group"], place["pid"])
        self.assertEqual(stat(init.child).session, stat(init.pid).session)

    @called("dumb-init", places=ANYWHERE)
    def test_dumb_inits_child_leads_a_session_that_owns_the_terminal(self, name, pid1):
        init, _ = on_terminal(self, [program(name), "--", FAKE_CHILD, "report-place", "hold"],
                              pid1=pid1)
        place = init.reports.place()
        self.assertEqual(place["session"], place["pid"])
        self.assertEqual(place["foreground"], place["pid"])

    @called(OWN, places=ANYWHERE)
    def test_setsid_does_the_same_under_our_own_name(self, name, pid1):
        init, _ = on_terminal(self, [program(name), "--setsid", "--", FAKE_CHILD, "report-place",
                                     "hold"], pid1=pid1)
        place = init.reports.place()
        self.assertEqual(place["session"], place["pid"])
        self.assertEqual(place["foreground"], place["pid"])

    @called("dumb-init")
    def test_in_single_child_mode_the_child_stays_where_dumb_init_is(self, name):
        init, _ = on_terminal(self, [program(name), "-c", FAKE_CHILD, "report-place", "hold"])
        place = init.reports.place()
        self.assertEqual(place["group"], stat(init.pid).group)
        self.assertEqual(place["session"], stat(init.pid).session)

    @called(OWN)
    def test_the_foreground_is_given_although_the_output_is_no_terminal(self, name):
        init, _ = on_terminal(self, [program(name), "--", FAKE_CHILD, "report-place", "hold"],
                              stdout=subprocess.PIPE, stderr=subprocess.PIPE)
        place = init.reports.place()
        self.assertEqual(place["foreground"], place["pid"])


class Keys(TestCase):
    @called(OWN, "tini", "dumb-init", "catatonit", places=ANYWHERE)
    def test_ctrl_c_ends_the_child_and_the_code_says_so(self, name, pid1):
        init, terminal = on_terminal(self, [program(name), "--", FAKE_CHILD, "hold"], pid1=pid1)
        init.reports.ready()
        terminal.press(CTRL_C)
        self.assertEqual(init.exit_code(), 128 + signal.SIGINT)

    @called(OWN, "tini", "catatonit", places=ANYWHERE)
    def test_ctrl_c_reaches_the_child_once(self, name, pid1):
        init, terminal = on_terminal(
            self, [program(name), "--", FAKE_CHILD, "report-signals-until", "64"], pid1=pid1)
        init.reports.ready()
        terminal.press(CTRL_C)
        init.reports.expect("child signal 2")
        init.signal(64)
        init.reports.expect("child signal 64")

    @called(OWN, "tini", "dumb-init", "catatonit", places=ANYWHERE)
    def test_a_new_window_size_reaches_the_child(self, name, pid1):
        init, terminal = on_terminal(
            self, [program(name), "--", FAKE_CHILD, "report-signals-until", "28", "report-window"],
            pid1=pid1)
        init.reports.ready()
        terminal.resize(132, 43)
        init.reports.expect("child signal 28")
        init.reports.expect("child window 132x43")

    @called(OWN, "tini", "dumb-init", "catatonit", places=ANYWHERE)
    def test_what_is_typed_reaches_the_child(self, name, pid1):
        init, terminal = on_terminal(self, [program(name), "--", FAKE_CHILD, "report", "awake",
                                            "copy-stdin", "exit", "6"], pid1=pid1)
        init.reports.expect("child awake")
        terminal.without_echo()
        terminal.press("typed\n")
        terminal.screen.until("typed")
        terminal.press(CTRL_D)
        self.assertEqual(init.exit_code(), 6)


    @called(OWN, "tini", places=ANYWHERE)
    def test_where_no_shell_could_continue_us_ctrl_z_does_not_stop_the_init(self, name, pid1):
        init, terminal = on_terminal(self, [program(name), "--", FAKE_CHILD, "hold"], pid1=pid1)
        init.reports.ready()
        child = init.child
        terminal.press(CTRL_Z)
        if pid1 or name == "tini":  # outside of PID 1 ours continues the child by itself
            wait_until_stopped(child)
        init.signal(signal.SIGHUP)
        # A stopped init would forward nothing; a stopped child keeps it until it is continued.
        wait_until(lambda: (seen := status(child)) is None or seen["State"][0] in "ZX" or
                   int(seen["ShdPnd"], 16) & 1, "the signal has been forwarded")
        init.signal(signal.SIGCONT)
        self.assertEqual(init.exit_code(), 128 + signal.SIGHUP)


class JobControl(TestCase):
    """An interactive shell starts pmx-init, which has to behave as one job with its child."""

    def _job(self, shell, script, tail=""):
        shell.type(f"{program(OWN)} -- {FAKE_CHILD} {script} {tail}")
        child = shell.reports.ready()
        return only_child(shell.pid), child

    def test_ctrl_z_stops_the_job_and_fg_continues_it(self):
        shell = Shell(self)
        init, child = self._job(shell, "hold")
        for _ in range(2):
            shell.terminal.press(CTRL_Z)
            wait_until_stopped(child)
            wait_until_stopped(init)
            shell.wait_for_prompt()
            self.assertEqual(shell.ask("$?"), str(128 + signal.SIGTSTP))
            shell.type("fg")
            wait_until_running_again(init)
            wait_until_running_again(child)
            shell.terminal.wait_until_foreground(child)
        shell.terminal.press(CTRL_C)
        wait_until_gone(init)
        self.assertEqual(shell.ask("$?"), "130")

    def test_what_continues_the_job_reaches_the_child_once(self):
        shell = Shell(self)
        log = os.path.join(SCRATCH, "continued")
        shell.type(f"{program(OWN)} --log json -vv -- {FAKE_CHILD} hold > {log}")
        child = shell.reports.ready()
        init = only_child(shell.pid)
        for _ in range(2):
            shell.terminal.press(CTRL_Z)
            wait_until_stopped(init)
            shell.wait_for_prompt()
            shell.type("fg")
            shell.terminal.wait_until_foreground(child)
            wait_until_running_again(child)
        os.kill(init, signal.SIGTERM)
        wait_until_gone(init)
        with open(log, encoding="utf-8") as file:
            records = [json.loads(line) for line in file]
        self.assertEqual([r["signal"] for r in records if r["event"] == "signal"], ["SIGTERM"])

    def test_bg_continues_it_without_the_terminal(self):
        shell = Shell(self)
        init, child = self._job(shell, "hold")
        shell.terminal.press(CTRL_Z)
        wait_until_stopped(init)
        shell.wait_for_prompt()
        shell.type("bg")
        wait_until_running_again(init)
        wait_until_running_again(child)
        self.assertEqual(shell.ask("here"), "here")
        self.assertEqual(shell.terminal.foreground(), stat(shell.pid).group)
        shell.type("kill %1; wait %1")
        wait_until_gone(init)
        self.assertEqual(shell.ask("$?"), "143")

    def test_a_stop_signal_from_elsewhere_stops_and_continues_both(self):
        shell = Shell(self)
        init, child = self._job(shell, "hold")
        os.kill(init, signal.SIGTSTP)
        wait_until_stopped(child)
        wait_until_stopped(init)
        shell.wait_for_prompt()
        shell.type("fg")
        wait_until_running_again(child)
        shell.terminal.wait_until_foreground(child)

    def test_started_in_the_background_it_does_not_take_the_terminal(self):
        shell = Shell(self)
        init, child = self._job(shell, "hold", "&")
        self.assertEqual(shell.ask("here"), "here")
        self.assertEqual(shell.terminal.foreground(), stat(shell.pid).group)
        self.assertNotEqual(stat(child).state, "T")
        shell.type("fg")
        shell.wait_until_in_front(init)
        shell.terminal.press(CTRL_C)
        wait_until_gone(init)
        self.assertEqual(shell.ask("$?"), "130")

    def test_brought_to_the_front_while_running_the_child_can_read(self):
        shell = Shell(self)
        init, child = self._job(shell, "report-signals-until 10 copy-stdin exit 6", "&")
        shell.type("fg")
        shell.wait_until_in_front(init)
        os.kill(init, signal.SIGUSR1)
        shell.terminal.press("to-the-child\n")
        shell.terminal.screen.wait_for("to-the-child\n")
        shell.terminal.wait_until_foreground(child)
        shell.terminal.press(CTRL_D)
        wait_until_gone(init)
        self.assertEqual(shell.ask("$?"), "6")

    def test_ctrl_z_stops_a_whole_pipeline(self):
        shell = Shell(self)
        shell.type(f"{program(OWN)} --log raw -- {FAKE_CHILD} hold | cat")
        child = shell.reports.ready()
        init = stat(child).parent
        shell.terminal.press(CTRL_Z)
        wait_until_stopped(init)
        shell.wait_for_prompt()
        shell.type("fg")
        wait_until_running_again(child)
        shell.terminal.wait_until_foreground(child)
        shell.terminal.press(CTRL_C)
        wait_until_gone(init)

    def test_a_child_that_reads_in_the_background_stops_the_job(self):
        shell = Shell(self)
        shell.type(f"{program(OWN)} -- {FAKE_CHILD} report awake copy-stdin exit 6 &")
        shell.reports.expect("child awake")
        init = only_child(shell.pid)
        child = only_child(init)
        wait_until_stopped(child)
        wait_until_stopped(init)
        self.assertEqual(shell.ask("here"), "here")
        shell.type("fg")
        shell.terminal.wait_until_foreground(child)
        shell.terminal.press("to-the-child\n")
        shell.terminal.screen.wait_for("to-the-child")
        shell.terminal.press(CTRL_D)
        wait_until_gone(init)
        self.assertEqual(shell.ask("$?"), "6")

    def test_it_works_as_a_part_of_a_pipeline(self):
        shell = Shell(self)
        shell.type(f"echo through | {program(OWN)} --log raw -- cat | sed s/^/piped-/")
        shell.terminal.screen.wait_for("piped-through")
        self.assertEqual(shell.ask("${PIPESTATUS[1]}"), "0")

    def test_the_terminal_is_the_shells_again_afterwards(self):
        shell = Shell(self)
        for code in (0, 3):
            shell.type(f"{program(OWN)} -- {FAKE_CHILD} exit {code}")
            self.assertEqual(shell.ask("$?"), str(code))


class Output(TestCase):
    def _line(self, *options):
        return [program(OWN), *options, "--", FAKE_CHILD, "say", "plain", "complain", "error"]

    def test_on_a_terminal_the_bytes_come_as_they_are(self):
        init, terminal = on_terminal(self, self._line())
        self.assertEqual(init.exit_code(), 0)
        terminal.screen.wait_for("error\n")
        self.assertEqual(terminal.screen.so_far(), b"plain\nerror\n")

    def test_json_can_be_asked_for(self):
        for options, env in ((["--log", "json"], {}), (["--log=json"], {}), ([], {"PMX_LOG": "json"})):
            with self.subTest(options=options, env=env):
                init, terminal = on_terminal(self, self._line(*options), env=env)
                self.assertEqual(init.exit_code(), 0)
                record = json.loads(terminal.screen.until('"plain"'))
                self.assertEqual((record["stream"], record["msg"]), ("stdout", "plain"))

    def test_json_is_the_default_when_only_the_input_is_a_terminal(self):
        init, _ = on_terminal(self, self._line(), stdout=subprocess.PIPE, stderr=subprocess.PIPE)
        code, stdout, stderr = init.output()
        self.assertEqual((code, stderr), (0, ""))
        self.assertIn("plain", [json.loads(line)["msg"] for line in stdout.splitlines()])

    def test_raw_gives_the_child_the_terminal_itself(self):
        init, _ = on_terminal(self, [program(OWN), "--", "test", "-t", "1"])
        self.assertEqual(init.exit_code(), 0)
        init, _ = on_terminal(self, [program(OWN), "--log", "json", "--", "test", "-t", "1"])
        self.assertEqual(init.exit_code(), 1)

    def test_text_is_coloured_on_a_terminal_only(self):
        init, terminal = on_terminal(self, self._line("--log", "text"))
        self.assertEqual(init.exit_code(), 0)
        self.assertIn("\x1b[", terminal.screen.until("plain"))
        code, stdout, _ = self.run_line(OWN, self._line("--log", "text")[1:])
        self.assertEqual(code, 0)
        self.assertNotIn("\x1b[", stdout)


class Input(TestCase):
    @called(OWN, "tini", "dumb-init", "catatonit", places=ANYWHERE)
    def test_standard_input_reaches_the_child_unchanged(self, name, pid1):
        data = bytes(range(256)) * 4096
        options = ["--log", "raw"] if name == OWN else []
        with _file_with(data) as source:
            init = self.start(name, options, "copy-stdin", stdin=source, pid1=pid1)
        self.assertEqual(init.exit_code(), 0)
        self.assertEqual(init.stdout.everything(), data)

    def test_in_json_mode_too(self):
        with _file_with(b"one\ntwo\n") as source:
            init = self.start(OWN, ["-q"], "copy-stdin", stdin=source)
        _, stdout, _ = init.output()
        self.assertEqual([json.loads(line)["msg"] for line in stdout.splitlines()], ["one", "two"])


def _file_with(data):
    file = tempfile.TemporaryFile()
    file.write(data)
    file.seek(0)
    return file


if __name__ == "__main__":
    main()
