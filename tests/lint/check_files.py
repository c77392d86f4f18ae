#!/usr/bin/env python3
"""Fails when a source file is too long, when a header has no first line saying what it is for or no
#pragma once, or when two sources of a floor mean something else by one name: releases compile several
as one. usage: check_files.py [SRC]"""
import collections
import pathlib
import re
import sys

LONGEST = 400


def problems_of(path):
    lines = path.read_text().splitlines()
    if len(lines) > LONGEST:
        yield f"{path}: {len(lines)} lines, more than {LONGEST}: does it have one job?"
    if any("\t" in line for line in lines):
        yield f"{path}: has tab characters"
    if path.suffix == ".h":
        if not lines or not re.match(r"// \w.{15,}", lines[0]):
            yield f"{path}:1: the first line is not a comment naming the file's job"
        if lines.count("#pragma once") != 1:
            yield f"{path}: has no #pragma once"


def names_of(path):
    """Types and constants that a source keeps for itself, each with the line that makes it."""
    line_of = re.compile(r"(?:using|struct|class|enum class|(?:inline )?constexpr [^(=]*?) ?\b(\w+)(?: =|\{| \{|;|\()")
    for line in path.read_text().splitlines():
        found = line_of.match(line)
        if found:
            is_whole = line.endswith(";") and not line.startswith("struct")
            yield found[1], line if is_whole else f"{path}: {line}"


def clashes(paths):
    floors = collections.defaultdict(lambda: collections.defaultdict(dict))
    for path in paths:
        if path.suffix != ".cc":
            continue
        for name, line in names_of(path):
            floors[path.parent][name].setdefault(path, line)
    for names in floors.values():
        for name, places in names.items():
            if len(set(places.values())) > 1:
                yield f"{' and '.join(map(str, places))}: mean something else by {name} each"


def main():
    root = pathlib.Path(sys.argv[1] if len(sys.argv) > 1 else "src")
    paths = [path for path in sorted(root.rglob("*")) if path.suffix in {".h", ".cc"}]
    problems = [problem for path in paths for problem in problems_of(path)] + list(clashes(paths))
    print("\n".join(problems) or f"{len(paths)} files are in order")
    return bool(problems) or not paths


if __name__ == "__main__":
    sys.exit(main())
