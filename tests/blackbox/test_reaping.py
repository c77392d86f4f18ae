"""Dead and orphaned processes: reaped at any rate, waited for as --grace says, strangers untouched."""

import json
import os
import re
import signal
import subprocess
import tempfile
import time

from manifest_case import ManifestCase
from processes import (PATIENCE, children, find_below, is_alive, stat, wait_until, wait_until_gone,
                       wait_until_set_up, zombies)
from support import (FAKE_CHILD, OWN, PMX_INIT, SCRATCH, Init, Reports, TestCase, called, main,
                     only_as_root, program)

EVERY_NAME = (OWN, "tini", "dumb-init", "catatonit")
STORM = 20_000


class Zombies(TestCase):
    @called(*EVERY_NAME)
    def test_an_orphan_is_inherited_by_pid_1_and_reaped(self, name):
        init = self.start(name, [], "orphan { name late report-signals-until 10 } hold", pid1=True)
        orphan = init.all_ready("child", "late")["late"]
        self.assertEqual(stat(orphan).parent, init.pid)
        os.kill(orphan, signal.SIGUSR1)
        wait_until(lambda: stat(orphan) is None, "the orphan is reaped")

    @called(OWN, "catatonit")
    def test_outside_of_pid_1_it_becomes_the_subreaper_by_itself(self, name):
        self._inherits(name, [], {})

    @called(OWN, "tini")
    def test_dash_s_makes_it_the_subreaper(self, name):
        self._inherits(name, ["-s"], {})

    @called("tini")
    def test_the_variable_makes_it_the_subreaper(self, name):
        self._inherits(name, [], {"TINI_SUBREAPER": ""})

    def _inherits(self, name, options, env):
        init = self.start(name, options, "orphan { name late report-signals-until 10 } hold",
                          env=env)
        orphan = init.all_ready("child", "late")["late"]
        self.assertEqual(stat(orphan).parent, init.pid)
        os.kill(orphan, signal.SIGUSR1)
        wait_until(lambda: stat(orphan) is None, "the orphan is reaped")

    @called("tini", "dumb-init")
    def test_without_being_asked_these_two_inherit_nothing(self, name):
        init = self.start(name, [], "orphan { name late hold } hold")
        orphan = init.all_ready("child", "late")["late"]
        self.assertNotEqual(stat(orphan).parent, init.pid)

    @called(*EVERY_NAME)
    def test_a_storm_of_orphans_leaves_no_zombie(self, name):
        init = self.start(name, [], f"orphan-storm {STORM} hold", pid1=True)
        init.reports.expect(f"child storm {STORM}")
        init.reports.ready()
        wait_until(lambda: len(children(init.pid)) == 1 and not zombies(init.pid),
                   "only the command is left")

    @called(OWN)
    def test_signals_still_arrive_during_a_storm(self, name):
        script = f"fork {{ name storm orphan-storm {STORM} }} report-signals-until 64"
        init = self.start(name, [], script, pid1=True)
        init.reports.until("child ready")
        for number in (10, 12, 15, 40, 64):
            init.signal(number)
            init.reports.until(f"child signal {number}")
        self.assertEqual(init.exit_code(), 0)

    @staticmethod
    def run_inside(init, script):
        """As `docker exec` does; what the fake child reports."""
        read, write = os.pipe()
        with open(write, "wb", buffering=0):
            subprocess.run(["nsenter", "--pid", "--target", str(init.pid), FAKE_CHILD,
                            *script.split()],
                           env={**os.environ, "FAKE_CHILD_REPORT": str(write)}, pass_fds=(write,),
                           check=True)
        return Reports(read)

    @only_as_root
    @called(OWN, "catatonit")
    def test_pause_reaps_what_is_left_to_it(self, name):
        init = self.start_line(name, ["-P"], pid1=True)
        reports = self.run_inside(init, "orphan { report-place report-signals-until 10 }")
        self.assertEqual(reports.place()["parent"], 1)
        orphan = find_below(init.pid, reports.ready())
        os.kill(orphan, signal.SIGUSR1)
        wait_until(lambda: stat(orphan) is None, "the orphan is reaped")

    @only_as_root
    def test_pause_asks_an_orphan_to_end_and_waits_for_it(self):
        init = self.start_line(OWN, ["-P", "--grace", "1m"], pid1=True)
        wait_until_set_up(init.pid)
        reports = self.run_inside(init, "orphan { name late report-signals-until 15 report done }")
        reports.ready("late")
        wait_until(lambda: children(init.pid), "the orphan is adopted")
        init.signal(signal.SIGTERM)
        reports.until("late done")
        self.assertEqual(init.exit_code(), 0)

    @called(OWN, "tini")
    def test_dash_w_says_what_was_reaped(self, name):
        init = self.start(name, ["-w", "-s"], "orphan { name late report-signals-until 10 exit 3 } "
                                              "report-signals-until 12")
        orphan = init.all_ready("child", "late")["late"]
        os.kill(orphan, signal.SIGUSR1)
        wait_until(lambda: stat(orphan) is None, "the orphan is reaped")
        init.signal(signal.SIGUSR2)
        code, stdout, stderr = init.output()
        self.assertEqual(code, 0)
        self.assertRegex(stdout + stderr, rf"(?i)reaped .*process.*\b{orphan}\b")


class ZombiesOfApps(ManifestCase):
    def test_storms_of_several_apps_leave_no_zombie(self):
        names = ("a", "b", "c")
        init = self.init(*({"name": name, "command": [FAKE_CHILD, "name", name, "orphan-storm",
                                                      "1000", "hold"]}
                           for name in names), popen={"pid1": True})
        apps = init.all_ready(*names)
        wait_until(lambda: set(children(init.pid)) == set(apps.values()) and not zombies(init.pid),
                   "only the apps are left")


class Grace(TestCase):
    """What happens to the others when the command has ended. Under our own name only."""

    def test_the_others_get_term_and_are_waited_for(self):
        for pid1 in (False, True):
            with self.subTest(pid1=pid1):
                init = self.start(OWN, ["--grace", "60s", "--log", "raw"],
                                  "orphan { name late report-signals-until 15 say last-words } "
                                  "report-signals-until 10 exit 4", pid1=pid1)
                init.all_ready("child", "late")
                init.signal(signal.SIGUSR1)
                init.reports.until("late signal 15")
                code, stdout, _ = init.output()
                self.assertEqual((code, stdout), (4, "last-words\n"))

    def test_what_does_not_want_to_end_is_killed_after_the_grace(self):
        for pid1 in (False, True):
            with self.subTest(pid1=pid1):
                init = self.start(OWN, ["--grace", "100ms"],
                                  "orphan { name late ignore 15 hold } report-signals-until 10 exit 4",
                                  pid1=pid1)
                late = init.all_ready("child", "late")["late"]
                init.signal(signal.SIGUSR1)
                self.assertEqual(init.exit_code(), 4)
                self.assertFalse(is_alive(late))

    def test_a_whole_session_of_its_own_is_found_too(self):
        init = self.start(OWN, ["--grace", "60s"],
                          "orphan { name late new-session report-signals-until 15 } "
                          "fork { name other new-group report-signals-until 15 } "
                          "report-signals-until 10 exit 4")
        init.all_ready("child", "late", "other")
        init.signal(signal.SIGUSR1)
        seen = {init.reports.until("signal 15"), init.reports.until("signal 15")}
        self.assertEqual(seen, {"late signal 15", "other signal 15"})
        self.assertEqual(init.exit_code(), 4)

    def test_with_nobody_there_it_does_not_wait(self):
        # A grace that no test would survive: that it ends at all is the proof.
        for pid1 in (False, True):
            code, _, _ = self.run_to_end(OWN, ["--grace", "10h"], "exit 3", pid1=pid1)
            self.assertEqual(code, 3)

    def test_the_end_comes_as_soon_as_the_last_one_has_gone(self):
        init = self.start(OWN, ["--grace", "10h"],
                          "orphan { name late report-signals-until 15 } "
                          "report-signals-until 10 exit 3")
        init.all_ready("child", "late")
        init.signal(signal.SIGUSR1)
        init.reports.until("late signal 15")
        self.assertEqual(init.exit_code(), 3)

    def test_grace_zero_leaves_the_others_alone_as_tini_does(self):
        init = self.start(OWN, ["--grace", "0"], "orphan { name late report-signals-until 10 } "
                                                 "report-signals-until 12")
        late = init.all_ready("child", "late")["late"]
        init.signal(signal.SIGUSR2)
        self.assertEqual(init.exit_code(), 0)
        self.assertTrue(is_alive(late))
        os.kill(late, signal.SIGUSR1)
        init.reports.until("late signal 10")

    def test_with_grace_zero_a_flood_of_others_keeps_nobody(self):
        script = "trap 'exit 3' USR1; yes & echo flood $! >&2; while :; do wait; done"
        read_end, write_end = os.pipe()
        self.addCleanup(os.close, read_end)
        init = self.start_line(OWN, ["--grace", "0", "--log", "text", "--", "bash", "-c", script],
                               stdout=write_end)
        os.close(write_end)
        # It is read more slowly than it is written, to the end.
        begin = b""
        while not (told := re.search(rb"flood (\d+)\n", begin)):
            begin = begin[-100:] + os.read(read_end, 4096)
        self.addCleanup(os.kill, int(told[1]), signal.SIGKILL)
        init.signal(signal.SIGUSR1)
        give_up_at = time.monotonic() + PATIENCE
        while init.process.poll() is None:
            self.assertLess(time.monotonic(), give_up_at, "it goes on writing")
            os.read(read_end, 16)
        self.assertEqual(init.exit_code(), 3)

    @called("tini", "catatonit")
    def test_the_originals_leave_the_others_alone(self, name):
        init = self.start(name, [], "orphan { name late report-signals-until 10 } "
                                    "report-signals-until 12")
        late = init.all_ready("child", "late")["late"]
        init.signal(signal.SIGUSR2)
        self.assertEqual(init.exit_code(), 0)
        self.assertTrue(is_alive(late))

    def test_what_the_others_still_write_is_in_the_log(self):
        script = ("orphan { name late report-signals-until 15 print-lines 1000 complain bye } "
                  "report-signals-until 10 exit 4")
        for pid1 in (False, True):
            with self.subTest(pid1=pid1):
                init = self.start(OWN, ["--grace", "60s"], script, pid1=pid1)
                init.all_ready("child", "late")
                init.signal(signal.SIGUSR1)
                code, stdout, stderr = init.output()
                self.assertEqual((code, stderr), (4, ""))
                records = [json.loads(line) for line in stdout.splitlines()]
                said = [record["msg"] for record in records if record.get("stream") == "stdout"]
                self.assertEqual(said, [f"line {i}" for i in range(1000)])
                self.assertIn("bye", [record["msg"] for record in records])

    def test_a_variable_sets_it(self):
        init = self.start(OWN, [], "orphan { name late ignore 15 hold } "
                                   "report-signals-until 10 exit 4", env={"PMX_GRACE": "50ms"})
        late = init.all_ready("child", "late")["late"]
        init.signal(signal.SIGUSR1)
        self.assertEqual(init.exit_code(), 4)
        wait_until_gone(late)


class Bystander(TestCase):
    @only_as_root
    def test_a_stranger_of_the_same_uid_survives_the_grace(self):
        """Root, not PID 1: kill(-1) here would end the machine."""
        if PMX_INIT is None:
            self.skipTest("PMX_INIT is not set")
        # The pid namespace is what saves everyone else should this go wrong.
        bystander = ("sleep 1000 & "
                     f"'{PMX_INIT}' --grace 100ms --log raw -- '{FAKE_CHILD}' ignore 15 "
                     "orphan '{' name late hold '}' report-signals-until 10 exit 4; "
                     "code=$?; kill -0 $! && echo survived; exit $code")
        init = Init(["sh", "-c", bystander], pid1=True)
        self.addCleanup(init.end)
        os.kill(find_below(init.process.pid, init.reports.ready()), signal.SIGUSR1)
        code, stdout, _ = init.output()
        self.assertEqual(code, 4)
        self.assertIn("survived", stdout)

    @only_as_root
    def test_in_a_proc_of_another_namespace_nobody_is_looked_for(self):
        """Its numbers are others': those of the machine here, of which 2 has many children."""
        folder = tempfile.mkdtemp(dir=SCRATCH)
        os.mkfifo(f"{folder}/go")
        # The shell is 1 and pmx-init 2, which on the machine has 3 and those that follow.
        script = (f"'{program(OWN)}' -q --grace 50ms -- "
                  f"sh -c 'sleep 1000 & read go <{folder}/go' & init=$!; sleep 1000 & bystander=$!; "
                  f"echo go >{folder}/go; wait $init; kill -0 $bystander && echo survived")
        done = subprocess.run(["unshare", "--pid", "--fork", "--kill-child", "sh", "-c", script],
                              capture_output=True, text=True, timeout=PATIENCE, check=False)
        self.assertEqual((done.stdout, done.stderr), ("survived\n", ""))

    @only_as_root
    def test_a_process_from_outside_is_not_waited_for(self):
        """What `docker exec` started has no parent in our PID namespace."""
        init = self.start(OWN, ["--grace", "10h"], "report-signals-until 10 exit 4", pid1=True)
        init.reports.ready()
        entered = subprocess.Popen(["nsenter", "--pid", "--target", str(init.pid), FAKE_CHILD,
                                    "hold"], env={"PATH": os.environ["PATH"]})
        self.addCleanup(entered.wait)
        self.addCleanup(entered.kill)
        wait_until(lambda: children(entered.pid), "the other one is inside")
        init.signal(signal.SIGUSR1)
        self.assertEqual(init.exit_code(), 4)


class ParentDeath(TestCase):
    @called(OWN, "tini")
    def test_dash_p_asks_for_a_signal_when_the_parent_dies(self, name):
        # A shell in between that can be killed.
        for value in ("SIGUSR1", *(["USR1", "10"] if name == OWN else [])):
            with self.subTest(value=value):
                init = self.start_line(name, ["-p", value, "--", FAKE_CHILD,
                                              "report-signals-until", "10"],
                                       wrapper=["sh", "-c", '"$@"; exit 0', "sh"])
                init.reports.ready()
                init.process.kill()
                init.reports.expect("child signal 10")

    @only_as_root
    def test_the_child_gets_it_too_in_spite_of_a_change_of_user(self):
        init = self.start_line(OWN, ["-p", "SIGUSR1", "--user", "12345:12345", "--", FAKE_CHILD,
                                     "report-signals-until", "10"])
        init.reports.ready()
        os.kill(init.pid, signal.SIGKILL)
        init.reports.expect("child signal 10")

    @called(OWN, "tini")
    def test_a_signal_that_is_none_is_a_usage_error(self, name):
        code, _, stderr = self.run_to_end(name, ["-p", "SIGFOO"], "exit 0")
        self.assertEqual(code, 2 if name == OWN else 1)
        self.assertIn("SIGFOO", stderr)


if __name__ == "__main__":
    main()
