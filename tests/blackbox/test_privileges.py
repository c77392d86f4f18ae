"""The child's user, groups, capabilities and limits. Needs root; files of users are the test's own."""

import json
import os
import subprocess
import tempfile

from processes import parse_status, wait_until
from support import OWN, PMX_INIT, SCRATCH, TestCase, in_shell, main, only_as_root

PASSWD = """\
root:x:0:0:root:/root:/bin/sh
app:x:1000:1000:App,,,:/home/app:/bin/sh
bare:x:1001:1234::/:
4242:x:1002:1002:a name that is a number:/:
"""
GROUP = """\
root:x:0:
app:x:1000:
audio:x:29:other,app
video:x:44:app
games:x:60:apple,other
staff:x:50:
"""
NET_BIND, KILL, CHOWN, SETUID, SETGID, SETPCAP = (1 << bit for bit in (10, 5, 0, 7, 6, 8))


def _file(text):
    path = tempfile.mkstemp(dir=SCRATCH)[1]
    with open(path, "w", encoding="utf-8") as file:
        file.write(text)
    os.chmod(path, 0o644)
    return path


def with_users(passwd=PASSWD, group=GROUP):
    """A wrapper under which /etc/passwd and /etc/group are ours."""
    commands = [f"mount --bind {path} {target}" for path, target in
                ((_file(passwd), "/etc/passwd"), (_file(group), "/etc/group"))]
    return ["unshare", "--mount", *in_shell(" && ".join(commands))]


@only_as_root
class Privileged(TestCase):
    def child_status(self, *options, **keywords):
        """/proc/self/status of a child started with these options."""
        code, stdout, stderr = self.run_line(
            OWN, ["--log", "raw", *options, "--", "cat", "/proc/self/status"], **keywords)
        self.assertEqual((code, stderr), (0, ""))
        return parse_status(stdout)

    def child_says(self, command, *options, **keywords):
        code, stdout, stderr = self.run_line(
            OWN, ["--log", "raw", *options, "--", "sh", "-c", command], **keywords)
        self.assertEqual((code, stderr), (0, ""))
        return stdout.splitlines()

    def refused(self, wanted_code, options, *parts, **keywords):
        """It ends with this code, starts nothing and names these things."""
        marker = os.path.join(tempfile.mkdtemp(dir=SCRATCH), "ran")
        code, stdout, stderr = self.run_line(OWN, [*options, "--", "touch", marker], **keywords)
        self.assertEqual(code, wanted_code, stdout + stderr)
        self.assertFalse(os.path.exists(marker))
        said = stdout + stderr
        if wanted_code == 125:
            said = " ".join(json.loads(line)["msg"] for line in stdout.splitlines())
            self.assertEqual(stderr, "")
        for part in parts:
            self.assertIn(part, said)

    def assertCapabilities(self, seen, **wanted):
        got = {key: int(seen[f"Cap{key}"], 16) for key in wanted}
        self.assertEqual(got, wanted)


class Users(Privileged):
    def assertIds(self, seen, uid, gid, groups):
        self.assertEqual(seen["Uid"].split(), [str(uid)] * 4)
        self.assertEqual(seen["Gid"].split(), [str(gid)] * 4)
        self.assertEqual(sorted(map(int, seen["Groups"].split())), sorted(groups))

    def test_a_name_brings_its_group_and_its_other_groups(self):
        seen = self.child_status("--user", "app", wrapper=with_users())
        self.assertIds(seen, 1000, 1000, [29, 44])

    def test_a_number_that_is_a_user_brings_the_same(self):
        by_name = self.child_status("--user", "app", wrapper=with_users())
        by_number = self.child_status("--user", "1000", wrapper=with_users())
        for key in ("Uid", "Gid", "Groups"):
            self.assertEqual(by_name[key], by_number[key])

    def test_who_we_are_already_gets_its_other_groups_too(self):
        ops = GROUP + "ops:x:77:root\n"
        seen = self.child_status("--user", "root", wrapper=with_users(group=ops))
        self.assertIds(seen, 0, 0, [77])

    def test_a_number_that_is_nobody_has_no_other_groups(self):
        seen = self.child_status("--user", "7777:8888", wrapper=with_users())
        self.assertEqual(seen["Uid"].split(), ["7777"] * 4)
        self.assertEqual(seen["Gid"].split(), ["8888"] * 4)
        self.assertNotIn("0", seen["Groups"].split())

    def test_a_number_needs_no_files(self):
        wrapper = ["unshare", "--mount", *in_shell("mount -t tmpfs none /etc")]
        seen = self.child_status("--user", "7777:8888", wrapper=wrapper)
        self.assertEqual(seen["Uid"].split(), ["7777"] * 4)
        self.assertEqual(seen["Gid"].split(), ["8888"] * 4)

    def test_the_group_can_be_given_by_name(self):
        seen = self.child_status("--user", "app:staff", wrapper=with_users())
        self.assertEqual(seen["Gid"].split(), ["50"] * 4)

    def test_groups_replaces_the_other_groups(self):
        seen = self.child_status("--user", "app", "--groups", "games,777", wrapper=with_users())
        self.assertIds(seen, 1000, 1000, [60, 777])

    def test_home_user_and_logname_come_from_the_file(self):
        command = 'echo "$HOME,$USER,$LOGNAME"'
        clean = {"HOME": "/before", "USER": "before", "LOGNAME": "before"}
        self.assertEqual(self.child_says(command, "--user", "app", wrapper=with_users(),
                                         env=clean), ["/home/app,app,app"])

    def test_unless_they_are_given(self):
        self.assertEqual(
            self.child_says('echo "$HOME,$USER,$LOGNAME"', "--user", "app", "--env", "HOME=/mine",
                            wrapper=with_users()), ["/mine,app,app"])

    def test_an_unknown_name_is_named(self):
        self.refused(125, ["--user", "nosuchuser"], "nosuchuser", wrapper=with_users())
        self.refused(125, ["--user", "app:nosuchgroup"], "nosuchgroup", wrapper=with_users())
        self.refused(125, ["--groups", "nosuchgroup"], "nosuchgroup", wrapper=with_users())

    def test_a_value_that_can_be_no_user_is_a_usage_error(self):
        for value in ("", ":", ":app"):
            with self.subTest(value=value):
                self.assertEqual(self.run_line(OWN, [f"--user={value}", "--", "true"]),
                                 (2, "", f'pmx-init: --user: "{value}" is not USER[:GROUP]\n'))

    def test_a_number_that_can_be_no_user_is_looked_for_as_a_name(self):
        for value in ("99999999999", "-1"):
            with self.subTest(value=value):
                self.refused(125, [f"--user={value}"],
                             f'cannot find the user "{value}" in /etc/passwd')

    def test_it_can_still_be_signalled(self):
        init = self.start(OWN, ["--user", "1000:1000"], "report-signals-until 15")
        init.reports.ready()
        init.signal(15)
        init.reports.expect("child signal 15")

    def test_the_user_can_open_its_own_stdout_and_stderr(self):
        for options in ([], ["--log", "text"]):
            with self.subTest(options=options):
                init = self.start(OWN, ["--user", "1000:1000", *options],
                                  "open-and-write /dev/stdout to-stdout "
                                  "open-and-write /dev/stderr to-stderr")
                init.reports.expect("child open /dev/stdout ok")
                init.reports.expect("child open /dev/stderr ok")
                code, stdout, _ = init.output()
                self.assertEqual(code, 0)
                self.assertIn("to-stdout", stdout)
                self.assertIn("to-stderr", stdout)


class Capabilities(Privileged):
    def test_keep_leaves_only_these_to_root(self):
        seen = self.child_status("--caps-keep", "chown,CAP_KILL")
        self.assertCapabilities(seen, Bnd=CHOWN | KILL, Prm=CHOWN | KILL, Eff=CHOWN | KILL, Amb=0)

    def test_drop_takes_these_away_from_root(self):
        before = self.child_status()
        seen = self.child_status("--caps-drop", "net_bind_service,Cap_Kill")
        for key in ("CapBnd", "CapPrm", "CapEff"):
            self.assertEqual(int(seen[key], 16), int(before[key], 16) & ~(NET_BIND | KILL))

    def test_what_is_dropped_one_by_one_is_all_dropped(self):
        before = self.child_status()
        seen = self.child_status("--caps-drop", "kill", "--caps-drop", "net_bind_service")
        self.assertEqual(int(seen["CapBnd"], 16), int(before["CapBnd"], 16) & ~(NET_BIND | KILL))
        seen = self.child_status("--caps-drop", "all", "--caps-drop", "kill")
        self.assertCapabilities(seen, Bnd=0, Prm=0, Eff=0, Amb=0, Inh=0)

    def test_drop_all_leaves_nothing(self):
        seen = self.child_status("--caps-drop", "all")
        self.assertCapabilities(seen, Bnd=0, Prm=0, Eff=0, Amb=0, Inh=0)

    def test_ambient_gives_a_user_what_it_needs_and_nothing_else(self):
        seen = self.child_status("--user", "1000:1000", "--caps-keep", "net_bind_service",
                                 "--caps-ambient", "net_bind_service")
        self.assertCapabilities(seen, Bnd=NET_BIND, Prm=NET_BIND, Eff=NET_BIND, Amb=NET_BIND,
                                Inh=NET_BIND)

    def test_drop_all_and_ambient_is_the_same_in_other_words(self):
        seen = self.child_status("--user", "1000:1000", "--caps-drop", "all",
                                 "--caps-ambient", "net_bind_service")
        self.assertCapabilities(seen, Prm=NET_BIND, Eff=NET_BIND, Amb=NET_BIND)

    def test_a_user_alone_has_no_capability_in_effect(self):
        seen = self.child_status("--user", "1000:1000")
        self.assertCapabilities(seen, Prm=0, Eff=0, Amb=0)

    def test_a_user_with_the_ambient_capability_binds_a_low_port(self):
        bind = ("import socket,sys; s = socket.socket(); s.bind(('127.0.0.1', 91)); "
                "print('bound', s.getsockname()[1])")
        python = ["/usr/bin/python3", "-c", bind]
        if not os.path.exists(python[0]):
            self.skipTest("no python that other users may run")
        options = ["--log", "raw", "--user", "1000:1000"]
        code, _, _ = self.run_line(OWN, [*options, "--", *python])
        with open("/proc/sys/net/ipv4/ip_unprivileged_port_start", encoding="utf-8") as file:
            first_free_port = int(file.read())
        if first_free_port > 91:
            self.assertNotEqual(code, 0)
        code, stdout, _ = self.run_line(
            OWN, [*options, "--caps-keep", "net_bind_service", "--caps-ambient",
                  "net_bind_service", "--", *python])
        self.assertEqual((code, stdout), (0, "bound 91\n"))

    def test_an_unknown_capability_is_a_usage_error(self):
        for option in ("--caps-keep", "--caps-ambient", "--caps-drop"):
            with self.subTest(option=option):
                code, _, stderr = self.run_line(OWN, [option, "net_bind_servise", "--", "true"])
                self.assertEqual(code, 2)
                self.assertIn("net_bind_servise", stderr)
                self.assertIn("did you mean CAP_NET_BIND_SERVICE?", stderr)

    def test_what_pmx_init_does_not_have_it_cannot_give(self):
        self.refused(125, ["--user", "1000:1000", "--caps-ambient", "net_bind_service"],
                     "CAP_NET_BIND_SERVICE",
                     wrapper=["setpriv", "--bounding-set", "-net_bind_service"])

    def test_without_the_right_to_change_the_user_it_says_which_is_missing(self):
        self.refused(125, ["--user", "1000:1000"], "CAP_SETUID",
                     wrapper=["setpriv", "--bounding-set", "-setuid"])
        self.refused(125, ["--caps-drop", "all"], "CAP_SETPCAP",
                     wrapper=["setpriv", "--bounding-set", "-setpcap"])

    def test_no_new_privs_is_set_on_request_only(self):
        self.assertEqual(self.child_status()["NoNewPrivs"], "0")
        self.assertEqual(self.child_status("--no-new-privs")["NoNewPrivs"], "1")
        seen = self.child_status("--no-new-privs", "--user", "1000:1000", "--caps-keep",
                                 "net_bind_service", "--caps-ambient", "net_bind_service")
        self.assertEqual((seen["NoNewPrivs"], int(seen["CapEff"], 16)), ("1", NET_BIND))

    def test_others_may_still_look_at_pmx_init(self):
        # As in a container: the rights of root are those of pmx-init, without CAP_SYS_PTRACE.
        alike = ["setpriv", "--bounding-set", "-sys_ptrace", "--inh-caps", "-sys_ptrace"]
        init = self.start(OWN, ["--user", "1000:1000"], "report-signals-until 64", wrapper=alike)
        init.reports.ready()
        # The command may be up a moment before pmx-init has what it had.
        wait_until(lambda: subprocess.run([*alike, "readlink", f"/proc/{init.pid}/exe"], text=True,
                                          capture_output=True, check=False).stdout == PMX_INIT + "\n",
                   "others may look")

    def test_pmx_init_itself_keeps_what_it_has(self):
        init = self.start(OWN, ["--user", "1000:1000", "--caps-drop", "all"],
                          "report-signals-until 64")
        init.reports.ready()
        for number in (10, 15, 64):
            init.signal(number)
            init.reports.expect(f"child signal {number}")


class WithoutCapKill(Privileged):
    WITHOUT = ["setpriv", "--bounding-set", "-kill"]

    def test_another_user_is_refused_and_the_capability_named(self):
        self.refused(125, ["--user", "1000:1000"], "CAP_KILL", wrapper=self.WITHOUT)

    def test_nor_is_one_supervised_for_another_user(self):
        code, out, _ = self.run_line(OWN, ["-i", "1", "--user", "1000:1000", "--", "true"],
                                     wrapper=self.WITHOUT)
        self.assertEqual(code, 125)
        self.assertIn("--user: cannot signal a command that runs as user 1000 without CAP_KILL", out)

    def test_the_same_user_is_no_problem(self):
        code, _, _ = self.run_line(OWN, ["--user", "0:1000", "--", "true"], wrapper=self.WITHOUT)
        self.assertEqual(code, 0)

    def test_without_a_change_of_user_neither(self):
        code, _, _ = self.run_line(OWN, ["--caps-drop", "all", "--", "true"], wrapper=self.WITHOUT)
        self.assertEqual(code, 0)


class Limits(Privileged):
    def test_umask(self):
        self.assertEqual(self.child_says("umask", "--umask", "027"), ["0027"])

    def test_niceness_up_and_down(self):
        self.assertEqual(self.child_says("nice", "--nice", "7"), ["7"])
        self.assertEqual(self.child_says("nice", "--nice", "-3"), ["-3"])

    def test_resource_limits(self):
        self.assertEqual(self.child_says("ulimit -Sn; ulimit -Hn", "--rlimit", "nofile=123:456"),
                         ["123", "456"])
        self.assertEqual(self.child_says("ulimit -Sn; ulimit -Hn", "--rlimit", "NOFILE=123"),
                         ["123", "123"])
        self.assertEqual(self.child_says("ulimit -Sn; ulimit -Sc", "--rlimit", "nofile=99",
                                         "--rlimit", "core=0"), ["99", "0"])

    def test_oom_score_adjustment(self):
        self.assertEqual(self.child_says("cat /proc/self/oom_score_adj", "--oom-score-adj", "321"),
                         ["321"])

    def test_processors(self):
        self.assertEqual(self.child_status("--cpus", "0")["Cpus_allowed_list"], "0")
        if os.cpu_count() >= 2:
            self.assertEqual(self.child_status("--cpus", "0-1")["Cpus_allowed_list"], "0-1")
            self.assertEqual(self.child_status("--cpus", "1,0")["Cpus_allowed_list"], "0-1")

    def test_working_folder(self):
        self.assertEqual(self.child_says("pwd", "--cwd", "/usr/lib"), ["/usr/lib"])

    def test_the_folder_is_entered_as_the_user(self):
        folder = tempfile.mkdtemp(dir=SCRATCH)  # 0700, root's
        self.refused(125, ["--user", "1000:1000", "--cwd", folder], "changing directory to",
                     folder, "permission denied")

    def test_pmx_init_itself_is_not_changed(self):
        init = self.start(OWN, ["--rlimit", "nofile=64", "--nice", "5", "--umask", "0",
                                "--oom-score-adj", "500"], "hold")
        init.reports.ready()
        with open(f"/proc/{init.pid}/oom_score_adj", encoding="utf-8") as file:
            self.assertEqual(file.read().strip(), "0")
        self.assertEqual(os.getpriority(os.PRIO_PROCESS, init.pid),
                         os.getpriority(os.PRIO_PROCESS, 0))

    def test_what_the_kernel_refuses_is_named(self):
        for options, parts in (
                (["--cpus", "1000"], ("processors", "invalid argument")),
                (["--cwd", "/no/such"], ("changing directory to /no/such",
                                         "no such file or directory")),
                (["--rlimit", "nofile=2000000000"], ("nofile", "operation not permitted"))):
            with self.subTest(options=options):
                self.refused(125, options, *parts)

    def test_what_an_unprivileged_user_may_not_is_named(self):
        unprivileged = ["setpriv", "--reuid=54321", "--regid=54321", "--clear-groups"]
        for options, parts in ((["--nice", "-5"], ("niceness", "permission denied")),
                               (["--oom-score-adj", "-500"], ("OOM score",)),
                               (["--user", "1000:1000"], ("user",)),
                               (["--groups", "29"], ("groups",))):
            with self.subTest(options=options):
                self.refused(125, options, *parts, wrapper=unprivileged)


class Environment(Privileged):
    def test_env_sets_and_replaces(self):
        self.assertEqual(
            self.child_says('echo "$A,$B,$C"', "--env", "A=1", "--env", "B=two words",
                            "--env", "C=x=y", env={"A": "before"}), ["1,two words,x=y"])

    def test_env_without_a_value_is_an_error_for_there_is_no_manifest(self):
        code, stdout, stderr = self.run_line(OWN, ["--env", "production", "--", "true"])
        self.assertEqual((code, stdout), (2, ""))
        self.assertIn("production", stderr)

    def test_a_file_of_variables(self):
        path = _file("# a comment\nA=1\n\nB=two words\nexport C=3\nD=\"quoted\"\nE='single'\n")
        self.assertEqual(
            self.child_says('echo "$A,$B,$D,$E"', "--env-file", path), ["1,two words,quoted,single"])

    def test_env_wins_over_the_file(self):
        self.assertEqual(self.child_says('echo "$A"', "--env", "A=option", "--env-file",
                                         _file("A=file\n")), ["option"])

    def test_a_file_that_is_not_there_is_named(self):
        self.refused(125, ["--env-file", "/no/such/file"], "/no/such/file",
                     "no such file or directory")

    def test_a_bad_line_is_named_with_its_number(self):
        path = _file("A=1\nB=one\0two\n")
        code, stdout, stderr = self.run_line(OWN, ["--env-file", path, "--", "true"])
        self.assertEqual((code, stderr), (125, ""))
        self.assertIn(f"{path}: line 2: ", json.loads(stdout)["msg"])

    def test_everything_else_is_passed_on(self):
        self.assertEqual(self.child_says('echo "$UNTOUCHED"', env={"UNTOUCHED": "as it was"}),
                         ["as it was"])


if __name__ == "__main__":
    main()
