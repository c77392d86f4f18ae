#!/usr/bin/env python3
"""Keeps the figures in README.md those of docs/benchmarks.md.

    bench/readme.py           writes the README's table anew
    bench/readme.py --check   fails when it differs

The README has the median of `--log json`, the default."""
import pathlib
import re
import sys

ROOT = pathlib.Path(__file__).resolve().parent.parent
OURS = "pmx-init --log json"
INITS = (OURS, "tini-static", "dumb-init", "catatonit", None)
LOGS = (OURS, None, None, None, "pm2-runtime --json")
CLUSTERS = ("pmx-init, rr", None, None, None, "pm2-runtime")
NOTE = """

Medians; how they were measured: [docs/benchmarks.md](docs/benchmarks.md). dumb-init is the one that is linked
dynamically.
"""
BLOCK = re.compile(r"(<!-- figures: begin -->\n).*?(<!-- figures: end -->)", re.DOTALL)

# What the README calls it; the head of its table in the page, the first of that name with such a row;
# the column; who has one.
ROWS = (
    ("size, bytes", "program", "bytes", ("pmx-init", *INITS[1:])),
    ("added to a command's run, µs", "added, us", "median", INITS),
    ("memory asleep, RSS, kB", "RSS, kB", "median", INITS),
    ("context switches asleep, in 10 s", "context switches", "median", INITS),
    ("a signal to the command's handler, µs", "signal, us", "median", INITS),
    ("CPU to reap 20,000 orphans, ms", "CPU, ms", "median", INITS),
    ("lines a second to JSON, million", r"[\d,]+ lines", "million lines/s", LOGS),
    ("runs with all last words of a crash", "reader of the app", "complete runs", LOGS),
    ("connections a second, a cluster of 2", "connections/s", "median", CLUSTERS),
    ("memory of its primary, RSS, kB", "cluster", "2 workers", CLUSTERS),
    ("failed requests, two reloads, keep-alive", "failed of requests", "http, keep-alive", CLUSTERS),
    ("the same, a connection a request", "failed of requests", "http, close", CLUSTERS),
)


def tables(page):
    """(cells of the head, {first cell: cells}) of each table, in the page's order."""
    found = []
    for block in re.findall(r"(?:^\|.*\n)+", page, re.MULTILINE):
        rows = [[cell.strip() for cell in line.strip("|").split("|")] for line in block.splitlines()]
        found.append((rows[0], {row[0]: row for row in rows[2:]}))
    return found


def figure(page_tables, title, column, name):
    for head, rows in page_tables:
        if re.fullmatch(title, head[0]) and name in rows:
            for cell, value in zip(head[1:], rows[name][1:]):
                if re.match(column, cell):
                    return value
    raise SystemExit(f"docs/benchmarks.md has no figure of {name} under {title}")


def block_of(page):
    found = tables(page)
    lines = ["| measured | pmx-init | tini | dumb-init | catatonit | pm2-runtime |",
             "| --- | ---: | ---: | ---: | ---: | ---: |"]
    for title, head, column, names in ROWS:
        cells = [figure(found, head, column, name) if name else "–" for name in names]
        lines.append(f"| {title} | " + " | ".join(cells) + " |")
    return "\n".join(lines) + NOTE


def main():
    check = sys.argv[1:2] == ["--check"]
    root = pathlib.Path(sys.argv[-1]) if len(sys.argv) > 1 + check else ROOT
    source, readme = root / "docs/benchmarks.md", root / "README.md"
    if not source.exists():
        sys.exit("there is no docs/benchmarks.md; ./dev bench makes it")
    block, text = block_of(source.read_text()), readme.read_text()
    if not BLOCK.search(text):
        sys.exit("README.md has no place for the figures")
    wanted = BLOCK.sub(lambda match: match[1] + block + match[2], text)
    if check and wanted != text:
        sys.exit("README.md has other figures than docs/benchmarks.md; bench/readme.py writes them anew")
    readme.write_text(wanted) if not check else print("README.md has the figures of docs/benchmarks.md")


if __name__ == "__main__":
    main()
