"""docs/benchmarks.md: one section a verb, each replaced as a whole by the run that made it."""

import datetime
import re
from pathlib import Path

import figures
import machine

ORDER = ("init", "logs", "restart", "scale", "cluster", "reload")
HEAD = """# Benchmarks

Made by `./dev bench init`, `logs`, `restart`, `scale`, `cluster` and `reload`; do not edit by hand. All programs of a
table ran in the same run, in turns, so that a busy moment hits each of them. *Median* and *lowest .. highest* are over the
rounds. "At most 1.0 of the best" holds when the medians are within 3%.
"""


def section(verb: str, title: str, about: str, chapters: list[figures.Chapter]) -> str:
    today = datetime.date.today().isoformat()
    parts = [f"## {title}", f"{today}, {machine.shape()}. {about}", figures.summary(chapters),
             *(chapter.markdown().rstrip("\n") for chapter in chapters)]
    return f"<!-- {verb}: begin -->\n" + "\n\n".join(parts) + f"\n<!-- {verb}: end -->\n"


def _with_section(page: str, verb: str, text: str) -> str:
    old = re.compile(f"<!-- {verb}: begin -->.*?<!-- {verb}: end -->\n", re.DOTALL)
    if old.search(page):
        return old.sub(lambda _: text, page)
    place = ORDER.index(verb)
    for before in reversed(ORDER[:place]):
        end = f"<!-- {before}: end -->\n"
        if end in page:
            return page.replace(end, f"{end}\n{text}", 1)
    for after in ORDER[place + 1:]:
        begin = f"<!-- {after}: begin -->"
        if begin in page:
            return page.replace(begin, f"{text}\n{begin}", 1)
    return page.rstrip("\n") + "\n\n" + text


def save(path: Path, verb: str, text: str) -> None:
    """Replaces the verb's section in the page, or puts it in its place; what stands behind the sections stays as it is."""
    old = path.read_text() if path.exists() else ""
    page = HEAD + "\n" + old[old.find("<!-- "):] if "<!-- " in old else HEAD
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(_with_section(page, verb, text))
