#!/usr/bin/env python3
"""Measures pmx-init against what people use today, prints the tables and saves them.

    bench/run.py init|logs|restart|scale|cluster|reload --binary PATH [--rounds N] [--quick] [--out docs/benchmarks.md]

`--quick` is a rehearsal of less than a minute; its figures are saved only where --out says so.
"""

import argparse
import os
import shutil
import subprocess
import sys
from pathlib import Path

import cluster_rows
import contenders
import init_rows
import log_rows
import machine
import page
import programs
import reload_rows
import restart_rows
import scale_rows
import supervisors
from contained import NotManaged

ROOT = Path(__file__).resolve().parent.parent


def arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("verb", choices=tuple(BENCHES))
    parser.add_argument("--binary", required=True, type=Path, help="the pmx-init to measure")
    parser.add_argument("--rounds", type=int, help="default: 20 for init, 5 for logs and scale, 40 for restart, "
                             "10 for cluster, 3 for reload")
    parser.add_argument("--quick", action="store_true", help="a rehearsal of less than a minute")
    parser.add_argument("--out", type=Path, help="default: docs/benchmarks.md, nowhere if quick")
    options = parser.parse_args()
    if not os.access(options.binary, os.X_OK):
        parser.error(f"cannot execute {options.binary}")
    return options


def bench_init(options: argparse.Namespace, built: dict[str, str]) -> str:
    plan = (init_rows.Plan(options.rounds or 3, signals=500, orphans=5000, storms=3,
                           copies=5, rest_s=5)
            if options.quick else
            init_rows.Plan(options.rounds or 20, storms=max(1, (options.rounds or 20) // 4)))
    about = (f"{plan.rounds} rounds. Compared with the Debian packages "
             f"{contenders.versions(('tini', 'dumb-init', 'catatonit'))}. "
             f"Load average when it began: {machine.load()}.")
    chapters = init_rows.measure(contenders.inits(str(options.binary.resolve())), built, plan)
    return page.section("init", "As an init: `./dev bench init`", about, chapters)


def bench_logs(options: argparse.Namespace, built: dict[str, str]) -> str:
    plan = (log_rows.Plan(options.rounds or 2, lines=500_000, checked_lines=200_000, pm2_rounds=1,
                          last_words_runs=3, pm2_last_words_runs=1)
            if options.quick else
            log_rows.Plan(options.rounds or 5, lines=5_000_000, checked_lines=5_000_000,
                          pm2_rounds=options.rounds or 5, last_words_runs=10,
                          pm2_last_words_runs=10))
    setting = log_rows.Setting(contenders.ours(str(options.binary.resolve()), "json"),
                               contenders.log_programs(), built, contenders.node(),
                               contenders.pm2_runtime())
    about = (f"{plan.rounds} rounds. Compared with the Debian packages "
             f"{contenders.versions(('coreutils', 's6'))}, and {contenders.PM2} from npm. "
             f"Load average when it began: {machine.load()}.\n\n"
             "The throughput rows are `lines | cat | cat >/dev/null`, `lines | s6-log 1 | cat "
             ">/dev/null` and `pmx-init --log json -- lines | cat >/dev/null`: wall time of the "
             "whole, `lines` writing numbered lines in blocks of 64 KiB. *As many bytes, not looked "
             "at* is a program that stands where pmx-init stands, reads as much and writes as much "
             "as pmx-init does for these lines, and does nothing else: what the kernel's copying "
             "alone takes.")
    return page.section("logs", "As a log path: `./dev bench logs`", about,
                        log_rows.measure(setting, plan))


def bench_restart(options: argparse.Namespace, built: dict[str, str]) -> str:
    plan = restart_rows.Plan(options.rounds or (4 if options.quick else 40))
    kinds = restart_rows.contenders(str(options.binary.resolve()), built)
    load = machine.load()
    chapters = restart_rows.measure(kinds, built, plan)
    about = (f"{plan.rounds} rounds. Compared with the Debian packages "
             f"{contenders.versions(('supervisor', 'runit', 's6'))}, and {contenders.PM2} from npm. "
             f"Load average when it began: {load}, when it ended: {machine.load()}.")
    return page.section("restart", "As a supervisor: `./dev bench restart`", about, chapters)


def bench_scale(options: argparse.Namespace, built: dict[str, str]) -> str:
    plan = (scale_rows.Plan(options.rounds or 1, sizes=(10, 100), rest_s=5, listings=3)
            if options.quick else scale_rows.Plan(options.rounds or 5))
    kinds = [supervisors.supervisord(), supervisors.pm2(),
             supervisors.ours(str(options.binary.resolve()))]
    load = machine.load()
    chapters = scale_rows.measure(kinds, built, plan)
    about = (f"{plan.rounds} rounds. Compared with the Debian package "
             f"{contenders.versions(('supervisor',))}, and {contenders.PM2} from npm. "
             f"Load average when it began: {load}, when it ended: {machine.load()}.\n\n"
             "Every app is one of its own in the manifest, a static program that sleeps; nothing asks "
             "whether it works. Each supervisor is PID 1 of a PID namespace and configured as for the "
             "restarts, supervisord with all apps in one group.")
    return page.section("scale", "With many apps: `./dev bench scale`", about, chapters)


def bench_cluster(options: argparse.Namespace, built: dict[str, str]) -> str:
    plan = (cluster_rows.Plan(options.rounds or 1, seconds=1, kept_rounds=2, kept_seconds=1, fair=1000,
                              sizes=(2, 8), starts=4)
            if options.quick else cluster_rows.Plan(options.rounds or 10))
    binary, load = str(options.binary.resolve()), machine.load()
    chapters = cluster_rows.measure(cluster_rows.contenders(binary), plan, binary)
    about = (f"{plan.rounds} rounds. {node_and_pm2()} "
             f"Load average when it began: {load}, when it ended: {machine.load()}.")
    return page.section("cluster", "As a cluster: `./dev bench cluster`", about, chapters)


def bench_reload(options: argparse.Namespace, built: dict[str, str]) -> str:
    plan = (reload_rows.Plan(options.rounds or 1, every_s=1)
            if options.quick else reload_rows.Plan(options.rounds or 3))
    binary, load = str(options.binary.resolve()), machine.load()
    certificate = reload_rows.certificate(ROOT / "build" / "bench")
    chapters = reload_rows.measure(reload_rows.contenders(binary), plan, certificate)
    about = (f"{plan.rounds} rounds. {node_and_pm2()} "
             f"Load average when it began: {load}, when it ended: {machine.load()}.")
    return page.section("reload", "What a reload loses: `./dev bench reload`", about, chapters)


def node_and_pm2() -> str:
    said = subprocess.run([contenders.node(), "--version"], stdout=subprocess.PIPE, text=True, check=True)
    return f"Node {said.stdout.strip()}, and {contenders.PM2} from npm."


BENCHES = {"init": bench_init, "logs": bench_logs, "restart": bench_restart, "scale": bench_scale,
           "cluster": bench_cluster, "reload": bench_reload}


def installed(binary: Path) -> Path:
    """A copy, as an installer makes it: how a linker leaves its file in the page cache is slower."""
    folder = ROOT / "build" / "bench" / "installed"
    folder.mkdir(parents=True, exist_ok=True)
    return Path(shutil.copy(binary, folder / "pmx-init"))


def main() -> int:
    options = arguments()
    built = programs.build(ROOT / "build" / "bench")
    options.binary = installed(options.binary)
    text = BENCHES[options.verb](options, built)
    print("\n" + text)
    out = options.out or (None if options.quick else ROOT / "docs" / "benchmarks.md")
    if out is not None:
        page.save(out, options.verb, text)
        print(f"saved to {out}")
    return 0


if __name__ == "__main__":
    try:
        sys.exit(main())
    except (contenders.Missing, NotManaged) as reason:
        sys.exit(f"bench: {reason}")
