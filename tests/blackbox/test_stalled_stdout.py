"""A stdout that takes nothing for longer than --flush-timeout: what follows from the end of a process
does not wait for it, and later it is written to as before."""

import os
import pty
import signal
import tempfile

from full_pipe import Pipe, wait_until_blocked
from records import event, events, lines_of, parse_all
from support import FAKE_CHILD, OWN, SCRATCH, Lines, TestCase, as_uid, main, only_as_root

MANY = 20_000
PATIENCE = ("--flush-timeout", "300ms")
# Prints and fails the first time, and then goes on until it is told to end.
FAILS_ONCE = f"""
[ -e "$0" ] || {{ : >"$0"; exec {FAKE_CHILD} print-lines {MANY} complain why exit 1; }}
exec {FAKE_CHILD} say again report-signals-until 10 say end
"""


class Stalled(TestCase):
    def setUp(self):
        super().setUp()
        self.pipe = Pipe(self)
        self.pipe.fill()

    def records(self, data):
        """Those behind what has filled the pipe."""
        return parse_all(b"".join(line for line in data.splitlines(keepends=True)
                                  if not line.startswith(b"#")))

    def check_that_all_is_there_or_counted(self, found, others):
        dropped = [record["count"] for record in found if record.get("event") == "dropped"]
        kept = [int(line.split()[1]) for line in lines_of(found) if line.startswith("line ")]
        self.assertEqual(kept, list(range(len(kept))))
        self.assertEqual(len(kept) + sum(dropped) + others, MANY + 1)
        self.assertGreater(sum(dropped), 0)

    def test_a_restart_does_not_wait_for_it_and_the_log_goes_on(self):
        marker = os.path.join(tempfile.mkdtemp(dir=SCRATCH), "marker")
        init = self.start_line(OWN, [*PATIENCE, "--restart", "on-failure", "--", "sh", "-c",
                                     FAILS_ONCE, marker], stdout=self.pipe.write_end)
        init.reports.ready()
        output = Lines(os.dup(self.pipe.read_end))
        self.pipe.close_writer()
        output.wait_for('"again"')
        init.signal(signal.SIGUSR1)
        code, _, stderr = init.output()
        self.assertEqual((code, stderr), (0, ""))
        found = self.records(output.everything())
        self.check_that_all_is_there_or_counted(found, len(lines_of(found, "stderr")))
        self.assertEqual([r["code"] for r in found if r.get("event") == "exited"], [1, 0])
        self.assertEqual([line for line in lines_of(found) if not line.startswith("line")],
                         ["again", "end"])
        # What it still wrote is before its end, and that is before what its successor wrote.
        after = found[events_at(found, "exited"):]
        self.assertEqual(lines_of(after), ["again", "end"])

    def test_what_is_written_while_others_have_their_grace_is_in_the_log(self):
        init = self.start(OWN, [*PATIENCE, "--grace", "1h"],
                          "orphan { name late report-signals-until 15 report-signals-until 10 "
                          f"say later }} report-signals-until 10 print-lines {MANY} complain why "
                          "exit 3", stdout=self.pipe.write_end)
        late = init.all_ready("child", "late")["late"]
        init.signal(signal.SIGUSR1)
        init.reports.until("late signal 15")
        init.reports.ready("late")
        output = Lines(os.dup(self.pipe.read_end))
        self.pipe.close_writer()
        output.wait_for('"exited"')
        os.kill(late, signal.SIGUSR1)
        code, _, stderr = init.output()
        self.assertEqual((code, stderr), (3, ""))
        found = self.records(output.everything())
        self.check_that_all_is_there_or_counted(found, len(lines_of(found, "stderr")))
        self.assertEqual(event(found, "exited")["code"], 3)
        self.assertEqual(lines_of(found[events_at(found, "exited"):]), ["later"])

    def test_another_app_that_waits_loses_nothing(self):
        patient = f"{FAKE_CHILD} name patient print-lines {MANY} report-signals-until 10"
        init = self.start_line(OWN, [*PATIENCE, "--restart", "never", "-i", "2", "--", "sh", "-c",
                                     f'[ "$NODE_APP_INSTANCE" = 0 ] && exec {patient}; '
                                     f"exec {FAKE_CHILD} report-signals-until 12 "
                                     f"print-lines {MANY} complain why exit 3"],
                               stdout=self.pipe.write_end)
        pids = init.all_ready("child", "patient")
        os.kill(pids["child"], signal.SIGUSR2)
        output = Lines(os.dup(self.pipe.read_end))
        self.pipe.close_writer()
        output.wait_for('"exited"')
        os.kill(pids["patient"], signal.SIGUSR1)
        code, _, stderr = init.output()
        self.assertEqual((code, stderr), (3, ""))
        found = self.records(output.everything())
        by_instance = lambda n: [r for r in found if r.get("instance") == n]
        self.assertEqual(lines_of(by_instance(0)), [f"line {i}" for i in range(MANY)])

    def test_who_ended_in_time_is_not_said_to_have_been_killed(self):
        init = self.start(OWN, ["--flush-timeout", "2s", "--restart", "always", "--kill-timeout",
                                "100ms"], f"report-signals-until 15 print-lines {MANY} exit 0",
                          stdout=self.pipe.write_end)
        init.reports.ready()
        init.signal(signal.SIGTERM)
        code, _, stderr = init.output()
        self.assertEqual(code, 0)
        # `started`, `stopping` and `exited` too.
        self.assertEqual(stderr, f"pmx-init: stdout took nothing any more: {MANY + 3} records were "
                                 "left\n")

    def test_what_was_dropped_is_in_the_count_of_what_was_left(self):
        init = self.start(OWN, [*PATIENCE, "--on-full", "drop"], f"print-lines {MANY} exit 6",
                          stdout=self.pipe.write_end)
        code, _, stderr = init.output()
        self.assertEqual(code, 6)
        self.assertEqual(stderr, f"pmx-init: stdout took nothing any more: {MANY + 2} records were "
                                 "left\n")


class NotOurTerminal(TestCase):
    """One that belongs to another user: it cannot be opened anew, and so it would make us wait."""

    @only_as_root
    def test_a_full_one_keeps_no_signal_waiting(self):
        keyboard, screen = pty.openpty()
        self.addCleanup(os.close, keyboard)
        self.addCleanup(os.close, screen)
        os.fchmod(screen, 0o600)
        init = self.start_line(OWN, [*PATIENCE, "--log", "json", "--", "yes", "a" * 56],
                               wrapper=as_uid(54321), stdout=screen)
        wait_until_blocked(init.pid)
        init.signal(signal.SIGTERM)
        self.assertEqual(init.exit_code(), 143)


def events_at(records, name):
    return events_of(records).index(name)


def events_of(records):
    return [record.get("event") for record in records]


class NoStdout(TestCase):
    """What the kernel said is said."""

    def _says(self, stdout, reason):
        init = self.start(OWN, [], "say something exit 7", stdout=stdout)
        code, _, stderr = init.output()
        self.assertEqual(code, 7)
        self.assertEqual(stderr, f"pmx-init: {reason}: 3 records were discarded\n")

    def test_a_full_device(self):
        with open("/dev/full", "wb", buffering=0) as full:
            self._says(full, "cannot write to stdout: no space left on device")

    def test_a_descriptor_for_reading(self):
        with tempfile.TemporaryDirectory() as folder, \
                open(os.path.join(folder, "log"), "a+b") as file, open(file.name, "rb") as reading:
            self._says(reading, "cannot write to stdout: bad file descriptor")
            self.assertEqual(file.tell(), 0)

    def test_a_directory(self):
        folder = os.open("/", os.O_RDONLY)
        self.addCleanup(os.close, folder)
        self._says(folder, "cannot write to stdout: bad file descriptor")

    def test_a_pipe_without_a_reader(self):
        pipe = Pipe(self)
        pipe.close_reader()
        self._says(pipe.write_end, "stdout was closed")


if __name__ == "__main__":
    main()
