#!/usr/bin/env python3
"""Fails when a page links to what is not there, when docs/architecture.md leaves a file of src/ out or
names one that is gone, or when the events in docs/log-record.md are not those of the source.
usage: check_docs.py [SOURCE]"""
import pathlib
import re
import sys

LINK = re.compile(r"\]\(([^)#\s]*)(?:#([\w-]+))?\)")


def without_code(text):
    return re.sub(r"^```.*?^```", "", text, flags=re.DOTALL | re.MULTILINE)


def anchors(text):
    for heading in re.findall(r"^#+ (.*)$", without_code(text), re.MULTILINE):
        yield re.sub(r"[^\w -]", "", heading.lower()).replace(" ", "-")


def problems_of_links(source, pages):
    for page in pages:
        for target, anchor in LINK.findall(without_code(page.read_text())):
            if target.startswith(("http:", "https:")):
                continue
            file = (page.parent / target) if target else page
            if not file.exists():
                yield f"{page.relative_to(source)}: links to {target}, which is not there"
            elif anchor and anchor not in anchors(file.read_text()):
                yield f"{page.relative_to(source)}: {target} has no heading #{anchor}"


def problems_of_floor_plan(source):
    """A unit is a file name without its suffix, as `loop` in the row that begins with `runtime/`."""
    page = (source / "docs/architecture.md").read_text()
    for floor in ("base", "core", "codec", "os", "runtime", "cli"):
        section = re.search(rf"^### `{floor}/`.*?(?=^##)", page, re.DOTALL | re.MULTILINE)
        named = set(re.findall(r"^\| `([^|]*)` \|", section[0] if section else "", re.MULTILINE))
        named = {unit for cell in named for unit in cell.split("` `")}
        there = {path.stem for path in (source / "src" / floor).iterdir()}
        for unit in sorted(named ^ there):
            yield f"{floor}/{unit}: in only one of docs/architecture.md and src/"


def events_of_source(source):
    """{event: fields} as they are said; remarks have no fields."""
    events = {}
    speakers = [*(source / "src/runtime").glob("*.cc"), *(source / "src/cli").glob("*.cc")]
    spoken = "".join(path.read_text() for path in speakers)
    for function in re.findall(r"^(?:void|bool) [\w:]+\(.*?^}", spoken, re.DOTALL | re.MULTILINE):
        event = re.search(r'\.event = "([\w-]+)"', function)
        if event:
            events.setdefault(event[1], set()).update(re.findall(r'EventField\{"(\w+)"', function))
    for path in speakers:
        for name in re.findall(r'(?:Level::\w+|level), "([\w-]+)"', path.read_text()):
            events.setdefault(name, set())
    return events


def problems_of_events(source):
    page = (source / "docs/log-record.md").read_text().split("## Events")[1].split("\n## ")[0]
    rows = re.findall(r"^\| `([\w-]+)` \|[^|]*\|([^|]*)\|", page, re.MULTILINE)
    written = {event: set(re.findall(r"`(\w+)`", fields)) for event, fields in rows}
    said = events_of_source(source)
    for event in sorted(written.keys() | said.keys()):
        if written.get(event) != said.get(event):
            yield (f"event {event}: docs/log-record.md has {written.get(event)}, "
                   f"the source {said.get(event)}")


def main():
    source = pathlib.Path(sys.argv[1] if len(sys.argv) > 1 else ".").resolve()
    pages = [source / "README.md", *sorted((source / "docs").rglob("*.md")),
             *sorted(source.glob("examples/**/README.md"))]
    problems = [*problems_of_links(source, pages), *problems_of_floor_plan(source),
                *problems_of_events(source)]
    print("\n".join(problems) or f"{len(pages)} pages agree with the source")
    return bool(problems)


if __name__ == "__main__":
    sys.exit(main())
