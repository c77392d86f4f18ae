"""`out_file`, `error_file` and `log_file`: an app's plain lines, besides the log."""

import json
import os
import resource
import signal
import subprocess
import sys

from manifest_case import ControlCase
from processes import children, wait_until
from support import main, only_as_root


def speaks(code):
    return [sys.executable, "-c", code]


TWO_STREAMS = """
import sys
print("to stdout", flush=True)
print("to stderr", file=sys.stderr, flush=True)
"""
# As many lines as its argument says, as fast as it can.
MANY_LINES = """
import sys
sys.stdout.write("".join(f"line {n:07} {'x' * 80}\\n" for n in range(int(sys.argv[1]))))
"""


DEAF = """
import signal
sys.stdout.flush()
signal.signal(signal.SIGTERM, signal.SIG_IGN)
while True:
    signal.pause()
"""
ECHO_AT_SIGUSR1 = """
import signal
signal.signal(signal.SIGUSR1, lambda *_: print("line 2", flush=True))
print("line 0\\nline 1", flush=True)
while True:
    signal.pause()
"""


class LogFiles(ControlCase):
    def app(self, code, *arguments, **keys):
        return {"name": "api", "command": [*speaks(code), *map(str, arguments)],
                "autorestart": False, "cwd": str(self.folder), **keys}

    def file(self, *parts):
        return self.folder.joinpath(*parts)

    def events(self, records, name):
        return [record["msg"] for record in records if record.get("event") == name]

    def test_each_stream_has_its_file_and_the_log_has_all(self):
        init = self.init(self.app(TWO_STREAMS, out_file="new/out.txt", error_file="new/err.txt",
                                  log_file=str(self.file("both.txt"))))
        code, records = self.records(init)
        self.assertEqual(code, 0)
        self.assertEqual(self.file("new", "out.txt").read_text(), "to stdout\n")
        self.assertEqual(self.file("new", "err.txt").read_text(), "to stderr\n")
        both = self.file("both.txt").read_text().splitlines()
        self.assertEqual(sorted(both), ["to stderr", "to stdout"])
        said = {record["msg"] for record in records if "stream" in record}
        self.assertEqual(said, {"to stdout", "to stderr"})
        self.assertEqual(self.events(records, "without-effect"), [])

    @only_as_root
    def test_another_user_cannot_have_its_lines_where_it_may_not_write(self):
        self.folder.chmod(0o755)
        own, secret = self.file("own"), self.file("secret.txt")
        own.mkdir()
        secret.write_text("")
        (own / "link.txt").symlink_to(secret)
        os.chown(own, 12345, 12345)
        os.lchown(own / "link.txt", 12345, 12345)
        self.file("logs").symlink_to(own)  # ours, and where it leads is not
        init = self.init({"name": "api", "command": ["sh", "-c", "echo out; echo err >&2"],
                          "autorestart": False, "cwd": "/", "user": "12345:12345",
                          "out_file": str(own / "link.txt"), "error_file": str(self.file("logs", "err.txt")),
                          "log_file": str(self.file("ours.txt"))})
        code, records = self.records(init)
        self.assertEqual(code, 0)
        said, = self.events(records, "log-file")
        self.assertRegex(said.lower(), f"cannot append to {own}/link.txt: permission denied")
        self.assertEqual(secret.read_text(), "")
        self.assertEqual((own / "err.txt").read_text(), "err\n")
        self.assertEqual((own / "err.txt").stat().st_uid, 12345)
        self.assertEqual(self.file("ours.txt").stat().st_uid, 0)

    def test_lines_are_appended_as_they_are(self):
        self.file("out.txt").write_text("of before\n")
        code = "import os; os.write(1, b'\\x1b[31mred\\xff\\n{\"a\": 1}\\nno end')"
        init = self.init(self.app(code, out_file="out.txt"))
        self.assertEqual(self.records(init)[0], 0)
        self.assertEqual(self.file("out.txt").read_bytes(),
                         b'of before\n\x1b[31mred\xff\n{"a": 1}\nno end\n')

    def test_a_line_without_an_end_is_the_last_of_its_process(self):
        code = "import os, signal; os.write(2, b'oh'); os.write(1, b'up\\nlast'); signal.pause()"
        init = self.init(self.app(code, autorestart=True, out_file="out.txt",
                                  error_file="err.txt", log_file="both.txt"))
        self.until(init, '"msg":"up"')
        self.works("restart", "api")
        self.until(init, '"msg":"up"')
        wait_until(lambda: self.file("out.txt").read_text() == "up\nlast\nup\n",
                   "its last words are missing")  # and the next one's are not there yet
        init.signal(signal.SIGTERM)
        self.assertEqual(self.records(init)[0], 0)
        self.assertEqual(self.file("out.txt").read_text(), "up\nlast\n" * 2)
        self.assertEqual(self.file("err.txt").read_text(), "oh\n" * 2)
        both = self.file("both.txt").read_text().splitlines()
        self.assertEqual(sorted(both), sorted(["up", "last", "oh"] * 2))

    def test_a_full_disk_does_not_join_two_lines(self):
        limit = resource.getrlimit(resource.RLIMIT_FSIZE)
        small = (12, limit[1])
        init = self.init(self.app(ECHO_AT_SIGUSR1, out_file="out.txt"), popen={
            "preexec_fn": lambda: resource.setrlimit(resource.RLIMIT_FSIZE, small),
            "stdout": subprocess.PIPE})
        self.until(init, '"msg":"line 1"')
        self.until(init, '"event":"log-file"')
        for pid in children(init.pid):
            resource.prlimit(pid, resource.RLIMIT_FSIZE, limit)
        init.signal(signal.SIGUSR1)
        self.until(init, '"msg":"line 2"')
        init.signal(signal.SIGTERM)
        self.assertEqual(self.records(init)[0], 0)
        self.assertEqual(self.file("out.txt").read_text(), "line 0\nline \nline 2\n")

    def test_nothing_is_lost_of_what_is_written_fast(self):
        count = 200_000
        init = self.init(self.app(MANY_LINES, count, out_file="out.txt", log_file="out.txt.both"))
        code, records = self.records(init)
        self.assertEqual(code, 0)
        self.assertEqual(sum("stream" in record for record in records), count)
        wanted = "".join(f"line {n:07} {'x' * 80}\n" for n in range(count))
        for name in ("out.txt", "out.txt.both"):
            self.assertTrue(self.file(name).read_text() == wanted, name)

    def test_one_file_for_both_streams_has_whole_lines(self):
        code = """
import os, threading
def write(fd, letter):
    for n in range(20_000):
        os.write(fd, (letter * 50 + "\\n").encode())
threads = [threading.Thread(target=write, args=pair) for pair in ((1, "o"), (2, "e"))]
[thread.start() for thread in threads]
[thread.join() for thread in threads]
"""
        init = self.init(self.app(code, out_file="same.txt", error_file="same.txt"))
        self.assertEqual(self.records(init)[0], 0)
        lines = self.file("same.txt").read_text().splitlines()
        self.assertEqual(len(lines), 40_000)
        self.assertEqual(set(lines), {"o" * 50, "e" * 50})

    def test_instances_have_files_of_their_own_as_under_pm2(self):
        code = "import os; print('instance', os.environ['NODE_APP_INSTANCE'])"
        init = self.init(self.app(code, instances=2, exec_mode="fork", out_file="out.log"))
        self.assertEqual(self.records(init)[0], 0)
        self.assertEqual(self.file("out-0.log").read_text(), "instance 0\n")
        self.assertEqual(self.file("out-1.log").read_text(), "instance 1\n")
        merged = self.init(self.app(code, instances=2, exec_mode="fork", out_file="all.log",
                                    merge_logs=True))
        self.assertEqual(self.records(merged)[0], 0)
        lines = self.file("all.log").read_text().splitlines()
        self.assertEqual(sorted(lines), ["instance 0", "instance 1"])

    def test_what_is_no_file(self):
        for path in ("/dev/null", "NULL", "/dev/stdout", "/dev/stderr", False):
            init = self.init(self.app(TWO_STREAMS, out_file=path))
            code, records = self.records(init)
            self.assertEqual(code, 0)
            self.assertEqual(self.events(records, "log-file"), [])
        self.assertEqual([path.name for path in self.folder.iterdir()], ["apps.json"])

    def test_what_leads_to_the_log_is_no_file_either(self):
        self.file("link").symlink_to("/dev/stdout")
        for path in ("link", "/proc/self/fd/1", "/dev/fd/1"):
            init = self.init(self.app(TWO_STREAMS, out_file=path, log_file=path))
            code, records = self.records(init)  # every line is a record
            self.assertEqual(code, 0)
            self.assertEqual([record["msg"] for record in records if "stream" in record].count(
                "to stdout"), 1)
            self.assertEqual(self.events(records, "log-file"), [])

    def test_a_file_that_cannot_be_written_is_one_warning(self):
        self.file("file").write_text("")
        code = TWO_STREAMS * 3
        init = self.init(self.app(code, out_file="file/out.txt", error_file="err.txt"))
        code, records = self.records(init)
        self.assertEqual(code, 0)
        self.assertEqual(self.events(records, "log-file"),
                         [f"cannot append to {self.folder}/file/out.txt: not a directory"])
        self.assertEqual(self.file("err.txt").read_text(), "to stderr\n" * 3)

    def test_a_file_that_was_moved_away_is_made_anew(self):
        code = """
import signal
signal.signal(signal.SIGUSR1, lambda *_: print("after", flush=True))
print("before", flush=True)
while True:
    signal.pause()
"""
        init = self.init(self.app(code, out_file="out.txt"))
        self.until(init, '"msg":"before"')
        wait_until(lambda: self.file("out.txt").exists() and self.file("out.txt").read_text(),
                   "the line is not in the file")
        self.file("out.txt").rename(self.file("out.txt.1"))
        init.signal(signal.SIGUSR1)
        self.until(init, '"msg":"after"')
        init.signal(signal.SIGTERM)
        self.assertEqual(self.records(init)[0], 0)
        self.assertEqual(self.file("out.txt.1").read_text(), "before\n")
        self.assertEqual(self.file("out.txt").read_text(), "after\n")

    def test_it_goes_on_across_restarts(self):
        code = "import os, time; print(os.getpid(), flush=True); time.sleep(3600)"
        init = self.init(self.app(code, autorestart=True, out_file="out.txt"))
        pids = [self.until(init, '"stream":"stdout"')["msg"]]
        self.works("restart", "api")
        pids.append(self.until(init, '"stream":"stdout"')["msg"])
        os.kill(int(pids[1]), signal.SIGKILL)
        pids.append(self.until(init, '"stream":"stdout"')["msg"])
        init.signal(signal.SIGTERM)
        self.assertEqual(self.records(init)[0], 0)
        self.assertEqual(self.file("out.txt").read_text().split(), pids)

    def test_files_that_take_nothing_stop_neither_the_app_nor_us(self):
        fifo = self.file("fifo")  # who opens it for writing waits for a reader, as for a hung volume
        os.mkfifo(fifo)
        init = self.init(self.app(MANY_LINES, 60_000, out_file="fifo"))
        code, records = self.records(init)
        self.assertEqual(code, 0)
        self.assertEqual(sum("stream" in record for record in records), 60_000)
        self.assertEqual(len(self.events(records, "log-file")), 1)

    def test_they_are_finished_also_when_everything_is_killed(self):
        fifo = self.file("fifo")
        os.mkfifo(fifo)
        code = MANY_LINES + DEAF
        for pid1 in (False, True):
            with self.subTest(pid1=pid1):
                init = self.init(self.app(code, 2_000, out_file="fifo"), popen={"pid1": pid1})
                reader = os.open(fifo, os.O_RDONLY | os.O_NONBLOCK)
                self.addCleanup(os.close, reader)
                os.set_blocking(reader, True)
                self.until(init, '"msg":"line 0001999')
                init.signal(signal.SIGTERM)
                self.until(init, '"event":"stopping"')
                init.signal(signal.SIGTERM)
                self.until(init, '"event":"exited"')
                with open(os.dup(reader), encoding="utf-8") as file:
                    lines = file.read().splitlines()
                self.assertEqual(lines, [f"line {n:07} {'x' * 80}" for n in range(2_000)])
                code_at_end, records = self.records(init)
                self.assertEqual(code_at_end, 137)
                self.assertEqual(len(self.events(records, "killed")), 1)  # the app

    def test_nobody_is_left(self):
        init = self.init(self.app("import time; time.sleep(3600)", out_file="out.txt"))
        self.until(init, '"event":"started"')
        self.assertEqual(len(children(init.pid)), 2)
        listed = json.loads(self.works("list", "--json"))
        self.assertEqual(len(listed), 1)
        self.works("delete", "api")
        wait_until(lambda: not children(init.pid), "the writer is still there")
        init.signal(signal.SIGTERM)
        self.assertEqual(init.output()[0], 0)


if __name__ == "__main__":
    main()
