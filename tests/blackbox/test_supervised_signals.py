"""Signals sent to a pmx-init that supervises: which of them every app gets, which stop everything, and
that all others change nothing."""

import json
import signal

from manifest_case import ManifestCase
from support import FAKE_CHILD, main

TO_EVERY_APP = (signal.SIGUSR1, signal.SIGUSR2, signal.SIGWINCH, signal.SIGCONT)
STOPS = (signal.SIGTERM, signal.SIGINT, signal.SIGQUIT)
# The kernel means pmx-init by these.
FAULTS = {signal.SIGFPE, signal.SIGILL, signal.SIGSEGV, signal.SIGBUS, signal.SIGABRT,
          signal.SIGTRAP, signal.SIGSYS}
IGNORED = sorted(set(range(1, 65)) - FAULTS - {*TO_EVERY_APP, *STOPS} -
                 {signal.SIGKILL, signal.SIGSTOP, signal.SIGCHLD, signal.SIGHUP})


def listener(name, *before, until=signal.SIGTERM, **keys):
    """An app that reports every signal that it gets, up to this one."""
    return {"name": name, "autorestart": False, **keys, "command":
            [FAKE_CHILD, "name", name, *before, "report-signals-until", str(int(until))]}


def with_child(name):
    child = f"fork {{ name {name}-child report-signals-until 15 }}"
    return listener(name, *child.split())


class SupervisedSignals(ManifestCase):
    def two_apps(self, pid1):
        init = self.init(with_child("a"), with_child("b"), popen={"pid1": pid1})
        init.all_ready("a", "a-child", "b", "b-child")
        for _ in range(2):
            self.until(init, '"event":"started"')
        return init

    def assert_next_reports(self, init, *wanted):
        self.assertEqual(sorted(init.reports.next() for _ in wanted), sorted(wanted))

    def assert_only_the_stop_comes(self, init, before=()):
        init.signal(signal.SIGTERM)
        self.assert_next_reports(init, *(f"{name} signal 15"
                                         for name in ("a", "a-child", "b", "b-child")))
        code, records = self.records(init)
        self.assertEqual([record["event"] for record in records],
                         ["started", "started", *before, "stopping", "exited", "exited"])
        self.assertEqual(code, 0)

    def test_four_of_them_go_to_the_main_process_of_every_app(self):
        for pid1 in (False, True):
            with self.subTest(pid1=pid1):
                init = self.two_apps(pid1)
                for number in TO_EVERY_APP:
                    init.signal(number)
                    self.assert_next_reports(init, f"a signal {int(number)}",
                                             f"b signal {int(number)}")
                self.assert_only_the_stop_comes(init)

    def test_three_of_them_stop_everything_in_reverse_with_the_signal_of_each_app(self):
        for number in STOPS:
            for pid1 in (False, True):
                with self.subTest(signal=number, pid1=pid1):
                    init = self.init(
                        listener("db"), listener("api", until=signal.SIGUSR2,
                                                 stop_signal="SIGUSR2", depends_on=["db"]),
                        popen={"pid1": pid1})
                    init.all_ready("db", "api")
                    init.signal(number)
                    init.reports.expect("api signal 12")
                    init.reports.expect("db signal 15")
                    code, records = self.records(init)
                    self.assertEqual(
                        [record["msg"] for record in records if record["event"] == "stopping"],
                        [f"{number.name} was received: stopping everything"])
                    self.assertEqual(code, 0)

    def test_all_others_are_ignored_and_named(self):
        for pid1 in (False, True):
            with self.subTest(pid1=pid1):
                init = self.two_apps(pid1)
                names = []
                for number in IGNORED:
                    init.signal(number)
                    record = json.loads(init.stdout.next())
                    names.append(record["signal"])
                    self.assertEqual((record["event"], record["level"], record["msg"]),
                                     ("signal", "info", f"{names[-1]} was received and ignored"))
                self.assertEqual(len(set(names)), len(IGNORED))
                for number, name in ((signal.SIGALRM, "SIGALRM"), (signal.SIGTSTP, "SIGTSTP"),
                                     (34, "SIGRTMIN"), (37, "SIGRTMIN+3")):
                    self.assertEqual(names[IGNORED.index(number)], name)
                self.assert_only_the_stop_comes(init, before=["signal"] * len(IGNORED))


if __name__ == "__main__":
    main()
