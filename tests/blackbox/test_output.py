"""The way of the log out of pmx-init: nothing is lost, nothing blocks, wherever stdout leads."""

import fcntl
import os
import pathlib
import signal
import socket
import subprocess
import tempfile
import time

from full_pipe import Pipe, wait_until_blocked
from manifest_case import ManifestCase
from processes import is_alive, stat, status, wait_until, zombies
from records import event, events, lines_of, parse_all
from support import (FAKE_CHILD, OWN, SCRATCH, Lines, TestCase, as_uid, called, main, only_as_root)
from terminal import Terminal

MANY = 50_000
MANY_SIGNALS = 1500  # more than their records find room for in a buffer of ours


def _take(pipe, size):
    while size > 0:
        size -= len(os.read(pipe.read_end, 65536))


class BackPressure(TestCase):
    def test_with_wait_nothing_is_lost_however_slow_the_reader(self):
        pipe = Pipe(self)
        init = self.start(OWN, ["-q"], f"print-wide-lines {MANY} 100", stdout=pipe.write_end)
        wait_until_blocked(init.child)
        found = parse_all(pipe.read_all())
        self.assertEqual(lines_of(found), [f"line {i}".ljust(100, ".") for i in range(MANY)])
        self.assertEqual(init.exit_code(), 0)

    def test_who_floods_a_slow_stdout_does_not_keep_the_others_from_it(self):
        pipe = Pipe(self)
        script = ("trap 'echo a word >&2' USR1; yes $(printf %0500d 0) & echo up >&2; "
                  "while :; do wait; done")
        init = self.start_line(OWN, ["-q", "--log", "text", "--", "bash", "-c", script],
                               stdout=pipe.write_end)
        self._read_until(pipe, b"up")
        wait_until_blocked(init.pid)
        init.signal(signal.SIGUSR1)
        self._read_until(pipe, b"a word")

    def _read_until(self, pipe, word):
        """More slowly than it is written."""
        left, seen = 64 << 20, b""
        while word not in seen:
            self.assertGreater(left, 0, f"{word} does not come")
            seen = seen[-100:] + os.read(pipe.read_end, 4096)
            left -= 4096
            time.sleep(0.0002)

    def test_with_drop_the_child_never_waits_and_what_is_missing_is_counted(self):
        pipe = Pipe(self)
        init = self.start(OWN, ["--on-full", "drop"],
                          f"print-wide-lines {MANY} 100 report done report-signals-until 10",
                          stdout=pipe.write_end)
        init.reports.expect("child done")
        init.reports.ready()
        init.signal(signal.SIGUSR1)
        found = parse_all(pipe.read_all())
        self.assertEqual(init.exit_code(), 0)
        dropped = sum(record["count"] for record in found if record.get("event") == "dropped")
        self.assertGreater(dropped, 0)
        self.assertEqual(len(lines_of(found)) + dropped, MANY)
        numbers = [int(line.strip(".").split()[1]) for line in lines_of(found)]
        self.assertEqual(numbers, sorted(set(numbers)))
        after_exit = found[[record.get("event") for record in found].index("exited"):]
        self.assertEqual(lines_of(after_exit), [])

    def test_signals_and_reaping_go_on_and_memory_stays_while_stdout_is_blocked(self):
        pipe = Pipe(self)
        init = self.start(OWN, [], "fork { name flood flood } report-signals-until 64 "
                                   "orphan-storm 500 report-signals-until 63",
                          stdout=pipe.write_end)
        init.reports.ready()
        wait_until_blocked(init.pid)
        _take(pipe, 8 << 20)  # from full pipes: now every buffer has been used
        wait_until_blocked(init.pid)
        before = _memory(init.pid)
        for number in (10, 12, 28, 40, 64):
            init.signal(number)
            init.reports.expect(f"child signal {number}")
        init.reports.expect("child storm 500")
        init.reports.ready()
        wait_until(lambda: not zombies(init.pid), "every orphan is reaped")
        _take(pipe, 8 << 20)  # the flood goes on
        wait_until_blocked(init.pid)
        self.assertLessEqual(_memory(init.pid), before + 128)

    def test_with_drop_memory_stays_however_much_is_dropped(self):
        pipe = Pipe(self)
        init = self.start(OWN, ["--on-full", "drop"],
                          "fork { name flood flood } report-signals-until 64", stdout=pipe.write_end)
        init.reports.ready()
        has_read = lambda size: wait_until(lambda: _bytes_read(init.pid) > size, f"{size} bytes")
        has_read(64 << 20)
        before = _memory(init.pid)
        has_read(512 << 20)
        # Its buffers are filled by and by; beside what was dropped that is nothing.
        self.assertLessEqual(_memory(init.pid), before + 1024)
        for number in (10, 40):
            init.signal(number)
            init.reports.expect(f"child signal {number}")

    @only_as_root
    def test_the_same_when_someone_else_has_filled_the_pipe_and_we_are_nobody(self):
        pipe = Pipe(self)
        pipe.fill()
        init = self.start(OWN, [], "fork { name flood flood } report-signals-until 64 exit 3",
                          stdout=pipe.write_end, wrapper=as_uid(54323))
        init.reports.ready()
        wait_until_blocked(init.pid)
        before = _memory(init.pid)
        for number in (10, 12, 15, 40):
            init.signal(number)
            init.reports.expect(f"child signal {number}")
        self.assertLessEqual(_memory(init.pid), before + 128)
        init.signal(64)
        data = pipe.read_all()
        self.assertEqual(init.exit_code(), 3)
        ours = b"\n".join(line for line in data.split(b"\n") if not line.startswith(b"#")
                          and line != b"")
        found = parse_all(ours + b"\n")
        self.assertEqual(events(found)[-1], "exited")

    def test_stdout_is_not_made_non_blocking_for_those_who_share_it(self):
        pipe = Pipe(self)
        init = self.start(OWN, [], "fork { name flood flood } hold", stdout=pipe.write_end)
        init.reports.ready()
        wait_until_blocked(init.pid)
        self.assertFalse(fcntl.fcntl(pipe.write_end, fcntl.F_GETFL) & os.O_NONBLOCK)


def _capacity(pid):
    """Bytes that the pipe has room for that is the process's stdout."""
    pipe = os.open(f"/proc/{pid}/fd/1", os.O_WRONLY | os.O_NONBLOCK)
    try:
        return fcntl.fcntl(pipe, fcntl.F_GETPIPE_SZ)
    finally:
        os.close(pipe)


def _bytes_read(pid):
    with open(f"/proc/{pid}/io", encoding="ascii") as file:
        return int(file.readline().split()[1])


def _memory(pid):
    """Resident kilobytes, but for the program's code."""
    return int(status(pid)["RssAnon"].split()[0])


class NobodyReads(TestCase):
    def test_the_child_goes_on_when_the_reader_has_gone(self):
        pipe = Pipe(self)
        init = self.start(OWN, [], f"report-signals-until 10 print-lines {MANY} report done "
                                   "report-signals-until 12 exit 7", stdout=pipe.write_end)
        init.reports.ready()
        pipe.close_reader()
        pipe.close_writer()
        init.signal(signal.SIGUSR1)
        init.reports.until("child done")
        init.reports.ready()
        init.signal(signal.SIGUSR2)
        code, _, stderr = init.output()
        self.assertEqual(code, 7)
        self.assertRegex(stderr, r"^pmx-init: stdout was closed: [1-9]\d* records were discarded\n$")

    def test_a_full_device_does_not_stop_it_either(self):
        with open("/dev/full", "wb", buffering=0) as full:
            init = self.start(OWN, [], f"print-lines {MANY} report done exit 7", stdout=full)
        init.reports.expect("child done")
        self.assertEqual(init.exit_code(), 7)

    def with_small_disk(self, log, then):
        """It is full now, and the child waits for SIGUSR1."""
        script = f"print-lines {MANY} report done report-signals-until 10 {then}"
        init = self.start_line(OWN, ["--", FAKE_CHILD, *script.split()], stdout=log,
                               wrapper=["prlimit", "--fsize=8192:unlimited"])
        init.reports.until("child done")
        init.reports.ready()
        return init

    def test_a_file_that_may_not_grow_does_not_stop_it_either(self):
        # The signal of such a write is ours, and nothing that the app is told.
        with tempfile.TemporaryFile(buffering=0) as log:
            init = self.with_small_disk(log, "exit 7")
        init.signal(signal.SIGUSR1)
        self.assertEqual(init.exit_code(), 7)

    def test_when_a_full_disk_has_room_again_it_is_said_what_is_missing(self):
        with tempfile.NamedTemporaryFile(buffering=0) as log:
            init = self.with_small_disk(log, "say again exit 7")
            subprocess.run(["prlimit", f"--pid={init.pid}", "--fsize=unlimited:"], check=True)
            init.signal(signal.SIGUSR1)
            code, _, stderr = init.output()
            records = parse_all(pathlib.Path(log.name).read_text())
        self.assertEqual(code, 7)
        dropped, = [record for record in records if record.get("event") == "dropped"]
        self.assertIn("again", [record["msg"] for record in records])
        self.assertIn(f": {dropped['count']} records were discarded\n", stderr)

    def test_a_disk_that_is_full_at_the_end_is_not_waited_for(self):
        # Longer than any test may take: that it ends at all is the proof.
        with tempfile.TemporaryFile(buffering=0) as log:
            init = self.start_line(OWN, ["--flush-timeout", "10h", "--", FAKE_CHILD,
                                         *f"print-lines {MANY} exit 7".split()], stdout=log,
                                   wrapper=["prlimit", "--fsize=8192"])
            code, _, stderr = init.output()
        self.assertEqual(code, 7)
        self.assertRegex(stderr, r"^pmx-init: cannot write to stdout: file too large: "
                                 r"[1-9]\d* records were discarded\n$")

    def test_the_final_flush_gives_up_and_says_how_many_records_were_left(self):
        pipe = Pipe(self)
        pipe.fill()
        init = self.start(OWN, ["--flush-timeout", "100ms"], "print-lines 100 exit 6",
                          stdout=pipe.write_end)
        code, _, stderr = init.output()
        self.assertEqual(code, 6)
        self.assertRegex(stderr, r"^pmx-init: .*\b102\b.* records?\b")

    def test_it_gives_up_too_when_more_than_its_buffer_was_left(self):
        pipe = Pipe(self)
        pipe.fill()
        init = self.start(OWN, ["--flush-timeout", "100ms"], "print-lines 20000 exit 6",
                          stdout=pipe.write_end)
        code, _, stderr = init.output()
        self.assertEqual(code, 6)
        self.assertRegex(stderr, r"^pmx-init: .*\b20002\b.* records?\b")

    def test_the_final_flush_waits_as_long_as_the_reader_makes_progress(self):
        pipe = Pipe(self)
        init = self.start(OWN, ["--flush-timeout", "4s"], "print-wide-lines 500 10000",
                          stdout=pipe.write_end)
        child, data = init.child, bytearray()
        while data.count(b"\n") < 2:
            data += os.read(pipe.read_end, 4096)
        record = len(data.splitlines()[1])
        # What is left fills our pipe and half of the child's, so that the child can end and
        # the flush takes longer than this test reads.
        ours, childs = _capacity(init.pid), _capacity(child)
        while len(data) < 500 * record - ours - childs // 2:
            data += os.read(pipe.read_end, 4096)
        wait_until(lambda: not is_alive(child), "the child has written everything")
        for _ in range(8):
            time.sleep(1)
            data += os.read(pipe.read_end, childs // 32)
        self.assertIsNone(init.process.poll())
        found = parse_all(bytes(data) + pipe.read_all())
        self.assertEqual(len(lines_of(found)), 500)
        self.assertEqual(events(found)[-1], "exited")
        self.assertEqual(init.output()[::2], (0, ""))


class OurEvents(ManifestCase):
    """What must be kept is kept in a buffer in which nothing else finds room."""

    SCRIPT = "report-signals-until 64 exit 3"

    def _fill(self, init):
        init.reports.ready()
        for _ in range(MANY_SIGNALS):
            init.signal(signal.SIGUSR1)
            init.reports.expect("child signal 10")

    def _end(self, init, number):
        child = init.child
        init.signal(number)
        wait_until(lambda: stat(child) is None, "it is reaped")
        wait_until_blocked(init.pid)

    def _read(self, pipe):
        data = pipe.read_all()
        found = parse_all(b"".join(line for line in data.splitlines(keepends=True)
                                   if line.startswith(b"{")))
        signals = [r for r in found if r.get("signal") == "SIGUSR1"]
        self.assertLess(len(signals), MANY_SIGNALS)  # otherwise there was room for everything
        return found

    def test_how_the_command_ended_is_read_later(self):
        pipe = Pipe(self)
        pipe.fill()
        init = self.start(OWN, ["-vv", "--grace", "0", "--flush-timeout", "1h"], self.SCRIPT,
                          stdout=pipe.write_end)
        self._fill(init)
        self._end(init, 64)
        found = self._read(pipe)
        self.assertEqual(init.exit_code(), 3)
        self.assertEqual(event(found, "exited")["code"], 3)

    def test_that_an_app_was_killed_is_read_later(self):
        pipe = Pipe(self)
        pipe.fill()
        init = self.init({"name": "deaf", "command": [FAKE_CHILD, *self.SCRIPT.split()],
                          "kill_timeout": "100ms"}, options=("-vv", "--flush-timeout", "1h"),
                         popen={"stdout": pipe.write_end})
        self._fill(init)
        self._end(init, signal.SIGTERM)
        found = self._read(pipe)
        self.assertEqual(event(found, "killed")["pid"], event(found, "exited")["pid"])
        self.assertEqual(event(found, "exited")["signal"], "SIGKILL")


class LastWords(TestCase):
    def test_all_that_was_written_comes_before_the_exit(self):
        for end, code in (("exit 3", 3), ("die-of 9", 137)):
            with self.subTest(end=end):
                got, stdout, _ = self.run_to_end(OWN, [], f"print-lines {MANY} complain bye {end}")
                self.assertEqual(got, code)
                found = parse_all(stdout)
                self.assertEqual(lines_of(found), [f"line {i}" for i in range(MANY)])
                self.assertEqual(lines_of(found, "stderr"), ["bye"])
                self.assertEqual(found[-1]["event"], "exited")

    def test_a_held_block_is_written_too(self):
        _, stdout, _ = self.run_line(OWN, ["--", "sh", "-c",
                                           "printf 'Error: x\\n    at y' >&2; kill -9 $$"])
        found = parse_all(stdout)
        self.assertEqual(lines_of(found, "stderr"), ["Error: x\n    at y"])
        self.assertEqual(found[-1]["event"], "exited")

    def test_a_process_that_keeps_the_pipe_open_does_not_hold_up_the_end(self):
        init = self.start(OWN, ["--grace", "0"], "orphan { name late hold } "
                                                 "report-signals-until 10 say last exit 4")
        init.all_ready("child", "late")
        init.signal(signal.SIGUSR1)
        self.assertEqual(init.exit_code(), 4)
        init.stdout.wait_for('"last"')


class Destinations(TestCase):
    """Wherever stdout leads, the same records arrive."""

    SCRIPT = "print-lines 2000 exit 3"

    def _check(self, data):
        found = parse_all(data)
        self.assertEqual(lines_of(found), [f"line {i}" for i in range(2000)])
        self.assertEqual(events(found), ["started", "exited"])

    def test_a_file(self):
        path = os.path.join(tempfile.mkdtemp(dir=SCRATCH), "log")
        with open(path, "wb") as file:
            init = self.start(OWN, [], self.SCRIPT, stdout=file)
        self.assertEqual(init.exit_code(), 3)
        with open(path, "rb") as file:
            self._check(file.read())

    def test_a_file_that_is_appended_to_from_where_it_is(self):
        path = os.path.join(tempfile.mkdtemp(dir=SCRATCH), "log")
        with open(path, "wb") as file:
            file.write(b'{"first":"line"}\n')
            file.flush()
            init = self.start(OWN, [], self.SCRIPT, stdout=file)
            self.assertEqual(init.exit_code(), 3)
            file.seek(0, os.SEEK_END)
            file.write(b'{"last":"line"}\n')
        with open(path, "rb") as file:
            lines = file.read().splitlines(keepends=True)
        self.assertEqual((lines[0], lines[-1]), (b'{"first":"line"}\n', b'{"last":"line"}\n'))
        self._check(b"".join(lines[1:-1]))

    def test_a_socket(self):
        ours, theirs = socket.socketpair()
        lines = Lines(os.dup(ours.fileno()))
        with ours, theirs:
            init = self.start(OWN, [], self.SCRIPT, stdout=theirs)
            theirs.close()
            self.assertEqual(init.exit_code(), 3)
            self._check(lines.everything())

    def test_a_socket_that_nobody_reads_blocks_nobody_but_the_child(self):
        ours, theirs = socket.socketpair()
        self.addCleanup(ours.close)
        init = self.start(OWN, [], "fork { name flood flood } report-signals-until 64 exit 3",
                          stdout=theirs)
        theirs.close()
        init.reports.ready()
        wait_until_blocked(init.pid)
        init.signal(signal.SIGTERM)
        init.reports.expect("child signal 15")

    def test_a_terminal(self):
        terminal = Terminal()
        self.addCleanup(terminal.close)
        init = self.start(OWN, ["--log", "json"], self.SCRIPT, stdout=terminal.slave)
        self.assertEqual(init.exit_code(), 3)
        terminal.screen.wait_for('"event":"exited"')
        terminal.screen.wait_for("}\n")
        wait_until(lambda: terminal.screen.so_far().count(b"\n") == 2002, "all lines are shown")
        self._check(terminal.screen.so_far())

    def test_nothing_at_all(self):
        with open(os.devnull, "wb") as nothing:
            init = self.start(OWN, [], self.SCRIPT, stdout=nothing)
        self.assertEqual(init.exit_code(), 3)

    @only_as_root
    @called(OWN)
    def test_a_pipe_that_belongs_to_someone_else(self, name):
        code, stdout, _ = self.run_to_end(name, [], self.SCRIPT, wrapper=as_uid(54324))
        self.assertEqual(code, 3)
        self._check(stdout)


if __name__ == "__main__":
    main()
