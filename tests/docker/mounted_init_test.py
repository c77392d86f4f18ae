"""Mounted as the engine's own init (`docker run --init`, `podman run --init`): plain bytes."""

import os
import shutil
import subprocess

import container
import engine as engines
from base_images import DEBIAN
from case import ContainerTest

# Every byte value, a line without an end, both streams, and an exit code.
EVERY_BYTE = bytes(range(256)) + b'\n{"level":30}\n\n' + b"x" * 40000 + b"\nno line end"
SCRIPT = """
$all = join('', map(chr, 0..255)) . "\\n{\\"level\\":30}\\n\\n" . ('x' x 40000) . "\\nno line end";
syswrite(STDOUT, $all) == length($all) or die; syswrite(STDERR, "to stderr"); exit(12)
"""
WHO_IS_ONE = ("sh", "-c", "tr '\\0' ' ' < /proc/1/cmdline")


class DockerInit(ContainerTest):
    """A second engine, started with --init-path: that is an option of the daemon."""

    @classmethod
    def setUpClass(cls):
        folder = os.path.join(cls.scratch, "second-engine")
        init = os.path.join(cls.scratch, "docker-init")
        os.symlink(cls.binary, init)
        cls.with_init = engines.start_with_init(folder, init)
        cls.addClassCleanup(cls.with_init.stop)
        save = subprocess.Popen(cls.engine.command("save", DEBIAN), stdout=subprocess.PIPE)
        cls.with_init.call("load", stdin=save.stdout)
        save.wait()

    def run_with_init(self, *command, options=()):
        return container.run(
            self.with_init, DEBIAN, *command, options=("--init", "--network", "none", *options)
        )

    def test_it_is_pid_1_under_docker_s_name(self):
        self.assertIn(b"docker-init -- sh", self.run_with_init(*WHO_IS_ONE).stdout)

    def test_the_app_s_bytes_and_exit_code_are_unchanged(self):
        ended = self.run_with_init("perl", "-e", SCRIPT)
        self.assertEqual(ended.stdout, EVERY_BYTE)
        self.assertEqual(ended.stderr, b"to stderr")
        self.assertEqual(ended.returncode, 12)

    def test_a_command_that_does_not_exist_is_127_and_stdout_stays_empty(self):
        ended = self.run_with_init("/nowhere/app")
        self.assertEqual(ended.returncode, 127)
        self.assertEqual(ended.stdout, b"")

    def test_docker_stop_reaches_the_app(self):
        app = container.Container(
            self.with_init,
            DEBIAN,
            "bash",
            "-c",
            "trap 'echo bye; exit 8' TERM; echo up; sleep infinity & wait",
            options=("--init", "--network", "none"),
        )
        self.addCleanup(app.__exit__)
        app.await_output("up")
        app.stop(patience=60)
        self.assertEqual(app.exit_code(), 8)
        self.assertEqual(app.output(), b"up\nbye\n")

    def test_docker_info_accepts_it_as_an_init(self):
        info = self.with_init.call("info", "--format", "{{.InitBinary}} {{.InitCommit.ID}}")
        self.assertIn("/docker-init ", info.stdout.decode())
        self.assertNotIn("N/A", info.stdout.decode())


class Podman(ContainerTest):
    """Podman mounts what --init-path names as /run/podman-init."""

    # runc, and limits this user has anyway: a container may be refused the right to raise them.
    OPTIONS = ("--runtime", "runc", "--ulimit", "nproc=1000:1000", "--ulimit", "nofile=2000:2000")

    @classmethod
    def setUpClass(cls):
        cls.debian = cls.load_into_podman(DEBIAN)
        cls.under_test = cls.load_into_podman(cls.image)
        cls.addClassCleanup(
            subprocess.run, ["podman", "rmi", cls.under_test], check=False, capture_output=True
        )

    @classmethod
    def load_into_podman(cls, name):
        """The id of the image, which is the same in both engines."""
        if shutil.which("podman") is None:
            raise RuntimeError("podman is not installed (Debian: apt-get install podman runc)")
        image = (
            cls.engine.call("image", "inspect", "--format", "{{.Id}}", name).stdout.decode().strip()
        )
        if subprocess.run(["podman", "image", "exists", image], check=False).returncode != 0:
            save = subprocess.Popen(cls.engine.command("save", name), stdout=subprocess.PIPE)
            subprocess.run(["podman", "load"], stdin=save.stdout, check=True, capture_output=True)
            save.wait()
        return image

    def podman(self, image, *command, options=()):
        return subprocess.run(
            [
                "podman",
                "--log-level",
                "error",
                "run",
                "--rm",
                *self.OPTIONS,
                *options,
                image,
                *command,
            ],
            check=False,
            stdin=subprocess.DEVNULL,
            capture_output=True,
            timeout=container.PATIENCE,
        )

    def run_with_init(self, *command):
        return self.podman(
            self.debian, *command, options=("--init", "--init-path", os.path.abspath(self.binary))
        )

    def test_it_is_pid_1_under_podman_s_name(self):
        self.assertIn(b"podman-init -- sh", self.run_with_init(*WHO_IS_ONE).stdout)

    def test_the_app_s_bytes_and_exit_code_are_unchanged(self):
        ended = self.run_with_init("perl", "-e", SCRIPT)
        self.assertEqual(ended.stdout, EVERY_BYTE)
        self.assertEqual(ended.stderr, b"to stderr")
        self.assertEqual(ended.returncode, 12)

    def test_as_entrypoint_it_writes_records(self):
        ended = self.podman(self.under_test, "sh", "-c", "echo from podman; exit 3")
        self.assertEqual(ended.returncode, 3)
        self.assertIn(b'"stream":"stdout","msg":"from podman"', ended.stdout)
