"""How much is said under the names of tini and dumb-init. Each has words of its own."""

import signal

from support import WITH_ORIGINALS, TestCase, called, main

WARNING, NEWS, SIGNALS = "PID 1 and", "exited", "ignal 1"
if not WITH_ORIGINALS:
    SIGNALS = "SIGUSR1"


class Verbosity(TestCase):
    def said(self, name, options, env):
        """Which of the three kinds is said; nothing else may be where none is."""
        init = self.start(name, options, "report-signals-until 10", env=env)
        init.reports.ready()
        init.signal(signal.SIGUSR1)
        code, stdout, stderr = init.output()
        self.assertEqual(code, 0)
        text = stdout + stderr  # tini's own news is on stdout
        kinds = [kind for kind in (WARNING, NEWS, SIGNALS) if kind in text]
        self.assertEqual(bool(kinds), bool(text), text)
        return kinds

    @called("tini", "tini-static")
    def test_tini_warns_and_each_v_says_more(self, name):
        for options, kinds in (([], [WARNING]), (["-v"], [WARNING, NEWS]),
                               (["-vv"], [WARNING, NEWS, SIGNALS]),
                               (["-v", "-v"], [WARNING, NEWS, SIGNALS]), (["-s"], [])):
            with self.subTest(options=options):
                self.assertEqual(self.said(name, options, {}), kinds)

    @called("tini")
    def test_tinis_variable_wins_over_v(self, name):
        for value, kinds in (("0", []), ("no number", []), ("1", [WARNING]),
                             ("2", [WARNING, NEWS]), ("3", [WARNING, NEWS, SIGNALS])):
            for options in ([], ["-v"], ["-vvv"]):
                with self.subTest(value=value, options=options):
                    env = {"TINI_VERBOSITY": value}
                    self.assertEqual(self.said(name, options, env), kinds)

    @called("dumb-init")
    def test_dumb_init_says_nothing_until_it_is_asked_to(self, name):
        for options, env, kinds in (([], {}, []), (["-v"], {}, [NEWS, SIGNALS]),
                                    (["--verbose"], {}, [NEWS, SIGNALS]),
                                    ([], {"DUMB_INIT_DEBUG": "1"}, [NEWS, SIGNALS]),
                                    ([], {"DUMB_INIT_DEBUG": "0"}, []),
                                    ([], {"DUMB_INIT_DEBUG": "true"}, [])):
            with self.subTest(options=options, env=env):
                self.assertEqual(self.said(name, options, env), kinds)


class Ignored(TestCase):
    @called("tini", "catatonit", "dumb-init")
    def test_what_the_parent_ignored_stays_so_but_for_dumb_init(self, name):
        _, stdout, _ = self.run_line(name, ["--", "grep", "SigIgn", "/proc/self/status"],
                                     wrapper=["sh", "-c", 'trap "" USR1; exec "$@"', "sh"])
        is_ignored = int(stdout.split()[1], 16) >> (signal.SIGUSR1 - 1) & 1 == 1
        self.assertEqual(is_ignored, name != "dumb-init")


if __name__ == "__main__":
    main()
