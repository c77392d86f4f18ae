#!/usr/bin/env python3
"""Fails when a source file is too long, or when a header has no first line saying what it is for
or no #pragma once. usage: check_files.py [SRC]"""
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


def main():
    root = pathlib.Path(sys.argv[1] if len(sys.argv) > 1 else "src")
    paths = [path for path in sorted(root.rglob("*")) if path.suffix in {".h", ".cc"}]
    problems = [problem for path in paths for problem in problems_of(path)]
    print("\n".join(problems) or f"{len(paths)} files are in order")
    return bool(problems) or not paths


if __name__ == "__main__":
    sys.exit(main())
