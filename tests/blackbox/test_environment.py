"""Odd surroundings: closed descriptors, no /proc, read-only root, limits, any uid; and what the child
inherits: the caller's mask, default dispositions, the caller's descriptors and none of ours."""

import itertools
import json
import os
import resource
import signal
import subprocess
import time

from processes import is_alive, status, wait_until, wait_until_gone
from support import (ANYWHERE, OWN, WITH_ORIGINALS, TestCase, as_uid, called, in_shell, main,
                     only_as_root)

EVERY_NAME = (OWN, "tini", "dumb-init", "catatonit")
NO_PROC = in_shell("mount -t tmpfs none /proc")
READ_ONLY = in_shell("mount -o remount,bind,ro /")


def numbers(report):
    return [int(word) for word in report.split()[2:]]


class Descriptors(TestCase):
    @called(*EVERY_NAME)
    def test_the_child_inherits_the_callers_descriptors_and_none_of_ours(self, name):
        read, write = os.pipe()
        self.addCleanup(os.close, read)
        self.addCleanup(os.close, write)
        init = self.start(name, [], "report-descriptors exit 0", pass_fds=(read,))
        got = numbers(init.reports.until("descriptors"))
        self.assertEqual(got[:3], [0, 1, 2])
        self.assertIn(read, got)
        self.assertEqual(len(got), 5, got)  # the three, the one that is passed on, the report's

    @called(*EVERY_NAME, places=ANYWHERE)
    def test_it_works_with_any_of_the_three_standard_descriptors_closed(self, name, pid1):
        for closed in itertools.chain.from_iterable(
                itertools.combinations(range(3), count) for count in range(4)):
            if WITH_ORIGINALS and name == "tini" and 0 in closed:
                continue  # the original gives up without a standard input
            with self.subTest(closed=closed):
                shut = " ".join(f"{fd}>&-" for fd in closed)
                init = self.start(name, [], "report-descriptors report-signals-until 64 exit 3",
                                  wrapper=["sh", "-c", f'exec "$@" {shut}', "sh"], pid1=pid1)
                init.reports.until("descriptors")
                init.reports.until("ready")
                init.signal(64)
                init.reports.expect("child signal 64")
                self.assertEqual(init.exit_code(), 3)

    @called(OWN)
    def test_in_raw_mode_what_was_closed_stays_closed_for_the_child(self, name):
        for closed in itertools.chain.from_iterable(
                itertools.combinations(range(3), count) for count in range(4)):
            with self.subTest(closed=closed):
                shut = " ".join(f"{fd}>&-" for fd in closed)
                init = self.start(name, ["--log", "raw"], "report-descriptors",
                                  wrapper=["sh", "-c", f'exec "$@" {shut}', "sh"])
                got = numbers(init.reports.until("descriptors"))
                self.assertEqual([fd for fd in got if fd < 3],
                                 [fd for fd in range(3) if fd not in closed])
                self.assertEqual(init.exit_code(), 0)

    @called(OWN)
    def test_in_json_mode_the_child_can_write_although_stdout_is_closed(self, name):
        init = self.start(name, [], "print-lines 20000 complain x report done exit 3",
                          wrapper=["sh", "-c", 'exec "$@" >&- 2>&-', "sh"])
        init.reports.expect("child done")
        self.assertEqual(init.exit_code(), 3)


class SignalState(TestCase):
    @called(*EVERY_NAME, places=ANYWHERE)
    def test_the_child_has_an_empty_mask_and_default_dispositions(self, name, pid1):
        init = self.start(name, [], "report-signal-state", pid1=pid1)
        blocked = numbers(init.reports.until("blocked"))
        if name == "catatonit" and WITH_ORIGINALS:
            self.assertEqual(blocked, [20, 21, 22])  # the original forgets these
        else:
            self.assertEqual(blocked, [])
        self.assertEqual(numbers(init.reports.until("not-default")), [])

    @called(OWN, "tini", places=ANYWHERE)
    def test_the_child_has_the_mask_that_the_caller_had(self, name, pid1):
        wanted = [1, 10, 15, 17, 28, 40, 64]
        init = self.start(name, [], "report-signal-state", pid1=pid1,
                          preexec_fn=lambda: signal.pthread_sigmask(signal.SIG_SETMASK, wanted))
        self.assertEqual(numbers(init.reports.until("blocked")), wanted)

    @called(OWN, places=ANYWHERE)
    def test_what_the_caller_ignored_is_default_for_the_child(self, name, pid1):
        def ignore():
            for number in (1, 2, 3, 10, 13, 17, 20, 21, 22, 40):
                signal.signal(number, signal.SIG_IGN)
        init = self.start(name, [], "report-signal-state", pid1=pid1, preexec_fn=ignore)
        self.assertEqual(numbers(init.reports.until("not-default")), [])

    @called(OWN, "tini", "dumb-init", "catatonit")
    def test_a_caller_that_ignores_dead_children_does_not_confuse_it(self, name):
        if WITH_ORIGINALS and name != OWN:
            self.skipTest("not a promise of the originals")
        init = self.start(name, [], "exit 5",
                          preexec_fn=lambda: signal.signal(signal.SIGCHLD, signal.SIG_IGN))
        self.assertEqual(init.exit_code(), 5)


class Surroundings(TestCase):
    def _works(self, name, options=(), **keywords):
        init = self.start(name, list(options), "say hello report-signals-until 10 exit 3",
                          **keywords)
        init.reports.ready()
        init.signal(signal.SIGUSR1)
        init.reports.expect("child signal 10")
        code, stdout, _ = init.output()
        self.assertEqual(code, 3)
        if name == OWN and "raw" not in options:
            self.assertIn("hello", [json.loads(line)["msg"] for line in stdout.splitlines()])
        else:
            self.assertEqual(stdout, "hello\n")

    @only_as_root
    @called(*EVERY_NAME)
    def test_it_works_without_proc(self, name):
        self._works(name, pid1=True, wrapper=NO_PROC)

    @only_as_root
    @called(OWN)
    def test_without_proc_capabilities_cannot_be_asked_for(self, name):
        for option in ("--caps-drop=all", "--caps-keep=kill", "--caps-ambient=kill"):
            with self.subTest(option=option):
                code, stdout, _ = self.run_to_end(name, [option], "say hello", pid1=True,
                                                  wrapper=NO_PROC)
                self.assertEqual(code, 125)
                self.assertIn("cannot change capabilities without /proc", stdout)
                self.assertNotIn("hello", stdout)

    @only_as_root
    @called(OWN)
    def test_without_proc_all_else_can_be_asked_for(self, name):
        self._works(name, ["--user", "12345:12345", "--cwd", "/", "--no-new-privs"], pid1=True,
                    wrapper=NO_PROC)

    @only_as_root
    @called(OWN)
    def test_as_pid_1_without_proc_the_others_are_ended_all_the_same(self, name):
        init = self.start(name, ["--grace", "100ms"],
                          "orphan { name late ignore 15 hold } report-signals-until 10 exit 4",
                          pid1=True, wrapper=NO_PROC)
        late = init.all_ready("child", "late")["late"]
        init.signal(signal.SIGUSR1)
        self.assertEqual(init.exit_code(), 4)
        wait_until_gone(late)

    @only_as_root
    @called(OWN)
    def test_elsewhere_without_proc_there_is_no_sweep(self, name):
        init = self.start(name, ["--grace", "10h"],
                          "orphan { name late hold } report-signals-until 10 exit 4",
                          wrapper=["unshare", "--mount", *NO_PROC])
        late = init.all_ready("child", "late")["late"]
        init.signal(signal.SIGUSR1)
        self.assertEqual(init.exit_code(), 4)
        self.assertTrue(is_alive(late))

    @only_as_root
    @called(*EVERY_NAME)
    def test_it_works_with_a_read_only_root(self, name):
        self._works(name, pid1=True, wrapper=READ_ONLY)

    @only_as_root
    @called(*EVERY_NAME, places=ANYWHERE)
    def test_it_works_as_any_uid(self, name, pid1):
        self._works(name, pid1=pid1, wrapper=as_uid(54321))

    @only_as_root
    @called(OWN)
    def test_it_works_as_any_uid_without_privileges_and_proc_and_writable_root(self, name):
        wrapper = [*in_shell("mount -t tmpfs none /proc && mount -o remount,bind,ro /"),
                   *as_uid(54321, "--no-new-privs")]
        self._works(name, pid1=True, wrapper=wrapper)

    @called(*EVERY_NAME)
    def test_it_works_from_a_folder_that_is_gone(self, name):
        self._works(name, wrapper=in_shell(
            'folder=$(mktemp -d) && cd "$folder" && rmdir "$folder"'))


class Limits(TestCase):
    @called(*EVERY_NAME)
    def test_it_works_with_a_million_descriptors_allowed(self, name):
        wanted = 1_000_000
        if subprocess.run(["prlimit", f"--nofile={wanted}:{wanted}", "true"],
                          stderr=subprocess.DEVNULL, check=False).returncode != 0:
            _, wanted = resource.getrlimit(resource.RLIMIT_NOFILE)
        init = self.start_line(name, ["--", "sh", "-c", "ulimit -n; exit 3"],
                               wrapper=["prlimit", f"--nofile={wanted}:{wanted}"])
        code, stdout, _ = init.output()
        self.assertEqual(code, 3)
        self.assertIn(str(wanted), stdout)
        if wanted < 1_000_000:
            self.skipTest(f"this machine allows {wanted} descriptors: it works with them")

    @only_as_root
    @called(OWN)
    def test_when_no_process_can_be_made_it_says_so_and_ends_with_125(self, name):
        for options in ([], ["--log", "raw"], ["--log", "text"]):
            with self.subTest(options=options):
                code, stdout, stderr = self.run_to_end(
                    name, options, "exit 0",
                    wrapper=[*as_uid(54322), "prlimit", "--nproc=1:1"])
                self.assertEqual(code, 125)
                self.assertIn("resource temporarily unavailable", stdout + stderr)
                if not options:
                    self.assertEqual(stderr, "")
                    for line in stdout.splitlines():
                        json.loads(line)

    @only_as_root
    @called("tini", "dumb-init", "catatonit")
    def test_the_originals_codes_when_no_process_can_be_made(self, name):
        code, _, _ = self.run_to_end(name, [], "exit 0",
                                     wrapper=[*as_uid(54322), "prlimit", "--nproc=1:1"])
        self.assertEqual(code, {"tini": 1, "dumb-init": 1, "catatonit": 1}[name])

    @called(OWN)
    def test_when_no_descriptor_is_left_it_ends_with_125(self, name):
        code, stdout, stderr = self.run_to_end(
            name, [], "exit 0", wrapper=["prlimit", "--nofile=6:6"])
        self.assertEqual(code, 125)
        self.assertIn("making its output pipes", stdout + stderr)  # each libc has its own words


    @called(OWN)
    def test_a_small_stack_is_enough(self, name):
        for kib in (128, 1536):
            with self.subTest(kib=kib):
                init = self.start(name, ["--grace", "1h"],
                                  "orphan { name late report-signals-until 15 } "
                                  "report-signals-until 10 exit 3",
                                  wrapper=in_shell(f"ulimit -s {kib}"))
                init.all_ready("child", "late")
                init.signal(signal.SIGUSR1)
                init.reports.until("late signal 15")
                self.assertEqual(init.exit_code(), 3)


class Idle(TestCase):
    @called(*EVERY_NAME)
    def test_it_sleeps_while_nothing_happens(self, name):
        if WITH_ORIGINALS and name == "tini":
            self.skipTest("the original wakes up every second")
        for options in ([], ["--log", "raw"]) if name == OWN else ([],):
            with self.subTest(options=options):
                init = self.start(name, options, "report-signals-until 64")
                init.reports.ready()
                rested = _wait_until_rested(init.pid)
                watched_until = time.monotonic() + 2
                while time.monotonic() < watched_until:
                    self.assertEqual(_context_switches(init.pid), rested)
                    time.sleep(0.05)


def _context_switches(pid):
    seen = status(pid)
    return int(seen["voluntary_ctxt_switches"]) + int(seen["nonvoluntary_ctxt_switches"])


def _wait_until_rested(pid):
    """The count once it has stayed the same for half a second: the start is over."""
    last = [None, time.monotonic()]

    def rested():
        now = _context_switches(pid)
        if now != last[0]:
            last[:] = [now, time.monotonic()]
        return time.monotonic() - last[1] > 0.5
    wait_until(rested, f"process {pid} comes to rest")
    return last[0]


if __name__ == "__main__":
    main()
