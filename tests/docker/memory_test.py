"""`max_memory_restart` with Docker's default capabilities, whoever the apps run as."""

from case import ContainerTest

# Holds 50 MB as often as it is run, in a child that `PLACE` brings somewhere else.
HOLD = "my $x = 'x' x 50_000_000; print qq(holds\\n); sleep 999"
LEAVE_SESSION = "use POSIX; unless (fork) { POSIX::setsid(); %s } sleep 999"
LEAVE_PARENTS = (
    "use POSIX; unless (fork) { POSIX::setsid(); exit if fork; sleep 3; %s } sleep 999"
)


class Memory(ContainerTest):
    def supervise_programs(self, *apps, options=()):
        """Each app is (name, program in perl, further keys)."""
        manifest = {
            "apps": [
                {"name": name, "command": ["perl", "-e", "$| = 1; " + program], **keys}
                for name, program, keys in apps
            ]
        }
        return self.supervise(manifest, *options)

    def limits_of(self, supervised):
        supervised.await_output("memory-limit")
        supervised.stop(patience=30)
        return {
            record["app"]: record["limit_bytes"]
            for record in supervised.events()
            if record["event"] == "memory-limit"
        }

    def test_each_rule_for_apps_of_another_user_than_ours(self):
        other = ("other", "sleep 999", {"max_memory_restart": "20M"})
        for place in ("%s", LEAVE_SESSION, LEAVE_PARENTS):
            for user in ("0", "1000"):
                with self.subTest(place=place, user=user):
                    hog = ("hog", place % HOLD, {"user": user, "max_memory_restart": "20M"})
                    limits = self.limits_of(self.supervise_programs(hog, other))
                    self.assertEqual(limits, {"hog": 20 << 20})

    def test_a_part_of_the_containers_limit_for_each_instance(self):
        hog = ("hog", HOLD, {"instances": 4, "max_memory_restart": "40%"})
        limits = self.limits_of(self.supervise_programs(hog, options=("--memory", "400m")))
        self.assertEqual(limits, {"hog": (400 << 20) // 100 * 40 // 4})

    def test_a_part_of_a_limit_that_the_container_does_not_have_is_a_problem(self):
        supervised = self.supervise_programs(("hog", HOLD, {"max_memory_restart": "80%"}))
        self.assertEqual(supervised.exit_code(), 2)
        (problem,) = supervised.events()
        self.assertEqual(problem["path"], "apps[0].max_memory_restart")
