"""Reads the JSON records of a log, strictly: every line has to be one object without repeated keys."""

import json
import re

LINE_FIELDS = ["time", "level", "app", "instance", "pid", "stream", "msg"]
TIME = re.compile(r"^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{6}Z$")


def _unique(pairs):
    found = dict(pairs)
    if len(found) != len(pairs):
        raise AssertionError(f"a key is repeated: {[key for key, _ in pairs]}")
    return found


def parse(line):
    """One record. A key that is repeated, invalid UTF-8 and anything but an object is a failure."""
    text = line.decode("utf-8") if isinstance(line, bytes) else line
    record = json.loads(text, object_pairs_hook=_unique)
    if not isinstance(record, dict):
        raise AssertionError(f"no object: {text!r}")
    return record


def parse_all(output):
    """Every line of an output, which has to end with a newline."""
    data = output.encode() if isinstance(output, str) else output
    if data and not data.endswith(b"\n"):
        raise AssertionError(f"the last line is not complete: {data[-200:]!r}")
    return [parse(line) for line in data.split(b"\n")[:-1]]


def lines_of(records, stream="stdout"):
    """The app's own lines of one stream."""
    return [record["msg"] for record in records if record.get("stream") == stream]


def events(records):
    return [record["event"] for record in records if "event" in record]


def event(records, name):
    """The only event of that name."""
    found = [record for record in records if record.get("event") == name]
    if len(found) != 1:
        raise AssertionError(f"{len(found)} events {name!r} in {events(records)}")
    return found[0]
