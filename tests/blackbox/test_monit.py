"""`pmx-init monit` on a terminal."""

import signal

from manifest_case import ControlCase
from processes import wait_until
from support import OWN, main, program
from terminal import on_terminal


class Monit(ControlCase):
    def talker(self, name, *more):
        return {"name": name, "command": ["sh", "-c", f"echo this is {name}; exec sleep 3600"]}

    def monit(self, columns=100, rows=30):
        init, terminal = on_terminal(self, [program(OWN), "--control", self.control, "monit"],
                                     env={"TERM": "xterm", "LANG": "C.UTF-8"})
        terminal.resize(columns, rows)
        return init, terminal

    def then(self, terminal, part):
        """What is drawn from now on has this in it."""
        before = len(terminal.screen.so_far())
        wait_until(lambda: part.encode() in terminal.screen.so_far()[before:],
                   f"{part!r} on the screen")

    def test_what_runs_and_what_it_says(self):
        init = self.init(self.talker("api"), self.talker("worker"))
        for name in ("api", "worker"):
            init.stdout.wait_for(f'"msg":"this is {name}"')
        monit, terminal = self.monit()
        terminal.screen.wait_for("pmx-init: 2 of 2 online")
        terminal.screen.wait_for("▶ 0")
        terminal.screen.wait_for("api[0] is online")
        terminal.screen.wait_for("this is api")
        terminal.press("j")
        terminal.screen.wait_for("▶ 1")
        terminal.screen.wait_for("this is worker")
        terminal.press("\033[A")
        self.then(terminal, "this is api")
        self.works("stop", "worker")
        terminal.screen.wait_for("pmx-init: 1 of 2 online")
        terminal.press("q")
        terminal.screen.wait_for("\033[?25h\033[?1049l")
        self.assertEqual(monit.exit_code(), 0)
        init.signal(signal.SIGTERM)
        self.assertEqual(init.output()[0], 0)

    def test_ctrl_c_and_a_signal_give_the_screen_back(self):
        init = self.init(self.talker("api"))
        self.until(init, '"msg":"this is api"')
        for end, code in (("\003", 0), (signal.SIGTERM, 128 + signal.SIGTERM)):
            monit, terminal = self.monit()
            terminal.screen.wait_for("this is api")
            if isinstance(end, str):
                terminal.press(end)
            else:
                monit.signal(end)
            terminal.screen.wait_for("\033[?25h\033[?1049l")
            self.assertEqual(monit.exit_code(), code)
        init.signal(signal.SIGTERM)
        self.assertEqual(init.output()[0], 0)

    def test_more_instances_than_the_screen_has_rows(self):
        init = self.init({**self.talker("many"), "instances": 40, "exec_mode": "fork"})
        for _ in range(40):
            self.until(init, '"msg":"this is many"')
        _, terminal = self.monit(columns=60, rows=16)
        terminal.screen.wait_for("40 of 40 online")
        terminal.press("j" * 39)
        terminal.screen.wait_for("▶ 39")
        terminal.press("q")
        init.signal(signal.SIGTERM)
        self.assertEqual(init.output()[0], 0)

    def test_when_pmx_init_ends(self):
        init = self.init(self.talker("api"))
        self.until(init, '"msg":"this is api"')
        monit, terminal = self.monit()
        terminal.screen.wait_for("this is api")
        init.signal(signal.SIGTERM)
        self.assertEqual(init.output()[0], 0)
        terminal.screen.wait_for("it has ended")
        self.assertEqual(monit.exit_code(), 3)

    def test_a_line_that_it_cannot_read_is_a_line(self):
        init = self.init({"name": "api", "command":
                          ["sh", "-c", "echo '{\"msg\":\"much\",\"of\":1e999}'; exec sleep 3600"]})
        self.until(init, "1e999")
        monit, terminal = self.monit()
        for _ in range(2):
            self.then(terminal, "1e999")
        terminal.press("q")
        self.assertEqual(monit.exit_code(), 0)

    def test_it_needs_a_terminal(self):
        asked = self.ask("monit")
        self.assertEqual(asked.returncode, 2)
        self.assertIn("list --json", asked.stderr)


if __name__ == "__main__":
    main()
