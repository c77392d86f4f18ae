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


def listed_by_program():
    """[where, use, name, alias...] for each key"""
    listed = subprocess.run([os.environ["MANIFEST_KEYS"]], text=True, capture_output=True, check=True)
    return [line.split() for line in listed.stdout.splitlines()]


def keys_of_program():
    """{(where, name): (use, aliases)}"""
    return {(where, name): (use, set(aliases)) for where, use, name, *aliases in listed_by_program()
            if "." not in where}


def maps_of_program():
    """{"app.log": {key}} for each map that a key may be."""
    maps = {}
    for where, _, name, *_ in listed_by_program():
        if "." in where:
            maps.setdefault(where, set()).add(name)
    return maps


def row_of(page, key, heading):
    """The row of a key, under this heading."""
    section = page.partition(f"\n## {heading}\n")[2].partition("\n## ")[0]
    return next((line for line in section.splitlines() if line.startswith(f"| `{key}`")), "")


def maps_of_page(page):
    """The same, from where the page tells of each: rows like | `log.level` |, tables of questions,
    maps that are written out."""
    in_json = re.compile(r'"(\w+)":')
    log_rows = re.findall(r"^\| (`log\.\w+`(?:, `log\.\w+`)*) \|.*$", page, re.MULTILINE)
    log = set(re.findall(r"log\.(\w+)", " ".join(log_rows)))
    streams = re.search(r"^\| `log\.stdout`, `log\.stderr` \|.*$", page, re.MULTILINE)
    row_of_top = row_of(page, "log", "Beside the apps")
    of_top = set(re.findall(r"(?:and|,|\)) `(\w+)`", re.sub(r"\([^)]*\)", ")", row_of_top)))
    hook = re.search(r'"pre_start": \{(.*)\}', page)
    rights = row_of(page, "capabilities", "Who it is, and what it may do")
    questions = page.partition("\n### Questions\n")[2].partition("\n### ")[0]
    ready, health = set(), set()
    for line in questions.splitlines():
        cells = [cell.strip() for cell in line.split("|")]
        key = re.match(r'`\{?"(\w+)"', cells[1]) if len(cells) > 3 else None
        is_beside, is_other = len(cells) > 5, bool(key) and line.startswith('| `{"') and key[1] in (
            "delay", "notify", "message", "listening")
        if key and not (is_beside and cells[2] == "–"):
            ready.add(key[1])
        if key and not is_other and not (is_beside and cells[3] == "–"):
            health.add(key[1])
    of_hook = set(in_json.findall(hook[1] if hook else ""))
    of_stream = set(in_json.findall(streams[0] if streams else ""))
    return {"app.log": log, "top.log": log | of_top, "app.log.stdout": of_stream,
            "app.log.stderr": of_stream, "app.ready": ready, "app.health": health,
            "app.sockets": set(in_json.findall(row_of(page, "sockets", "What runs"))),
            "app.pre_start": of_hook, "app.post_stop": of_hook,
            "app.capabilities": {*in_json.findall(rights), *re.findall(r"`(\w+)`", rights)}
                                - {"capabilities"}}


def keys_in(value, schema):
    """Those of the map that a value of the schema may be, however it is put together."""
    keys = {name for name, one in value.get("properties", {}).items()}
    if value.get("$ref", "").startswith("#/$defs/") and value["$ref"].count("/") == 2:
        keys |= keys_in(schema["$defs"][value["$ref"].rpartition("/")[2]], schema)
    for part in (*value.get("anyOf", []), *value.get("allOf", [])):
        keys |= keys_in(part, schema)
    return keys


def value_at(path, schema):
    """The value of "app.log.stdout"."""
    where, *names = path.split(".")
    value = schema["$defs"]["app" if where == "app" else "manifest"]
    for name in names:
        found = [one for one in (value, *value.get("anyOf", [])) if name in one.get("properties", {})]
        value = found[0]["properties"][name] if found else {}
    return value


def problems_of_maps(page, schema):
    program, on_page = maps_of_program(), maps_of_page(page)
    for path, keys in program.items():
        in_schema = keys_in(value_at(path, schema), schema)
        # The page tells once of all that they may be written in camelCase.
        plain = {name for name in keys if name not in {camel(key) for key in keys - {name}}}
        for name in sorted(keys ^ in_schema):
            yield f"{path}.{name}: {'not ' * (name in keys)}in docs/manifest.schema.json, and " \
                  f"{'un' * (name not in keys)}known to the program"
        for name in sorted(plain ^ on_page.get(path, set())):
            yield f"{path}.{name}: {'not ' * (name in plain)}in docs/manifest.md, and " \
                  f"{'un' * (name not in plain)}known to the program"


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


def problems_of_pm2(names, page):
    """A line has the names of one attribute. They are names of one key here, too; but for those that
    the page has as keys of their own."""
    key_of = {}
    for (where, name), (_, aliases) in keys_of_program().items():
        if where == "app":
            key_of.update(dict.fromkeys(spellings(name, aliases), name))
    own = {name for where, name in keys_of_page(page) if where == "app"}
    for line in names.splitlines():
        words = [word for word in line.split() if not word.startswith("env_")]
        for word in words:
            if word not in key_of:
                yield f"{word}: an attribute of pm2 that the program does not know"
            elif word not in own and key_of[word] != key_of.get(words[0], key_of[word]):
                yield f"{word}: another name of {words[0]} in pm2, and of {key_of[word]} here"


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
    apps = [{"name": f"{name}-{number}", name: example} for number, (name, example)
            in enumerate(examples_of(schema["$defs"]["app"]["properties"]))]
    apps = [app if "command" in app else {"script": "true", **app} for app in apps]
    tops = [{"apps": [{"script": "true"}], name: example} for name, example
            in examples_of(schema["$defs"]["manifest"]["properties"])]
    for manifest in [*({"apps": [app]} for app in apps), *tops]:
        for error in validator.iter_errors(manifest):
            yield f"the schema refuses its own example {manifest}: {error.message}"
    # What has to be looked up cannot be there for every example.
    looked_up = ("is no app of this manifest", "no such file", "/etc/passwd", "/etc/group",
                 "the container's memory limit, and there is none")
    for manifest in [{"apps": apps}, *tops]:
        for complaint in complaints_of_program(manifest):
            if not any(words in complaint for words in looked_up):
                yield f"the program refuses an example of the schema: {complaint}"


def main():
    source = pathlib.Path(sys.argv[1] if len(sys.argv) > 1 else ".")
    page = (source / "docs/manifest.md").read_text()
    schema = json.loads((source / "docs/manifest.schema.json").read_text())
    problems = [*problems_of_names(page, schema), *problems_of_maps(page, schema),
                *problems_of_pm2((source / "tests/manifests/pm2-attributes").read_text(), page),
                *problems_of_values(schema)]
    count = len(keys_of_program())
    print("\n".join(problems) or f"{count} keys are as docs/manifest.md and the schema say")
    return bool(problems) or count == 0


if __name__ == "__main__":
    sys.exit(main())
