#!/usr/bin/env python3
"""Runs a cluster of two for each feature on each version of Node and on Bun, as a client would use it.

    tests/compat/run.py --binary PATH [--write] [--only PATTERN] [18 20.11.0 ... bun]

Prints a matrix; --write puts it into docs/cluster.md. Exits with 1 if something failed that docs do
not say is refused, or works that they say is.
"""

import argparse
import os
import pathlib
import re
import shutil
import sys
import tempfile
import time

import installs
from cluster import Cluster
from features import FEATURES, HOOK_FOLDER

ROOT = pathlib.Path(__file__).resolve().parent.parent.parent
PAGE = ROOT / "docs" / "cluster.md"
RUNTIMES = ("18.0.0", "18", "20", "22", "24", "26", "bun")
BEGIN, END = "<!-- compat: begin -->", "<!-- compat: end -->"
WORKS, REFUSED, FAILED, NOT_THERE = "✓", "refused", "FAILED", "–"


def arguments():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--binary", required=True, type=pathlib.Path, help="the pmx-init to test")
    parser.add_argument("--write", action="store_true", help="put the matrix into docs/cluster.md")
    parser.add_argument("--only", default="", metavar="PATTERN", help="features whose name matches")
    parser.add_argument("versions", nargs="*", help=f"default: {' '.join(RUNTIMES)}")
    options = parser.parse_args()
    if not os.access(options.binary, os.X_OK):
        parser.error(f"cannot execute {options.binary}")
    if options.write and options.only:
        parser.error("--write is for all features")
    return options


def problem_of(feature, setting):
    """Why it does not work, or None."""
    try:
        with Cluster(*setting, feature) as cluster:
            feature.check(cluster)
            cluster.end()
            if feature.afterwards:
                feature.afterwards(cluster)
    except Exception as problem:  # whatever it is, the other cells are still of interest
        return f"{type(problem).__name__}: {problem}"
    return None


def cell(feature, runtime, setting):
    """(what the matrix says, what went wrong)"""
    is_too_old = runtime.name == "node" and runtime.numbers() < feature.since
    if is_too_old or runtime.name in feature.not_for:
        return NOT_THERE, None
    problem = problem_of(feature, setting)
    reason = feature.without.get(runtime.name)
    if reason is None:
        return (FAILED, problem) if problem else (WORKS, None)
    if problem and re.search(feature.refusal, problem):
        return REFUSED, None
    return FAILED, problem or f"it works, but is said not to: {reason}"


def table(runtimes, rows):
    """`rows` are (feature, what the matrix says of each runtime)."""
    titles = [runtime.version if runtime.name == "node" else f"Bun {runtime.version}"
              for runtime in runtimes]
    lines = [f"| | {' | '.join(titles)} |", f"| --- |{' :---: |' * len(titles)}"]
    notes = []
    for feature, words in rows:
        shown = []
        for runtime, word in zip(runtimes, words):
            if word == REFUSED:
                reason = feature.without[runtime.name]
                if reason not in notes:
                    notes.append(reason)
                word = f"[{notes.index(reason) + 1}]"
            shown.append(word)
        lines.append(f"| {feature.name} | {' | '.join(shown)} |")
    return "\n".join([*lines, *(f"\n[{number}] {note}" for number, note in enumerate(notes, 1))])


def write(text):
    page = PAGE.read_text()
    before, rest = page.split(BEGIN)
    PAGE.write_text(f"{before}{BEGIN}\n{text}\n{END}{rest.split(END)[1]}")


def main():
    options = arguments()
    runtimes = [installs.runtime(version) for version in options.versions or RUNTIMES]
    features = [feature for feature in FEATURES if re.search(options.only, feature.name)]
    words = {feature.name: [] for feature in features}
    failures = []
    with tempfile.TemporaryDirectory(prefix="pmx-compat-") as name:
        folder = pathlib.Path(name)
        # Compilers and clients are the same for all that is tested.
        client_node = installs.runtime("22").program
        installs.prepare(folder, HOOK_FOLDER, client_node)
        # A new build must not disturb what runs.
        binary = shutil.copy(options.binary, folder / "pmx-init")
        for runtime in runtimes:
            setting = (binary, runtime, client_node, folder)
            for feature in features:
                began = time.monotonic()
                word, problem = cell(feature, runtime, setting)
                words[feature.name].append(word)
                print(f"{runtime.name} {runtime.version} {feature.name}: {word} "
                      f"({time.monotonic() - began:.1f} s)", flush=True)
                if problem:
                    failures.append(f"{runtime.name} {runtime.version} {feature.name}: {problem}")
                    print(f"    {problem}", flush=True)
    matrix = table(runtimes, [(feature, words[feature.name]) for feature in features])
    print(f"\n{matrix}\n")
    if failures:
        print(f"{len(failures)} FAILED:", *failures, sep="\n")
    elif options.write:
        write(matrix)
    return bool(failures)


if __name__ == "__main__":
    sys.exit(main())
