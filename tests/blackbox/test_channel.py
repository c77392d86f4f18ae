"""The channel to apps of Node: who has one, and that what is said over it does what it should, and
that whatever else is said harms nobody."""

import json
import os
import shutil
import signal
import unittest

from channel_case import NODE, ChannelCase
from full_pipe import wait_until_blocked
from processes import wait_until
from support import OWN, main

TELL = ("console.log([typeof process.send, !!process.connected, 'NODE_CHANNEL_FD' in process.env]"
        ".join(' '))")


@unittest.skipUnless(NODE, "needs node")
class WhoHasOne(ChannelCase):
    def test_node_has_one_and_it_keeps_nothing_alive(self):
        self.assertEqual(self.said(self.init(self.node(TELL, autorestart=False))),
                         ["function true false"])

    def test_node_behind_a_shell_has_one(self):
        path = self.script(TELL)
        self.assertEqual(self.said(self.init(
            {"name": "a", "command": ["sh", "-c", f"true; node {path}"], "autorestart": False})),
            ["function true false"])

    def test_several_nodes_after_each_other_have_one(self):
        path = self.script("process.send('ready')")
        code, records = self.records(self.init(
            {"name": "a", "command": ["sh", "-c", f"node {path} && node {path}"],
             "autorestart": False, "wait_ready": True}))
        self.assertEqual([record["event"] for record in records], ["started", "ready", "exited"])
        self.assertEqual(code, 0)

    def test_npm_takes_it_for_itself(self):
        if not shutil.which("npm"):
            self.skipTest("needs npm")
        self.script(json.dumps({"scripts": {"start": f"node {self.script(TELL)}"}}), "package.json")
        said = self.said(self.init(
            {"name": "a", "script": "npm", "args": "start", "cwd": str(self.folder),
             "autorestart": False}))
        self.assertEqual(said[-1], "undefined false false")

    def test_not_where_the_manifest_says_no(self):
        self.assertEqual(self.said(self.init(self.node(TELL, autorestart=False, ipc=False))),
                         ["undefined false false"])

    def test_not_a_plain_command(self):
        _, out, _ = self.run_line(OWN, ["--log", "raw", "--", "node", self.script(TELL)])
        self.assertEqual(out, "undefined false false\n")

    def test_not_one_of_somebody_elses(self):
        environment = {"NODE_CHANNEL_FD": "0", "NODE_CHANNEL_SERIALIZATION_MODE": "advanced"}
        init = self.init(self.node(TELL, autorestart=False, ipc=False), {
            "name": "a", "command": ["sh", "-c", "echo ${NODE_CHANNEL_FD-none}"],
            "autorestart": False}, popen={"env": environment})
        self.assertEqual(sorted(self.said(init)), ["none", "undefined false false"])

    def test_others_have_none_and_inherit_none(self):
        look = "import os; print([f for f in os.listdir('/proc/self/fd') if 'socket' in " \
               "(os.path.exists(p := '/proc/self/fd/' + f) and os.readlink(p) or '')], " \
               "os.environ.get('NODE_CHANNEL_FD'))"
        init = self.init(self.node("console.log('up'); setInterval(() => {}, 1e6)"),
                         {"name": "b", "command": ["python3", "-c", look], "autorestart": False,
                          "depends_on": ["node"]})
        self.assertEqual(self.until(init, '"app":"b"', '"stream"')["msg"], "[] None")


@unittest.skipUnless(NODE, "needs node")
class WaitReady(ChannelCase):
    def test_it_is_ready_when_it_says_so_and_not_before(self):
        code, records = self.records(self.init(
            {"name": "after", "command": "true", "autorestart": False,
             "depends_on": {"node": "ready"}},
            self.node("setTimeout(() => { console.log('saying'); process.send('ready') }, 200)",
                      ready={"message": True}, listen_timeout="1h", autorestart=False)))
        told = [(record["app"], record.get("event", record["msg"])) for record in records]
        self.assertEqual(told[:3], [("node", "started"), ("node", "saying"), ("node", "ready")])
        self.assertIn(("after", "started"), told[3:])
        self.assertEqual(code, 0)

    def test_who_is_late_stays_launching_with_one_warning_and_comes_online_when_it_says_so(self):
        init = self.controlled(self.node(
            "process.on('SIGUSR2', () => process.send('ready')); setInterval(() => {}, 1e6);"
            "console.log('up')", wait_ready=True, listen_timeout=50, autorestart=False))
        init.stdout.wait_for('"msg":"up"')
        late = self.until(init, '"event":"not-ready"')
        self.assertEqual((late["level"], late["app"]), ("warn", "node"))
        self.assertIn("50 ms", late["msg"])
        listed = self.listed("node")
        self.assertEqual((listed["status"], listed["ready"]), ("launching", False))
        init.signal(signal.SIGUSR2)
        self.until(init, '"event":"ready"')
        self.assertEqual(self.listed("node")["status"], "online")
        init.signal(signal.SIGTERM)
        code, out, _ = init.output()
        self.assertEqual(code, 0)
        self.assertEqual(out.count("not-ready"), 1)

    def test_a_plain_command_can_be_waited_for_as_well(self):
        text = "process.send('ready', () => process.exit(0))"
        _, out, _ = self.run_line(OWN, ["--log", "json", "--restart", "never", "--wait-ready",
                                        "--listen-timeout", "1h", "node", self.script(text)])
        self.assertEqual([json.loads(line)["event"] for line in out.splitlines()],
                         ["started", "ready", "exited"])

    def test_the_last_words_count(self):
        _, records = self.records(self.init(self.node(
            "process.send('ready', () => process.exit(3))", wait_ready=True, autorestart=False)))
        self.assertEqual([record["event"] for record in records], ["started", "ready", "exited"])

    def test_each_run_has_to_say_it_anew(self):
        text = "process.send('ready'); setTimeout(() => process.exit(1), 50)"
        _, records = self.records(self.init(self.node(text, wait_ready=True, max_restarts=3,
                                                      min_uptime="1h", restart_delay=1)))
        self.assertEqual([record["event"] for record in records],
                         ["started", "ready", "exited"] * 3)

    def test_a_descriptor_that_is_sent_is_refused_and_holds_nothing_up(self):
        text = """
            const server = require('net').createServer().listen(0, '127.0.0.1', () => {
              process.send('here', server); process.send('ready', () => process.exit(0)) })"""
        code, records = self.records(self.init(self.node(text, wait_ready=True,
                                                         autorestart=False)))
        self.assertIn("ready", [record.get("event") for record in records])
        self.assertEqual(code, 0)

    def test_without_a_channel_it_is_a_problem(self):
        code, records = self.records(self.init(self.node("", wait_ready=True, ipc=False)))
        self.assertEqual(code, 2)
        self.assertEqual(records[0]["path"], "apps[0].ipc")
        self.assertIn("wait_ready", records[0]["msg"])


@unittest.skipUnless(NODE, "needs node")
class ShutdownByMessage(ChannelCase):
    LISTENS = ("process.on('message', m => { console.log(JSON.stringify(m)); process.exit(0) });"
               "process.on('SIGTERM', () => console.log('SIGTERM'));"
               "console.log('up'); setInterval(() => {}, 1e6)")

    def test_the_message_comes_in_place_of_the_signal(self):
        init = self.controlled(self.node(self.LISTENS, shutdown_with_message=True))
        for ask in (lambda: self.ask("restart", "node"), lambda: self.ask("reload", "node"),
                    lambda: init.signal(signal.SIGTERM)):
            self.until(init, '"msg":"up"')
            ask()
            self.assertEqual(self.until(init, '"stream"')["msg"], '"shutdown"')
            self.assertEqual(self.until(init, '"event":"exited"')["level"], "info")
        self.assertEqual(init.exit_code(), 0)

    def test_who_has_closed_its_channel_gets_the_signal(self):
        init = self.init(self.node(
            "process.on('SIGTERM', () => { console.log('asked'); process.exit(0) });"
            "process.on('disconnect', () => console.log('up')); process.disconnect();"
            "setInterval(() => {}, 1e6)",
            shutdown_with_message=True))
        self.until(init, '"msg":"up"')
        init.signal(signal.SIGTERM)
        self.assertEqual(self.until(init, '"stream"')["msg"], "asked")
        self.assertEqual(init.exit_code(), 0)

    def test_who_does_not_listen_is_killed_in_the_end(self):
        init = self.init(self.node("console.log('up'); setInterval(() => {}, 1e6)",
                                   shutdown_with_message=True, kill_timeout=200))
        self.until(init, '"msg":"up"')
        init.signal(signal.SIGTERM)
        self.assertEqual(self.until(init, '"app":"node"')["event"], "killed")
        self.assertEqual(init.exit_code(), 137)

    def test_who_does_not_read_what_it_is_sent_gets_the_signal(self):
        text = ("import signal, time\n"
                "signal.signal(signal.SIGTERM, lambda *_: (print('asked'), sys.exit(0)))\n"
                "say(b'{\"cmd\":\"NODE_HANDLE\"}\\n' * 50000); print('up'); time.sleep(1000)")
        init = self.init(self.speaker(text, shutdown_with_message=True))
        self.until(init, '"msg":"up"')
        init.signal(signal.SIGTERM)
        self.assertEqual(self.until(init, '"stream"')["msg"], "asked")
        self.assertEqual(init.exit_code(), 0)


class WhateverIsSaid(ChannelCase):
    def assert_answers(self):
        for _ in range(5):
            self.assertEqual(self.ask("ping").returncode, 0)

    def test_a_flood_keeps_nobody_from_anything(self):
        flood = "while True: say(b'{\"type\":\"axm:monitor\",\"data\":{\"a\":{\"value\":1}}}\\n' * 3000)"
        init = self.controlled(
            self.speaker(flood),
            {"name": "other", "command": ["sh", "-c", "echo up; exec sleep 1000"]})
        self.until(init, '"app":"other"', '"msg":"up"')
        self.assert_answers()
        self.assertEqual(self.ask("restart", "other").returncode, 0)
        self.assertEqual(self.ask("restart", "speaker").returncode, 0)
        init.signal(signal.SIGTERM)
        self.assertEqual(init.exit_code(), 0)

    def test_a_flood_of_ready_is_said_once(self):
        text = "say(b'\"ready\"\\n' * 20000); print('said')"
        _, records = self.records(self.init(self.speaker(text, wait_ready=True,
                                                         autorestart=False)))
        self.assertEqual([record.get("event") for record in records].count("ready"), 1)

    def test_a_message_that_is_too_long_is_passed_over_and_said_once(self):
        text = "for _ in range(3): say(b'\"' + b'x' * (2 << 20) + b'\"\\n')\nsay(b'\"ready\"\\n')"
        code, records = self.records(self.init(self.speaker(text, wait_ready=True,
                                                            autorestart=False)))
        self.assertEqual([(r["event"], r["level"]) for r in records],
                         [("started", "info"), ("channel", "warn"), ("ready", "info"),
                          ("exited", "info")])
        self.assertEqual(code, 0)

    def test_garbage_is_passed_over(self):
        text = ("import random\n"
                "for n in range(300): say(random.Random(n).randbytes(n * 7) + b'\\n')\n"
                "say(b'[' * 100000 + b'\\n{\"type\":{\"a\":\\n\\n\\0\\n\"ready\"\\n')")
        code, records = self.records(self.init(self.speaker(text, wait_ready=True,
                                                            autorestart=False)))
        self.assertEqual([record["event"] for record in records], ["started", "ready", "exited"])
        self.assertEqual(code, 0)

    def test_who_closes_it_goes_on_without(self):
        text = "say(b'\"ready'); os.close(fd); print('closed'); import time; time.sleep(1000)"
        init = self.controlled(self.speaker(text))
        self.until(init, '"msg":"closed"')
        self.assertEqual(self.listed("speaker")["status"], "online")
        wait_until_blocked(init.pid)  # an end that is looked at again and again lets nobody sleep
        self.assert_answers()
        init.signal(signal.SIGTERM)
        self.assertEqual(init.exit_code(), 0)

    def test_no_descriptor_is_left_open(self):
        text = "import time; print('up'); time.sleep(1000)"
        init = self.controlled(self.speaker(text))
        self.until(init, '"msg":"up"')
        open_now = lambda: len(os.listdir(f"/proc/{init.pid}/fd"))
        before = open_now()
        for _ in range(3):
            self.assertEqual(self.ask("restart", "speaker").returncode, 0)
            self.until(init, '"msg":"up"')
        wait_until(lambda: open_now() <= before, "as many descriptors as before")


if __name__ == "__main__":
    main()
