# SPDX-License-Identifier: LGPL-2.1-or-later
"""OpenMetrics text, read as strictly as its specification and promtool's lint have it."""

import re

NAME = r"[a-zA-Z_:][a-zA-Z0-9_:]*"
LABEL = r'([a-zA-Z_][a-zA-Z0-9_]*)="((?:[^"\\\n]|\\["\\n])*)"'
SAMPLE = re.compile(rf"({NAME})(?:\{{((?:{LABEL})(?:,{LABEL})*)?\}})? (\S+)")
NUMBER = re.compile(r"[+-]?(\d+(\.\d*)?|\.\d+)([eE][+-]?\d+)?")
# What node_exporter's parser of Prometheus' own format takes as well.
TYPES = {"gauge": "", "counter": "_total"}
UNITS = {"bytes", "seconds", "packets", "ratio"}
NOT_BASE = re.compile(r"_(milliseconds|microseconds|minutes|hours|days|kilobytes|megabytes|bits|percent)(_|$)")


class Wrong(Exception):
    """A line that breaks a rule."""


def need(condition, what):
    if not condition:
        raise Wrong(what)


def unescape(value):
    return re.sub(r"\\(.)", lambda m: "\n" if m[1] == "n" else m[1], value)


def _metadata(line, families, current):
    kind, name, text = re.fullmatch(r"# (TYPE|UNIT|HELP) (\S+) (.+)", line).groups()
    if kind == "TYPE":
        need(re.fullmatch(NAME, name) and name not in families, f"family {name} twice, or no name: {line}")
        need(text in TYPES, line)
        need(not re.search(r"_(total|count|sum|bucket|created)$", name), f"a suffix of samples: {name}")
        need(not NOT_BASE.search(name), f"not a base unit: {name}")
        families[name] = {"type": text, "samples": {}}
        return name
    need(name == current and kind not in families[name] and not families[name]["samples"], f"misplaced: {line}")
    if kind == "UNIT":
        need(text in UNITS and name.endswith("_" + text), line)
    else:
        need(text.endswith("."), f"no sentence: {line}")
    families[name][kind] = text
    return name


def _sample(line, families, current):
    found = SAMPLE.fullmatch(line)
    need(found and current, f"no sample: {line}")
    family = families[current]
    need(found[1] == current + TYPES[family["type"]], f"{line}: not of family {current}")
    pairs = re.findall(LABEL, found[2] or "")
    need(len({name for name, _ in pairs}) == len(pairs), f"a label twice: {line}")
    need(not any(name.startswith("__") for name, _ in pairs), line)
    need(NUMBER.fullmatch(found[found.lastindex]), f"no number: {line}")
    value = float(found[found.lastindex])
    need(family["type"] != "counter" or value >= 0, f"a counter below zero: {line}")
    labels = tuple(sorted((name, unescape(text)) for name, text in pairs))
    need(labels not in family["samples"], f"a sample twice: {line}")
    family["samples"][labels] = value


def parse(text):
    """{family: {"type", "UNIT", "HELP", "samples": {labels: value}}}; raises Wrong."""
    families, current = {}, None
    need(text.endswith("\n# EOF\n"), "it does not end in # EOF and a newline")
    for line in text.splitlines()[:-1]:
        need(line and line == line.strip() and "  " not in line, f"blanks: {line!r}")
        if line.startswith("#"):
            current = _metadata(line, families, current)
        else:
            _sample(line, families, current)
    for name, family in families.items():
        need("HELP" in family, f"no HELP: {name}")
        keys = {tuple(k for k, _ in labels) for labels in family["samples"]}
        need(len(keys) <= 1, f"{name}: samples with different labels: {keys}")
    return families
