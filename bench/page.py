"""docs/benchmarks.md: one section a verb, each replaced as a whole by the run that made it."""

import datetime
import re
from pathlib import Path

import figures
import machine

HEAD = """# Benchmarks

Made by `./dev bench init` and `./dev bench logs`; do not edit by hand. All programs of a table ran in the
same run, in turns, so that a busy moment hits each of them. *Median* and *lowest .. highest* are over the
rounds. "At most 1.0 of the best" holds when the medians are within 3%.
"""


def section(verb: str, title: str, about: str, chapters: list[figures.Chapter]) -> str:
    today = datetime.date.today().isoformat()
    parts = [f"## {title}", f"{today}, {machine.shape()}. {about}", figures.summary(chapters),
             *(chapter.markdown().rstrip("\n") for chapter in chapters)]
    return f"<!-- {verb}: begin -->\n" + "\n\n".join(parts) + f"\n<!-- {verb}: end -->\n"


def save(path: Path, verb: str, text: str) -> None:
    """Replaces the verb's section in the page, or adds it; the other verb's stays as it is."""
    page = path.read_text() if path.exists() else HEAD
    old = re.compile(f"<!-- {verb}: begin -->.*?<!-- {verb}: end -->\n", re.DOTALL)
    if old.search(page):
        page = old.sub(lambda _: text, page)
    elif verb == "init" and "<!-- logs: begin -->" in page:
        page = page.replace("<!-- logs: begin -->", text + "\n<!-- logs: begin -->")
    else:
        page = page.rstrip("\n") + "\n\n" + text
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(page)
