#!/usr/bin/env python3
"""Fails when docs/manifest.md, docs/manifest.schema.json and the program disagree about a key of a
manifest, one of its names or what it may be, and when the program does not know a name that pm2 has.
usage: PMX_INIT=PROGRAM MANIFEST_KEYS=PROGRAM check_manifest_docs.py [SOURCE]"""
import json
import os
import pathlib
import re
import subprocess
import sys
import tempfile

import jsonschema

SECTIONS = {"Ignored": "ignored", "Not in this version": "later"}  # all others: used
ROW = re.compile(r"\| `([\w$]+)`(?: \(([^)]*)\))? \|")


def keys_of_program():
    """{(where, name): (use, aliases)}"""
    keys = {}
    listed = subprocess.run([os.environ["MANIFEST_KEYS"]], text=True, capture_output=True, check=True)
    for line in listed.stdout.splitlines():
        where, use, name, *aliases = line.split()
        keys[where, name] = (use, set(aliases))
    return keys


def keys_of_page(page):
    """The same, from rows like | `script` (`exec`) | under a heading, "beside" telling the top level."""
    keys = {}
    for section in re.split(r"^## ", page, flags=re.MULTILINE)[1:]:
        heading, _, text = section.partition("\n")
        where = "top" if heading == "Beside the apps" else "app"
        for line in text.splitlines():
            if line.startswith("Beside `apps`"):
                where = "top"
            row = ROW.match(line)
            if row and row[1] != "env_production":
                use, aliases = SECTIONS.get(heading, "used"), set(re.findall(r"`(\w+)`", row[2] or ""))
                twice = (where, row[1]) in keys
                keys[where, row[1]] = (f"twice, {use}" if twice else use, aliases)
    return keys


def camel(name):
    first, *others = name.split("_")
    return first + "".join(word.capitalize() for word in others)


def spellings(name, aliases):
    words = {name, *aliases}
    return words | {camel(word) for word in words}


def others_of_schema(app):
    """{name: other spellings}, from the patterns that refer to a property."""
    others = {}
    for pattern, value in app["patternProperties"].items():
        name = value["$ref"].rpartition("/")[2]
        if name in app["properties"]:
            others[name] = set(pattern.removeprefix("^(").removesuffix(")$").split("|"))
    return others


def problems_of_names(page, schema):
    program, on_page = keys_of_program(), keys_of_page(page)
    known_to_top = on_page.pop(("top", "apps"), ("used", set()))
    on_page["top", "apps"], on_page["top", "pm2"] = ("used", set()), ("used", set())
    if known_to_top[1] != {"pm2"}:
        yield "apps: docs/manifest.md does not say that pm2 is the same"
    for key in sorted(program.keys() | on_page.keys()):
        if program.get(key) != on_page.get(key):
            yield f"{' '.join(key)}: the program has {program.get(key)}, docs/manifest.md {on_page.get(key)}"
    app, top = schema["$defs"]["app"], schema["$defs"]["manifest"]
    others = others_of_schema(app)
    for (where, name), (use, aliases) in sorted(program.items()):
        of_schema = (app if where == "app" else top)["properties"].get(name)
        if (of_schema is None) != (use == "later"):
            yield f"{where} {name}: {use}, but {'not ' * (of_schema is None)}in docs/manifest.schema.json"
        elif of_schema is not None and not of_schema.get("description"):
            yield f"{where} {name}: has no description in docs/manifest.schema.json"
        elif of_schema is not None and of_schema.get("deprecated", False) != (use == "ignored"):
            yield f"{where} {name}: {use}, but marked as something else in docs/manifest.schema.json"
        wanted = spellings(name, aliases) - {name} if where == "app" and use != "later" else set()
        if others.pop(name, set()) != wanted and where == "app":
            yield f"{where} {name}: docs/manifest.schema.json does not have the spellings {sorted(wanted)}"
    for where, there in (("app", app), ("top", top)):
        for name in there["properties"].keys() - {name for at, name in program if at == where}:
            yield f"{where} {name}: in docs/manifest.schema.json, and unknown to the program"


def problems_of_pm2(names):
    known = set()
    for (where, name), (_, aliases) in keys_of_program().items():
        known |= spellings(name, aliases) if where == "app" else set()
    for line in names.splitlines():
        for name in line.split():
            if name not in known and not name.startswith("env_"):
                yield f"{name}: an attribute of pm2 that the program does not know"


def examples_of(properties):
    """(name, value) for each example and each default."""
    for name, value in properties.items():
        for example in [*value.get("examples", []), *([value["default"]] if "default" in value else [])]:
            yield name, example


def complaints_of_program(manifest):
    with tempfile.TemporaryDirectory() as folder:
        path = pathlib.Path(folder, "manifest.json")
        path.write_text(json.dumps(manifest))
        done = subprocess.run([os.environ["PMX_INIT"], "check", str(path)], text=True,
                              stdin=subprocess.DEVNULL, capture_output=True, timeout=60)
    return [line.partition(": ")[2] for line in done.stderr.splitlines()]


def problems_of_values(schema):
    """The schema takes its own examples and defaults, and so does the program."""
    validator = jsonschema.Draft202012Validator(schema)
    validator.check_schema(schema)
    apps = [{"name": f"{name}-{number}", "script": "true", name: example} for number, (name, example)
            in enumerate(examples_of(schema["$defs"]["app"]["properties"]))]
    tops = [{"apps": [{"script": "true"}], name: example} for name, example
            in examples_of(schema["$defs"]["manifest"]["properties"])]
    for manifest in [*({"apps": [app]} for app in apps), *tops]:
        for error in validator.iter_errors(manifest):
            yield f"the schema refuses its own example {manifest}: {error.message}"
    # What has to be looked up cannot be there for every example.
    looked_up = ("is no app of this manifest", "no such file", "/etc/passwd", "/etc/group")
    for manifest in [{"apps": apps}, *tops]:
        for complaint in complaints_of_program(manifest):
            if not any(words in complaint for words in looked_up):
                yield f"the program refuses an example of the schema: {complaint}"


def main():
    source = pathlib.Path(sys.argv[1] if len(sys.argv) > 1 else ".")
    page = (source / "docs/manifest.md").read_text()
    schema = json.loads((source / "docs/manifest.schema.json").read_text())
    problems = [*problems_of_names(page, schema),
                *problems_of_pm2((source / "tests/manifests/pm2-attributes").read_text()),
                *problems_of_values(schema)]
    count = len(keys_of_program())
    print("\n".join(problems) or f"{count} keys are as docs/manifest.md and the schema say")
    return bool(problems) or count == 0


if __name__ == "__main__":
    sys.exit(main())
