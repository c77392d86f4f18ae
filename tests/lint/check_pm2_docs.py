#!/usr/bin/env python3
"""Fails when docs/from-pm2.md or the page of an example has a pmx-init command or option that there is
not, or when docs/from-pm2.md compares a key that docs/manifest.md does not have.
usage: check_pm2_docs.py [SOURCE]"""
import pathlib
import re
import sys

PAGE = "docs/from-pm2.md"
# In back quotes, as a line of its own, and as a Dockerfile has it.
COMMAND = re.compile(r'(?:`|^(?:\$ )?)(?:[A-Z]+=\S+ )?pmx-init ([^`\n|]+)|"pmx-init", ([^\]]+)\]',
                     re.MULTILINE)


def commands_of(page):
    """The words of each."""
    for plain, listed in COMMAND.findall(page):
        yield re.findall(r'[^\s",]+', plain.partition("   ")[0] or listed)


def subcommands_of(source):
    """Those that are possible in this version."""
    control = (source / "src/cli/control_command.cc").read_text()
    return {"help", "version", "run", "check", "plan", "replay", "states",
            *re.findall(r'\{"([a-z]+)", "', control)}


def options_of(source):
    table = (source / "src/cli/option_table.cc").read_text()
    return set(re.findall(r'\{(?!later)[\w:]+, "([a-z-]+)"', table))


def problems_of_commands(name, page, subcommands, options):
    for words in commands_of(page):
        if words[0] not in subcommands:
            yield f"{name}: there is no pmx-init {words[0]}"
        for option in re.findall(r"--([a-z-]+)", " ".join(words)):
            if option not in options:
                yield f"{name}: pmx-init has no --{option}"


def first_cells(text):
    return re.findall(r"^\| (`[^|]*) \|", text, re.MULTILINE)


def problems_of_keys(page, manifest):
    known = {word for cell in first_cells(manifest) for word in re.findall(r"`(\w+)`", cell)}
    compared = page.split("## Keys of the ecosystem file")[1].split("\n## ")[0]
    for word in re.findall(r"`(\w+)`", " ".join(first_cells(compared))):
        if word not in known:
            yield f"{PAGE}: {word} is no key of docs/manifest.md"


def main():
    source = pathlib.Path(sys.argv[1] if len(sys.argv) > 1 else ".")
    subcommands, options = subcommands_of(source), options_of(source)
    pages = [source / PAGE, *sorted(source.glob("examples/**/README.md"))]
    texts = {path.relative_to(source): path.read_text() for path in pages}
    problems = list(problems_of_keys(texts[pathlib.Path(PAGE)],
                                     (source / "docs/manifest.md").read_text()))
    for name, text in texts.items():
        problems += problems_of_commands(name, text, subcommands, options)
    count = sum(len(list(commands_of(text))) for text in texts.values())
    print("\n".join(problems) or f"{count} commands on {len(pages)} pages are there")
    return bool(problems) or count == 0


if __name__ == "__main__":
    sys.exit(main())
