"""Started as root, the app runs as somebody else with one capability, and can still be stopped."""

from case import ROOT, ContainerTest

# Docker opens the low ports to everyone; with this, they need CAP_NET_BIND_SERVICE again.
LOW_PORTS_ARE_GUARDED = ("--sysctl", "net.ipv4.ip_unprivileged_port_start=1024")

NET_BIND_SERVICE = 1 << 10

# Reports what it is and what it can do, then serves port 80 until it is stopped.
APP = """
const fs = require('fs');
const able = (act) => { try { act(); return 'yes'; } catch (error) { return error.code; } };
const status = fs.readFileSync('/proc/self/status', 'utf8');
for (const line of status.split('\\n'))
  if (/^(Uid|Gid|Groups|Cap...|NoNewPrivs):/.test(line)) console.log(line.replace(/\\s+/g, ' '));
console.log('chown:', able(() => fs.chownSync('/tmp', 1000, 1000)));
console.log('shadow:', able(() => fs.readFileSync('/etc/shadow')));
console.log('signal init:', able(() => process.kill(1, 'SIGWINCH')));
fs.writeFileSync('/dev/stdout', 'opened stdout\\n');
fs.writeFileSync('/dev/stderr', 'opened stderr\\n');
process.on('SIGTERM', () => { console.log('asked to stop'); process.exit(0); });
const server = require('http').createServer((_, reply) => reply.end('ok'));
server.on('error', (error) => { console.log('port 80', error.code); process.exit(1); });
server.listen(80, () => console.log('port 80 open'));
"""

AS_WEB_SERVER = ("--user", "1000", "--caps-drop", "all", "--caps-ambient", "net_bind_service")


class Capabilities(ContainerTest):
    def start_as_root(self, *pmx_options, options=()):
        return self.start(
            *pmx_options,
            "--",
            "node",
            "-e",
            APP,
            options=(*ROOT, *LOW_PORTS_ARE_GUARDED, "--entrypoint", "pmx-init", *options)
        )

    def report(self, app):
        return dict(line.split(": ", 1) for line in app.messages() if ": " in line)

    def test_uid_1000_binds_port_80_and_can_do_nothing_else(self):
        app = self.start_as_root(*AS_WEB_SERVER)
        app.await_output("port 80 open")
        app.stop(patience=60)
        self.assertEqual(app.exit_code(), 0, app.output())
        report = self.report(app)
        self.assertEqual(report["Uid"], "1000 1000 1000 1000")
        self.assertEqual(report["Gid"], "1000 1000 1000 1000")
        self.assertNotIn("0", report["Groups"].split())
        for name in ("CapInh", "CapPrm", "CapEff", "CapBnd", "CapAmb"):
            self.assertEqual(int(report[name], 16), NET_BIND_SERVICE, name)
        self.assertEqual(report["chown"], "EPERM")
        self.assertEqual(report["shadow"], "EACCES")
        self.assertEqual(report["signal init"], "EPERM")
        self.assertIn("opened stdout", app.messages())
        self.assertIn("opened stderr", app.messages())
        self.assertIn("asked to stop", app.messages())

    def test_without_the_capability_port_80_is_refused(self):
        app = self.start_as_root("--user", "1000", "--caps-drop", "all")
        self.assertEqual(app.exit_code(), 1)
        self.assertIn("port 80 EACCES", app.messages())

    def test_without_cap_kill_it_refuses_to_start_and_names_the_capability(self):
        app = self.start_as_root(*AS_WEB_SERVER, options=("--cap-drop", "KILL"))
        self.assertEqual(app.exit_code(), 125)
        record = self.only_record(app.output())
        self.assertEqual(record["level"], "error")
        self.assertIn("CAP_KILL", record["msg"])
        self.assertEqual(app.errors(), b"")

    def test_these_capabilities_are_enough_when_all_others_are_dropped(self):
        given = ("SETUID", "SETGID", "SETPCAP", "KILL", "NET_BIND_SERVICE")
        added = [word for name in given for word in ("--cap-add", name)]
        app = self.start_as_root(*AS_WEB_SERVER, options=("--cap-drop", "ALL", *added))
        app.await_output("port 80 open")
        app.stop(patience=60)
        self.assertEqual(app.exit_code(), 0, app.output())

    def test_a_user_name_is_looked_up_in_the_image(self):
        app = self.start_as_root(
            "--user", "node", "--caps-drop", "all", "--caps-ambient", "net_bind_service"
        )
        app.await_output("port 80 open")
        app.stop(patience=60)
        self.assertEqual(self.report(app)["Uid"], "1000 1000 1000 1000")

    def test_no_new_privs_is_set_for_the_app(self):
        app = self.start_as_root(*AS_WEB_SERVER, "--no-new-privs")
        app.await_output("port 80 open")
        app.stop(patience=60)
        self.assertEqual(self.report(app)["NoNewPrivs"], "1")
