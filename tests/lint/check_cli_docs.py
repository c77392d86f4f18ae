#!/usr/bin/env python3
"""Fails when docs/cli.md and the program disagree: on an option, its letter, argument or variable, on
what is refused until later, or on an exit code. usage: PMX_INIT=PROGRAM check_cli_docs.py [SOURCE]"""
import os
import pathlib
import re
import subprocess
import sys
import tempfile

PROGRAM = os.path.abspath(os.environ["PMX_INIT"])
HELP_LINE = re.compile(r" +(?:-(\w), )?--([a-z-]+)(?: (\S+))?(?:  +.*)?$")
WRITTEN = re.compile(r"(?:-(\w), )?--([a-z][a-z-]*)(?: (\S+))?$")
NO_VARIABLE = "–"


def ask(*arguments, **variables):
    environment = {name: value for name, value in os.environ.items() if not name.startswith("PMX_")}
    with tempfile.TemporaryDirectory() as folder:  # some variables make files
        return subprocess.run([PROGRAM, *arguments], env={**environment, **variables}, text=True,
                              stdin=subprocess.DEVNULL, capture_output=True, timeout=60, cwd=folder)


def options_of_program():
    """{name: (letter, argument)}, as `help options` lists them."""
    lines = ask("help", "options").stdout.splitlines()
    found = [HELP_LINE.match(line).groups() for line in lines if line.startswith("  ")]
    return {name: (letter, argument) for letter, name, argument in found}


def options_of_page(page):
    """{name: (letter, argument)} and {name: variable}, from rows like | `-q, --quiet` | `PMX_QUIET` |."""
    options, variables = {}, {}
    for line in page.splitlines():
        cells = [cell.strip().strip("`") for cell in line.replace("\\|", "\0").split("|")]
        written = WRITTEN.match(cells[1].replace("\0", "|")) if len(cells) == 6 else None
        if written:
            letter, name, argument = written.groups()
            options[name], variables[name] = (letter, argument), cells[2]
    return options, variables


def has_variable(variable):
    environment = {"PMX_RESTART": "never", variable: "?"}  # a supervised `true` would run again
    done = ask("-v", "--log", "json", "--", "true", **environment)
    return f"ignores {variable}," not in done.stdout


def problems_of(page, source):
    of_program, (of_page, variables) = options_of_program(), options_of_page(page)
    for name in sorted(of_program.keys() | of_page.keys()):
        if of_program.get(name) != of_page.get(name):
            yield f"--{name}: help says {of_program.get(name)}, docs/cli.md {of_page.get(name)}"
    for name, variable in variables.items():
        expected = "PMX_" + name.upper().replace("-", "_")
        written = expected if has_variable(expected) else NO_VARIABLE
        if variable != written:
            yield f"--{name}: docs/cli.md has {variable} as its variable, the program {written}"
    enum = (source / "src/base/exit_code.h").read_text()
    codes = set(re.findall(r"^  \w+ = (\d+),", enum, re.MULTILINE))
    listed = set(re.findall(r"^\| `(\d+)` \|", page.split("## Exit codes")[1], re.MULTILINE))
    for code in sorted(codes ^ listed):
        yield f"exit code {code}: in only one of docs/cli.md and src/base/exit_code.h"


def main():
    source = pathlib.Path(sys.argv[1] if len(sys.argv) > 1 else ".")
    page = (source / "docs/cli.md").read_text()
    problems = list(problems_of(page, source))
    count = len(options_of_page(page)[0])
    print("\n".join(problems) or f"{count} options are as docs/cli.md says")
    return bool(problems) or count == 0


if __name__ == "__main__":
    sys.exit(main())
