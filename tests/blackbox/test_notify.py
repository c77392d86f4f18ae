"""What programs say of themselves by sd_notify(3), and what becomes of it."""

import json
import os
import shutil
import signal
import socket
import subprocess

from manifest_case import ManifestCase
from processes import wait_until
from support import OWN, main, program

TALK = """
import array, os, signal, socket, subprocess, sys, time
channel = socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM)
def say(*lines):
    channel.sendto("\\n".join(lines).encode(), "\\0" + os.environ["NOTIFY_SOCKET"][1:])
def sleep():
    while True: time.sleep(1000)
"""


class Notify(ManifestCase):
    def app(self, script, **keys):
        return {"name": "api", "command": ["python3", "-uc", TALK + script],
                "ready": {"notify": True}, **keys}

    def start(self, script, options=(), **keys):
        self.socket = f"@pmx-init.test.{os.getpid()}.{self.id()}"
        return self.init(self.app(script, **keys), options=["--control", self.socket, *options])

    def ask(self, *words):
        return subprocess.run([program(OWN), "--control", self.socket, *words], text=True,
                              stdin=subprocess.DEVNULL, capture_output=True, timeout=60)

    def described(self):
        return json.loads(self.ask("describe", "api", "--json").stdout)[0]

    def send(self, address, text):
        with socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM) as channel:
            channel.sendto(text, "\0" + address[1:])

    def test_an_app_is_ready_when_it_says_so(self):
        init = self.start("say('STATUS=migrating', 'X=y'); print('up'); sys.stdin = None\n"
                          "signal.signal(signal.SIGUSR1, lambda *_: say('READY=1', 'STATUS=serving ä'))\n"
                          "print('set'); sleep()")
        init.stdout.until('"msg":"set"')
        wait_until(lambda: self.described()["status_text"] == "migrating", "the status")
        before = self.described()
        self.assertEqual((before["status"], before["ready"]), ("launching", False))
        self.assertEqual(self.ask("healthcheck").returncode, 1)
        self.ask("signal", "USR1", "api")
        init.stdout.until('"event":"ready"')
        after = self.described()
        self.assertEqual((after["status"], after["ready"], after["status_text"]),
                         ("online", True, "serving ä"))
        self.assertEqual(self.ask("healthcheck").returncode, 0)

    def test_a_child_of_it_may_say_so(self):
        for script in ("if os.fork() == 0: say('READY=1'); sleep()\nsleep()",
                       "if os.fork() == 0:\n os.setsid()\n if os.fork() == 0: say('READY=1'); sleep()\n"
                       " os._exit(0)\nsleep()"):
            init = self.start(script)
            init.stdout.until('"event":"ready"')
            init.signal(signal.SIGTERM)
            init.exit_code()

    def test_even_when_it_has_ended_before_it_is_heard(self):
        init = self.start("def speak(*_):\n if os.fork() == 0: say('READY=1'); os._exit(0)\n"
                          " os.wait(); open('said', 'w').close()\n"
                          "signal.signal(signal.SIGUSR1, speak); print('set'); sleep()",
                          cwd=str(self.folder))
        pid = json.loads(init.stdout.until('"msg":"set"'))["pid"]
        init.signal(signal.SIGSTOP)
        os.kill(pid, signal.SIGUSR1)
        wait_until((self.folder / "said").exists, "the word of the child")
        init.signal(signal.SIGCONT)
        init.stdout.until('"event":"ready"')

    def test_nobody_else_may(self):
        init = self.start("print(os.environ['NOTIFY_SOCKET'])\n"
                          "signal.signal(signal.SIGUSR1, lambda *_: say('READY=1'))\nprint('set'); sleep()",
                          options=["-vv"])
        address = json.loads(init.stdout.until('"msg":"@'))["msg"]
        init.stdout.until('"msg":"set"')
        self.send(address, b"READY=1\nSTATUS=forged")
        record = self.until(init, '"event":"notify"')
        self.assertIn(f"api[0] is not spoken for by process {os.getpid()}", record["msg"])
        described = self.described()
        self.assertEqual((described["ready"], described["status_text"]), (False, None))
        self.ask("signal", "USR1", "api")
        init.stdout.until('"event":"ready"')

    def test_one_app_does_not_speak_for_another(self):
        self.socket = f"@pmx-init.test.{os.getpid()}.{self.id()}"
        os.mkfifo(self.folder / "address")
        other = self.app("say('READY=1')\n"
                         "os.environ['NOTIFY_SOCKET'] = open('address').read()\nsay('READY=1'); sleep()",
                         cwd=str(self.folder))
        init = self.init({**self.app("print(os.environ['NOTIFY_SOCKET']); sleep()")},
                         {**other, "name": "other"}, options=["-vv", "--control", self.socket])
        address = json.loads(init.stdout.until('"msg":"@'))["msg"]
        (self.folder / "address").write_text(address)  # when the other one reads
        self.assertIn("none of its own", self.until(init, '"event":"notify"')["msg"])
        self.assertFalse(self.described()["ready"])

    def test_who_does_not_feed_its_watchdog_is_unhealthy(self):
        init = self.start("print(os.environ['WATCHDOG_USEC'], os.environ['WATCHDOG_PID'], os.getpid())\n"
                          "say('READY=1')\nfor _ in range(8): time.sleep(0.5); say('WATCHDOG=1')\n"
                          "print('enough'); sleep()", watchdog="3s")
        first = self.until(init, '"event":"started"')["pid"]
        usec, pid, own = json.loads(init.stdout.until('"stream":"stdout"'))["msg"].split()
        self.assertEqual((usec, pid, own), ("3000000", str(first), str(first)))
        init.stdout.until('"msg":"enough"')
        record = self.until(init, '"event":"unhealthy"')
        self.assertIn("no WATCHDOG=1 came in time", record["msg"])
        self.assertEqual((record["pid"], record["failures"]), (first, 0))
        self.assertNotEqual(self.until(init, '"event":"started"')["pid"], first)

    def test_the_watchdog_can_be_triggered(self):
        init = self.start("say('READY=1'); say('WATCHDOG=trigger'); sleep()")
        self.assertIn("it said WATCHDOG=trigger", init.stdout.until('"event":"unhealthy"'))

    def test_without_ready_a_watchdog_is_enough_for_a_socket(self):
        init = self.start("say('WATCHDOG=trigger'); sleep()", ready=None, watchdog="1h")
        init.stdout.until('"event":"unhealthy"')

    def test_who_is_about_to_end_is_not_ready_any_more(self):
        init = self.start("say('READY=1'); say('STOPPING=1', 'STATUS=bye'); sleep()", watchdog="300ms")
        init.stdout.until('"event":"ready"')
        wait_until(lambda: self.described()["status_text"] == "bye", "the last status")
        described = self.described()
        self.assertEqual((described["status"], described["ready"]), ("online", False))
        health = self.ask("healthcheck")
        self.assertEqual((health.returncode, health.stderr), (1, "pmx-init: api is about to end\n"))

    def test_systemd_notify_is_understood(self):
        if not shutil.which("systemd-notify"):
            self.skipTest("there is no systemd-notify here")
        init = self.init({"name": "api", "ready": {"notify": True}, "command":
                          ["sh", "-c", "systemd-notify --ready --status='up and running'; sleep 1000"]})
        init.stdout.until('"event":"ready"')

    def test_what_is_too_long_or_means_nothing_changes_nothing(self):
        init = self.start("say('READY=1' + ' ' * 5000); say('READY=1', 'x' * 4096); say('\\0READY=1'); say('')\n"
                          "channel.sendto(b'\\xff\\n\\xfe=1', '\\0' + os.environ['NOTIFY_SOCKET'][1:])\n"
                          "say('MAINPID=1', 'STATUS=' + 's' * 1000); print('said')\n"
                          "signal.signal(signal.SIGUSR1, lambda *_: say('READY=1'))\nprint('set'); sleep()",
                          options=["-vv"])
        self.assertIn("more than 4,096 bytes", self.until(init, '"event":"notify"')["msg"])
        self.assertIn("said MAINPID=1, which is ignored", init.stdout.until("MAINPID"))
        self.assertEqual(self.described()["status_text"], "s" * 256)
        self.assertFalse(self.described()["ready"])

    def test_descriptors_that_are_sent_along_are_closed(self):
        init = self.start("end, other = os.pipe()\n"
                          "rights = [(socket.SOL_SOCKET, socket.SCM_RIGHTS, array.array('i', [other]))]\n"
                          "channel.sendmsg([b'BARRIER=1'], rights, 0, '\\0' + os.environ['NOTIFY_SOCKET'][1:])\n"
                          "os.close(other); os.read(end, 1); print('closed'); sleep()")
        init.stdout.until('"msg":"closed"')

    def test_who_talks_without_end_keeps_nobody(self):
        init = self.start("say('READY=1'); print('up')\nwhile True: say('WATCHDOG=1')")
        init.stdout.until('"msg":"up"')
        self.assertEqual(self.ask("ping").returncode, 0)
        init.signal(signal.SIGTERM)
        self.assertEqual(init.exit_code(), 0)

    def test_an_app_of_another_user_speaks_too(self):
        if os.geteuid() != 0:
            self.fail("this test has to run as root, to become somebody else")
        self.start("say('READY=1'); sleep()", user=65534, cwd="/").stdout.until('"event":"ready"')


if __name__ == "__main__":
    main()
