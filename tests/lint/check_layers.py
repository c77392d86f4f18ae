#!/usr/bin/env python3
"""Fails when a floor of src/ includes one above it, when units cycle, or when a pure floor touches
the system. usage: check_layers.py [SRC]"""
import pathlib
import re
import sys

FLOORS = {
    "base": set(),
    "core": {"base"},
    "codec": {"base", "core"},
    "os": {"base"},
    "runtime": {"base", "core", "codec", "os"},
    "cli": {"base", "core", "codec", "os", "runtime"},
}
PURE = {"base", "core", "codec"}
SYSTEM_HEADER = re.compile(
    r"(sys/|linux/|asm/|net/|netinet/|arpa/|"
    r"(unistd|fcntl|signal|csignal|errno|poll|pthread|sched|spawn|termios|time|pwd|grp|dirent|"
    r"fstream|filesystem|iostream|cstdio|stdio|thread|mutex|random|cap-ng)(\.h)?$)")
INCLUDE = re.compile(r'\s*#\s*include\s*([<"])([^>"]+)')


def check_file(path, root):
    """The problems of one file and the units it includes."""
    parts = path.relative_to(root).parts
    floor = parts[0] if len(parts) > 1 else None  # main.cc stands above all floors
    problems, included = [], set()
    if floor is not None and floor not in FLOORS:
        problems.append(f"{path}: {floor}/ is not a floor")
        return problems, included
    for number, line in enumerate(path.read_text().splitlines(), 1):
        match = INCLUDE.match(line)
        if not match:
            continue
        quote, name = match.groups()
        if quote == "<":
            if floor in PURE and SYSTEM_HEADER.match(name):
                problems.append(f"{path}:{number}: {floor}/ is pure, it must not include <{name}>")
            continue
        target = name.split("/")[0]
        if not (root / name).is_file():
            problems.append(f'{path}:{number}: "{name}" is not a file under {root}')
        elif floor and target != floor and target not in FLOORS[floor]:
            problems.append(f"{path}:{number}: {floor}/ must not include {name}")
        included.add(name.rsplit(".", 1)[0])
    return problems, included


def find_cycle(graph):
    """One list of units that include each other in a circle, or None."""
    done, trail = set(), []

    def visit(unit):
        if unit in trail:
            return trail[trail.index(unit):] + [unit]
        if unit in done:
            return None
        trail.append(unit)
        for other in sorted(graph.get(unit, ())):
            if cycle := visit(other):
                return cycle
        done.add(trail.pop())
        return None

    return next((cycle for unit in sorted(graph) if (cycle := visit(unit))), None)


def main():
    root = pathlib.Path(sys.argv[1] if len(sys.argv) > 1 else "src")
    problems, graph = [], {}
    paths = [path for path in sorted(root.rglob("*")) if path.suffix in {".h", ".cc"}]
    for path in paths:
        found, included = check_file(path, root)
        problems += found
        unit = path.relative_to(root).with_suffix("").as_posix()
        graph.setdefault(unit, set()).update(included - {unit})
    if cycle := find_cycle(graph):
        problems.append("units include each other: " + " -> ".join(cycle))
    print("\n".join(problems) or f"{len(paths)} files keep to their floors")
    return bool(problems) or not paths


if __name__ == "__main__":
    sys.exit(main())
