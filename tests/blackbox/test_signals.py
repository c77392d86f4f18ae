"""Signals sent to the init from outside: which ones reach the child, and what happens to the rest."""

import signal

from processes import (children, is_alive, wait_until, wait_until_running_again, wait_until_set_up,
                       wait_until_stopped)
from support import ANYWHERE, OWN, WITH_ORIGINALS, TestCase, called, main

EVERY = set(range(1, 65)) - {signal.SIGKILL, signal.SIGSTOP}
FAULTS = {signal.SIGFPE, signal.SIGILL, signal.SIGSEGV, signal.SIGBUS, signal.SIGABRT,
          signal.SIGTRAP, signal.SIGSYS}
STOPS = {signal.SIGTSTP, signal.SIGTTIN, signal.SIGTTOU}
FROM_TERMINAL = {signal.SIGTTIN, signal.SIGTTOU}
# A build with sanitizers must not make the faults its own.
SANITIZER_KEEPS_OUT = ":".join(f"handle_{fault}=0" for fault in
                               ("segv", "sigbus", "sigfpe", "sigill", "abort"))
LAST = 64  # the highest number is taken last from a set of pending signals

# glibc keeps these two out of every full signal set; the originals lose them to that.
LIBC_PRIVATE = {32, 33}

NOT_FORWARDED = {
    OWN: FAULTS | FROM_TERMINAL | {signal.SIGCHLD},
    "tini": FAULTS | FROM_TERMINAL | {signal.SIGCHLD},
    "tini-static": FAULTS | FROM_TERMINAL | {signal.SIGCHLD},
    "dumb-init": {signal.SIGCHLD},
    "catatonit": FAULTS | STOPS | {signal.SIGCHLD},
}


def forwarded(name):
    """The signals that arrive unchanged; stop signals are dumb-init's own chapter below."""
    wanted = EVERY - NOT_FORWARDED[name]
    if name == "dumb-init":
        wanted -= STOPS
    if WITH_ORIGINALS and name != OWN:
        wanted -= LIBC_PRIVATE
    return sorted(wanted)


class Forwarding(TestCase):
    @called(OWN, "tini", "tini-static", "dumb-init", "catatonit", places=ANYWHERE)
    def test_every_forwardable_signal_reaches_the_child(self, name, pid1):
        init = self.start(name, [], f"report-signals-until {LAST}", pid1=pid1)
        init.reports.ready()
        for number in forwarded(name):
            init.signal(number)
            init.reports.expect(f"child signal {number}")
        self.assertEqual(init.exit_code(), 0)

    @called(OWN, "tini", "tini-static", "dumb-init", "catatonit")
    def test_what_is_not_forwarded_never_arrives(self, name):
        # As PID 1, since outside of it a fault is what ends the init itself.
        init = self.start(name, [], f"report-signals-until {LAST}", pid1=True,
                          env={"ASAN_OPTIONS": SANITIZER_KEEPS_OUT})
        init.reports.ready()
        for number in sorted(NOT_FORWARDED[name]):
            init.signal(number)
        init.signal(LAST)
        init.reports.expect(f"child signal {LAST}")

    @called(OWN, "tini", "catatonit")
    def test_without_being_asked_only_the_child_gets_the_signal(self, name):
        init = self.start(name, [], "fork { name other hold } hold")
        child = init.child
        init.reports.ready("child")
        other = _children_when_there(child)[0]
        init.signal(signal.SIGTERM)
        self.assertEqual(init.exit_code(), 128 + signal.SIGTERM)
        if name != OWN:  # ours ends what is left when the command has gone
            self.assertTrue(is_alive(other))

    @called(OWN, "tini", "catatonit", places=ANYWHERE)
    def test_dash_g_signals_the_whole_group(self, name, pid1):
        script = f"fork {{ name other report-signals-until {LAST} }} report-signals-until {LAST}"
        init = self.start(name, ["-g"], script, pid1=pid1)
        self._both_get(init, signal.SIGUSR1)

    @called("tini")
    def test_a_variable_asks_for_the_whole_group_too(self, name):
        script = f"fork {{ name other report-signals-until {LAST} }} report-signals-until {LAST}"
        init = self.start(name, [], script, env={"TINI_KILL_PROCESS_GROUP": "1"})
        self._both_get(init, signal.SIGUSR1)

    @called(OWN)
    def test_our_own_variable_asks_for_the_whole_group_too(self, name):
        script = f"fork {{ name other report-signals-until {LAST} }} report-signals-until {LAST}"
        for value in ("1", "true"):
            init = self.start(name, [], script, env={"PMX_KILL_GROUP": value})
            self._both_get(init, signal.SIGUSR1)

    def _both_get(self, init, number):
        init.reports.until("ready")
        init.reports.until("ready")
        init.signal(number)
        seen = {init.reports.next(), init.reports.next()}
        self.assertEqual(seen, {f"child signal {number}", f"other signal {number}"})

    @called(OWN, "tini", "dumb-init", "catatonit", places=ANYWHERE)
    def test_a_signal_sent_before_the_child_is_ready_is_not_lost(self, name, pid1):
        if WITH_ORIGINALS and name == "dumb-init":
            self.skipTest("the original loses it while its child has no session yet")
        # The child inherits a mask with USR1 blocked, so that it may come as early as it likes.
        init = self.start(name, [], f"report-signals-until {signal.SIGUSR1}", pid1=pid1,
                          preexec_fn=lambda: signal.pthread_sigmask(signal.SIG_BLOCK,
                                                                    [signal.SIGUSR1]))
        init.child  # exists, has perhaps not reached exec
        init.signal(signal.SIGUSR1)
        init.reports.until(f"child signal {int(signal.SIGUSR1)}")
        self.assertEqual(init.exit_code(), 0)


def _children_when_there(pid):
    return wait_until(lambda: children(pid), f"{pid} has a child")


def _in_session(name):
    return ["--setsid"] if name == OWN else []


class Session(TestCase):
    """dumb-init, and ours when asked to, makes a session of its child and stops with it."""

    @called(OWN, "dumb-init", places=ANYWHERE)
    def test_a_signal_goes_to_the_whole_session_group(self, name, pid1):
        script = f"fork {{ name other report-signals-until {LAST} }} report-signals-until {LAST}"
        init = self.start(name, _in_session(name), script, pid1=pid1)
        init.reports.until("ready")
        init.reports.until("ready")
        init.signal(signal.SIGUSR1)
        self.assertEqual({init.reports.next(), init.reports.next()},
                         {"child signal 10", "other signal 10"})

    @called(OWN, "dumb-init")
    def test_stop_signals_become_stop_for_the_child_and_stop_the_init_too(self, name):
        for number in sorted(STOPS):
            with self.subTest(signal=number):
                init = self.start(name, _in_session(name), "hold")
                init.reports.ready()
                child = init.child
                init.signal(number)
                wait_until_stopped(child)
                wait_until_stopped(init.pid)
                init.signal(signal.SIGCONT)
                wait_until_running_again(child)
                wait_until_running_again(init.pid)
                init.signal(signal.SIGTERM)
                self.assertEqual(init.exit_code(), 128 + signal.SIGTERM)

    @called(OWN, "dumb-init")
    def test_as_pid_1_the_child_stops_and_the_init_stays_awake(self, name):
        for number in sorted(STOPS):
            with self.subTest(signal=number):
                init = self.start(name, _in_session(name), "hold", pid1=True)
                init.reports.ready()
                child = init.child
                for _ in range(50 if name == OWN else 1):  # dumb-init can lose a SIGCONT
                    init.signal(number)
                    wait_until_stopped(child)
                    init.signal(signal.SIGCONT)
                    wait_until_running_again(child)
                init.signal(signal.SIGTERM)
                self.assertEqual(init.exit_code(), 128 + signal.SIGTERM)

    @called("dumb-init")
    def test_in_single_child_mode_stop_signals_stay_what_they_are(self, name):
        for options, env in ((["-c"], {}), (["--single-child"], {}),
                             ([], {"DUMB_INIT_SETSID": "0"})):
            with self.subTest(options=options, env=env):
                init = self.start(name, options, f"report-signals-until {LAST}", env=env)
                init.reports.ready()
                for number in sorted(STOPS):
                    init.signal(number)
                    init.reports.expect(f"child signal {number}")
                    wait_until_stopped(init.pid)
                    init.signal(signal.SIGCONT)
                    init.reports.expect("child signal 18")

    @called("dumb-init")
    def test_single_child_mode_signals_the_child_alone(self, name):
        init = self.start(name, ["-c"], "fork { name other hold } hold")
        child = init.child
        init.reports.until("ready")
        init.reports.until("ready")
        other = _children_when_there(child)[0]
        init.signal(signal.SIGTERM)
        self.assertEqual(init.exit_code(), 128 + signal.SIGTERM)
        self.assertTrue(is_alive(other))

    @called(OWN, "dumb-init")
    def test_the_rest_of_the_group_gets_term_when_the_child_ends(self, name):
        init = self.start(name, _in_session(name),
                          "fork { name other report-signals-until 15 } report-signals-until 10")
        init.reports.until("ready")
        init.reports.until("ready")
        init.signal(signal.SIGUSR2)
        self.assertEqual({init.reports.next(), init.reports.next()},
                         {"child signal 12", "other signal 12"})
        init.signal(signal.SIGUSR1)
        self.assertEqual({init.reports.next() for _ in range(3)},
                         {"child signal 10", "other signal 10", "other signal 15"})
        self.assertEqual(init.exit_code(), 0)


class Rewriting(TestCase):
    @called(OWN, "dumb-init", places=ANYWHERE)
    def test_a_rewritten_signal_arrives_as_the_other(self, name, pid1):
        init = self.start(name, ["-r", "15:3", "--rewrite", "10:12"],
                          f"report-signals-until {LAST}", pid1=pid1)
        init.reports.ready()
        for sent, got in ((15, 3), (10, 12), (3, 3)):
            init.signal(sent)
            init.reports.expect(f"child signal {got}")

    @called(OWN, "dumb-init", places=ANYWHERE)
    def test_a_signal_rewritten_to_zero_is_swallowed(self, name, pid1):
        init = self.start(name, ["-r", "15:0"], f"report-signals-until {LAST}", pid1=pid1)
        init.reports.ready()
        init.signal(signal.SIGTERM)
        init.signal(LAST)
        init.reports.expect(f"child signal {LAST}")

    @called(OWN, "dumb-init")
    def test_a_rewrite_wins_over_the_stop_signals_of_session_mode(self, name):
        init = self.start(name, [*_in_session(name), "-r", "20:10", "-r", "21:12", "-r", "22:0"],
                          f"report-signals-until {LAST}")
        init.reports.ready()
        for sent, got in ((20, 10), (21, 12)):
            init.signal(sent)
            init.reports.expect(f"child signal {got}")
            wait_until_stopped(init.pid)
            init.signal(signal.SIGCONT)
            init.reports.expect("child signal 18")
        init.signal(22)
        wait_until_stopped(init.pid)
        init.signal(signal.SIGCONT)
        init.reports.expect("child signal 18")

    @called(OWN)
    def test_a_rewrite_may_name_its_signals(self, name):
        for value in ("TERM:QUIT", "SIGTERM:SIGQUIT", "15:QUIT"):
            with self.subTest(value=value):
                init = self.start(name, ["-r", value], f"report-signals-until {LAST}")
                init.reports.ready()
                init.signal(signal.SIGTERM)
                init.reports.expect("child signal 3")

    @called(OWN)
    def test_real_time_signals_can_be_rewritten(self, name):
        init = self.start(name, ["-r", "40:10", "-r", "12:41"], f"report-signals-until {LAST}")
        init.reports.ready()
        init.signal(40)
        init.reports.expect("child signal 10")
        init.signal(12)
        init.reports.expect("child signal 41")

    @called(OWN)
    def test_rewrites_can_come_from_the_variable(self, name):
        init = self.start(name, [], f"report-signals-until {LAST}",
                          env={"PMX_REWRITE": "15:3 10:0"})
        init.reports.ready()
        init.signal(signal.SIGUSR1)
        init.signal(signal.SIGTERM)
        init.reports.expect("child signal 3")


class Faults(TestCase):
    @called(OWN, "tini", "catatonit")
    def test_a_fault_ends_an_init_that_is_not_pid_1(self, name):
        init = self.start(name, [], "hold")
        init.reports.ready()
        init.signal(signal.SIGABRT)
        self.assertEqual(init.exit_code(), -signal.SIGABRT)


class Pause(TestCase):
    @called(OWN, "catatonit", places=ANYWHERE)
    def test_pause_runs_nothing_and_ends_well_on_term_and_int(self, name, pid1):
        for number in (signal.SIGTERM, signal.SIGINT):
            with self.subTest(signal=number):
                init = self.start_line(name, ["-P"], pid1=pid1)
                wait_until_set_up(init.pid)
                init.signal(number)
                self.assertEqual(init.exit_code(), 0)


if __name__ == "__main__":
    main()
