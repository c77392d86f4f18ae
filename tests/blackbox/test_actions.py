"""What apps tell over the channel as @pm2/io does, their actions, and what they answer."""

import contextlib
import json
import os
import pathlib
import signal
import socket
import unittest

from channel_case import NODE, ChannelCase
from processes import wait_until
from support import main

CACHE = os.environ.get("PMX_CACHE") or os.path.join(
    os.environ.get("XDG_CACHE_HOME") or os.path.expanduser("~/.cache"), "pmx-init")
MODULES = pathlib.Path(CACHE) / "npm" / "node_modules"

# What @pm2/io would say, from a program that the test knows to the last byte.
ACTOR = """
import json, threading
def tell(kind, **data): say(json.dumps({"type": kind, "data": data}).encode() + b"\\n")
def hear():
    text = b""
    while True:
        while b"\\n" not in text:
            piece = os.read(fd, 65536)
            if not piece: sys.exit(0)
            text += piece
        line, text = text.split(b"\\n", 1)
        yield json.loads(line)
"""


class ActionCase(ChannelCase):
    def actor(self, text, name="api", **keys):
        return {**self.speaker(ACTOR + text, **keys), "name": name}

    def described(self, name):
        done = self.ask("describe", "--json", name)
        self.assertEqual((done.returncode, done.stderr), (0, ""))
        return json.loads(done.stdout)[0]

    def trigger(self, *words):
        done = self.ask("trigger", *words)
        return done.returncode, done.stdout, done.stderr

    def requested(self, **request):
        with socket.socket(socket.AF_UNIX) as client:
            client.connect("\0" + self.socket[1:])
            client.settimeout(60)
            client.sendall(json.dumps({"version": 1, "command": "trigger", **request}).encode()
                           + b"\n")
            return json.loads(client.makefile().readline())


@unittest.skipUnless(NODE and (MODULES / "@pm2" / "io").is_dir(),
                     "needs node and @pm2/io, which ./dev test installs")
class WithPm2Io(ActionCase):
    APP = """
        const io = require('@pm2/io')
        io.metric({ name: 'Jobs', unit: 'jobs', id: 'app/jobs' }).set(7)
        io.action('db:clean', cb => cb({ clean: true }))
        io.action('say', (word, cb) => cb(word))
        io.action('fail', cb => { io.notifyError(new TypeError('as asked')); cb('done') })
        io.action('crash', cb => { process.exit(3) })
        console.log('up')
    """

    def start_app(self, **keys):
        init = self.controlled(self.node(self.APP, env={"NODE_PATH": str(MODULES)}, **keys))
        self.until(init, '"msg":"up"')
        return init

    def wait_for_metric(self, name):
        return wait_until(lambda: self.described("node")["metrics"].get(name), f"{name} is told")

    def test_its_metrics_are_shown(self):
        self.start_app()
        self.assertEqual(self.wait_for_metric("Jobs"),
                         {"value": 7, "unit": "jobs", "type": "app/jobs"})
        self.assertEqual(self.wait_for_metric("Event Loop Latency")["unit"], "ms")
        shown = self.ask("describe", "node").stdout
        self.assertIn("\nmetrics\n", shown)
        self.assertIn("\n  Jobs 7 jobs\n", shown)

    def test_its_actions_are_known_and_can_be_called(self):
        init = self.start_app()
        self.assertLessEqual({"db:clean", "say", "km:heapdump"},
                             set(self.described("node")["actions"]))
        self.assertEqual(self.trigger("node", "db:clean"), (0, 'node[0]: {"clean":true}\n', ""))
        self.assertEqual(self.trigger("node", "say", 'a "b"\n ü'),
                         (0, 'node[0]: a "b"\n ü\n', ""))
        self.assertEqual(self.trigger("node", "say", "--", "--word"), (0, "node[0]: --word\n", ""))
        answer = json.loads(self.ask("trigger", "--json", "node", "db:clean").stdout)
        self.assertEqual(answer, [{"id": 0, "name": "node", "instance": 0, "action": "db:clean",
                                   "return": {"clean": True}}])
        self.assertIn("trigger node db:clean: asked by", self.until(init, '"control"')["msg"])

    def test_an_error_that_it_tells_of_is_in_the_log(self):
        init = self.start_app()
        self.assertEqual(self.trigger("node", "fail")[0], 0)
        record = self.until(init, '"event":"exception"')
        self.assertEqual((record["level"], record["app"], record["error"]),
                         ("error", "node", "TypeError"))
        self.assertTrue(record["msg"].startswith("TypeError: as asked\n    at "), record["msg"])

    def test_who_ends_while_it_is_asked(self):
        self.start_app()
        self.assertEqual(self.trigger("node", "crash"),
                         (1, "", "pmx-init: node[0] ended before it had answered\n"))

    def test_it_is_stopped_as_any_other(self):
        init = self.start_app(shutdown_with_message=True, kill_timeout=100)
        init.signal(signal.SIGTERM)
        self.assertEqual(init.exit_code(), 137)


class Trigger(ActionCase):
    ANSWERS = """
tell("axm:action", action_name="ask"); tell("axm:action", action_name="wait")
print("up")
for heard in hear():
    if heard != "wait": tell("axm:reply", action_name="ask", **{"return": heard})
"""

    def start_actors(self, *actors):
        init = self.controlled(*actors)
        for _ in range(sum(actor.get("instances", 1) for actor in actors)):
            self.until(init, '"msg":"up"')
        return init

    def test_what_cannot_be_called_is_told_why(self):
        self.start_actors(
            self.actor(self.ANSWERS),
            {"name": "other", "command": ["sh", "-c", "echo up; exec sleep 1000"]},
            self.actor("print('up'); list(hear())", name="silent"))
        self.assertEqual(self.ask("stop", "other").returncode, 0)
        for words, told in (
                (("api", "aks"), 'api[0] has no action "aks", did you mean "ask"?'),
                (("api", "something"), 'api[0] has no action "something"; it has ask, wait'),
                (("other", "ask"), "other[0] has no process"),
                (("silent", "ask"), "silent[0] has told of no actions, as @pm2/io does"),
                (("api", "ask", "x" * 40_000), "api[0] the parameter is longer than 32 KiB")):
            with self.subTest(words[:2]):
                self.assertEqual(self.trigger(*words), (1, "", f"pmx-init: {told}\n"))
        self.assertEqual(self.ask("start", "other").returncode, 0)
        self.assertEqual(self.trigger("other", "ask")[2],
                         "pmx-init: other[0] has no channel to be called over\n")
        self.assertEqual(self.trigger("nobody", "ask")[0], 4)

    def test_words_that_are_wrong(self):
        self.start_actors(self.actor(self.ANSWERS))
        self.assertEqual(self.trigger("api")[0], 2)
        self.assertEqual(self.trigger("api", "ask", "one", "two")[0], 2)
        self.assertEqual(self.requested(targets=["api"])["code"], 2)

    def test_of_several_each_answers_for_itself(self):
        self.start_actors({**self.actor(self.ANSWERS), "exec_mode": "fork", "instances": 2},
                          self.actor("print('up'); list(hear())", name="silent"))
        self.assertEqual(self.trigger("/ap./", "ask"), (0, "api[0]: ask\napi[1]: ask\n", ""))
        code, out, err = self.trigger("all", "ask", "x")
        self.assertEqual(code, 1)
        self.assertEqual(out, 'api[0]: {"msg":"ask","opts":"x","id":0}\n'
                              'api[1]: {"msg":"ask","opts":"x","id":1}\n')
        self.assertEqual(err, "pmx-init: silent[0] has told of no actions, as @pm2/io does\n")

    def test_nobody_is_waited_for_longer_than_was_asked(self):
        self.start_actors(self.actor(self.ANSWERS))
        reply = self.requested(targets=["api"], action="wait", wait_ms=50)
        self.assertEqual((reply["ok"], reply["code"], reply["error"]),
                         (False, 1, "api[0] has not answered in time"))
        self.assertEqual(self.trigger("api", "ask"), (0, "api[0]: ask\n", ""))

    def test_so_many_are_waited_for_at_once_and_no_more(self):
        self.start_actors(self.actor(self.ANSWERS))
        with contextlib.ExitStack() as clients:
            for _ in range(64):
                client = clients.enter_context(socket.socket(socket.AF_UNIX))
                client.connect("\0" + self.socket[1:])
                client.sendall(b'{"version":1,"command":"trigger","targets":["api"],'
                               b'"action":"wait","wait_ms":600000}\n')
            told = self.trigger("api", "ask")
            self.assertEqual(told, (1, "", "pmx-init: api[0] too many actions are waited for\n"))
        while told[0] != 0:  # nobody waits for them any more
            told = self.trigger("api", "ask")
        self.assertEqual(told, (0, "api[0]: ask\n", ""))

    def test_who_does_not_read_is_told_of_and_harms_nobody(self):
        deaf = 'tell("axm:action", action_name="ask"); print("up"); import time; time.sleep(1e6)'
        init = self.start_actors(self.actor(deaf), self.actor(self.ANSWERS, name="other"))
        told = set()
        while "api[0] does not read what it is sent" not in told:
            told.add(self.requested(targets=["api"], action="ask", parameter="x" * 30_000,
                                    wait_ms=0)["error"])
        self.assertEqual(self.trigger("other", "ask"), (0, "other[0]: ask\n", ""))
        init.signal(signal.SIGTERM)
        self.assertEqual(init.exit_code(), 0)

    def test_an_answer_of_any_form_is_shown(self):
        answers = ("tell('axm:action', action_name='ask'); print('up'); it = hear()\n"
                   "for text in ('null', '[' * 60 + ']' * 60, '\"\\\\u0000\"', '\"' + 'x' * 900000 + '\"'):\n"
                   "    next(it)\n"
                   "    say(b'{\"type\":\"axm:reply\",\"data\":{\"action_name\":\"ask\",\"return\":'"
                   " + text.encode() + b'}}\\n')\n"
                   "next(it); tell('axm:reply', action_name='ask'); list(it)")
        self.start_actors(self.actor(answers))
        for shown in ("null", "[" * 60 + "]" * 60, "\0", "x" * 900_000, "null"):
            self.assertEqual(self.trigger("api", "ask"), (0, f"api[0]: {shown}\n", ""))


class Told(ActionCase):
    def test_it_is_bounded_and_what_is_no_metric_is_left_out(self):
        text = """
for n in range(500): tell("axm:monitor", **{str(n): {"value": n}, "odd": {"value": [1]}})
say(b'{"type":"axm:monitor","data":{"0":{"value":1e999},"1":{"value":{"a":1,"a":2}}}}\\n')
for n in range(500): tell("axm:action", action_name=str(n))
print("up"); list(hear())
"""
        init = self.controlled(self.actor(text))
        self.until(init, '"msg":"up"')
        told = wait_until(lambda: (seen := self.described("api"))["actions"][63:] and seen,
                          "64 actions are told")
        self.assertEqual(told["metrics"], {str(n): {"value": n} for n in range(64)})
        self.assertEqual(told["actions"], [str(n) for n in range(64)])

    def test_what_a_process_told_ends_with_it(self):
        text = """
first = not os.path.exists("told")
if first: tell("axm:monitor", old={"value": 1}); open("told", "w").close()
print("up"); list(hear())
"""
        init = self.controlled(self.actor(text, cwd=str(self.folder)))
        self.until(init, '"msg":"up"')
        wait_until(lambda: self.described("api")["metrics"], "it is told")
        self.assertEqual(self.ask("restart", "api").returncode, 0)
        self.until(init, '"msg":"up"')
        described = self.described("api")
        self.assertEqual((described["channel"], described["metrics"], described["actions"]),
                         ("open", {}, []))

    def test_an_app_without_a_channel_has_nothing_to_tell(self):
        init = self.controlled({"name": "other", "command": ["sh", "-c", "echo up; sleep 1000"]})
        self.until(init, '"msg":"up"')
        self.assertNotIn("channel", self.described("other"))

    def test_errors_of_any_form_become_records(self):
        text = """
tell("process:exception", name="E", message="only a message")
tell("process:exception", name=5, message={}, stack=[])
tell("process:exception", message="m", stack="s" * 100000)
print("said")
"""
        _, records = self.records(self.init(self.actor(text, autorestart=False)))
        told = [record for record in records if record.get("event") == "exception"]
        self.assertEqual([record["error"] for record in told], ["E", None, None])
        self.assertEqual([record["msg"] for record in told],
                         ["only a message", "an error without a text", "s" * 4096])


if __name__ == "__main__":
    main()
