#!/usr/bin/env python3
# SPDX-License-Identifier: LGPL-2.1-or-later
"""Nothing is missing anywhere: the option table, D-Bus, bondctl, the manual pages and the README: complete.py [CASE…].

The table is asked of the running service, so that it is the one that the others are held against.
"""

import json
import pathlib
import re
import subprocess
import sys
import xml.etree.ElementTree as ElementTree

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parents[1] / "lab"))

import lab  # noqa: E402
import tap  # noqa: E402
from world import ERROR, INTROSPECTION, MANAGER, NAME, PORT, ROOT, case, equal, need, plain  # noqa: E402

OWN_WORDS = {"active_slave": "ActivePort", "slaves": "Ports"}
# Of bondd, not of the driver; fixed when a bond is made.
HOST_OPTIONS = {"host", "queues", "busy_poll", "up"}
SERVICE = lab.SOURCE / "daemon/service"


def table_of(world):
    """The option table."""
    out = world.server.out(f"busctl --system --json=short call {NAME} {ROOT} {MANAGER} ListOptions")
    return plain(json.loads(out)["data"])[0]


def interface(name):
    return ElementTree.parse(INTROSPECTION / f"{name}.xml").getroot().find("interface")


def xml_text(name):
    return (INTROSPECTION / f"{name}.xml").read_text(encoding="utf-8")


def comment_of(name, member):
    """The comment that stands before a member of an interface."""
    found = re.search(rf"<!--\s*{member}:((?:(?!-->).)*)-->", xml_text(name), re.S)
    need(found, f"{name}.{member} has no comment")
    return " ".join(found.group(1).split())


def property_name(option):
    return OWN_WORDS.get(option, "".join(word.capitalize() for word in option.split("_")))


def page(name):
    """A manual page as its reader sees it, without the line breaks."""
    paths = [path for top in (lab.BUILD, lab.SOURCE / "data") for path in top.rglob(name)]
    need(paths, f"there is no page {name}")
    shown = subprocess.run(["mandoc", "-T", "utf8", "-O", "width=500", str(paths[0])], check=True, text=True,
                           stdout=subprocess.PIPE).stdout
    return re.sub(r".\x08", "", shown)


def options_are_properties(world):
    for option in table_of(world):
        name = property_name(option["name"])
        where = PORT if option["port"] else NAME
        shown = interface(where).find(f"property[@name='{name}']")
        need(shown is not None, f"option {option['name']} has no property {name} of {where}")
        equal(shown.get("type"), option["signature"], name)
        equal(shown.get("access"), "read" if option["name"] == "slaves" else "readwrite", name)


def options_are_shown(world):
    rows = {line.split()[0]: line for line in world.ctl("options").splitlines()[1:]}
    table = table_of(world)
    equal(sorted(rows), sorted(option["name"] for option in table))
    for option in table:
        text = world.ctl(f"options {option['name']}")
        need(option["help"] in text, text)
        for value in option.get("values", []):
            need(value in rows[option["name"]], f"{value} of {rows[option['name']]}")


def options_are_in_the_manual(world):
    interfaces, command = page("org.example.Bond.5"), page("bondctl.1")
    for option in table_of(world):
        need(re.search(rf"\b{property_name(option['name'])}\b", interfaces), f"org.example.Bond(5) lacks {option['name']}")
        need(re.search(rf"^ +{option['name']}\b", command, re.M), f"bondctl(1) lacks option {option['name']}")
        need(" ".join(option["help"].split()) in " ".join(command.split()), f"bondctl(1) lacks the help of {option['name']}")
    for name in re.findall(r"^  ([a-z]+) ", world.ctl("--help"), re.M):
        need(re.search(rf"^ +(bondctl )?{name}\b", command, re.M), f"bondctl(1) lacks command {name}")


def members_are_in_the_manual():
    shown = page("org.example.Bond.5")
    for path in sorted(INTROSPECTION.glob("org.example.*.xml")):
        for member in ElementTree.parse(path).getroot().find("interface"):
            if member.tag == "annotation":
                continue
            title = {"method": "The {}() method", "signal": 'The {} signal', "property": 'The {} property'}[member.tag]
            name = member.get("name")
            need(title.format(name) in shown or title.format(f'"{name}"') in shown, f"the page lacks {path.stem}.{name}")
            for arg in member.findall("arg"):
                need(re.search(rf"{re.escape(arg.get('type'))}\s+{arg.get('name')}\b", shown),
                     f"the page lacks argument {arg.get('name')} of {name}")


def errors_are_documented():
    known = set(re.findall(r'ERROR_PREFIX "(\w+)"', (SERVICE / "error.c").read_text(encoding="utf-8")))
    need(len(known) > 10, f"errors: {known}")
    documented = set(re.findall(rf"{re.escape(ERROR)}(\w+)", xml_text("org.example.Bond.Manager")))
    equal(documented, known, "errors in the comment of the manager and in error.c")


def words_of_answers_are_documented():
    """What GetHistory, CheckOptions and Explain speak of, by their sources."""
    for source, pattern, member in (("history.c", r'\[HISTORY_\w+\] = "([a-z-]+)"', "GetHistory"),
                                    ("history.c", r'add_(?:string|time)\(&dict, "([a-z-]+)"', "GetHistory"),
                                    ("effects.c", r'add_effect\(c, "([a-z-]+)"', "CheckOptions"),
                                    ("explanation.c", r'^\s*\{"([a-z-]+)", "(?:s|q|ay|as)", read_', "Explain"),
                                    ("explanation.c", r'add\(&dict, "([a-z-]+)", (?!g_variant_new_(?:uint16|byte))', "Explain")):
        words = set(re.findall(pattern, (SERVICE / source).read_text(encoding="utf-8"), re.M))
        need(len(words) > 2, f"{source}: {words}")
        comment = comment_of(NAME, member)
        for word in words:
            need(re.search(rf"(?<![a-z-]){word}(?![a-z-])", comment), f"{member}() does not document {word}")


def readme_is_true(world):
    text = (lab.SOURCE / "README.md").read_text(encoding="utf-8")
    commands = set(re.findall(r"^  ([a-z]+) ", world.ctl("--help"), re.M))
    for line in re.findall(r"\bbondctl ([a-z]+)\b", text):
        need(line in commands, f"README speaks of “bondctl {line}”")
    options = {name for option in table_of(world) for name in (option["name"], option["alias"])}
    for line in re.findall(r"\bbondctl (?:create|set) \S+ ([^\n#;`]*)", text):
        for name in re.findall(r"(\w+)=", line):
            need(name in options | HOST_OPTIONS, f"README speaks of option {name}")
    members = {member.get("name") for path in INTROSPECTION.glob("*.xml")
               for member in ElementTree.parse(path).getroot().find("interface")}
    for member in re.findall(r"/org/example/Bond/\S+ org\.example\.Bond\S* ([A-Z]\w+)", text):
        need(member in members, f"README speaks of {member}")
    for path in re.findall(r"`((?:tests|daemon|data|introspection|plugin)/[\w./-]+)`", text):
        need((lab.SOURCE / path).exists(), f"README speaks of {path}")


CASES = (options_are_properties, options_are_shown, options_are_in_the_manual, readme_is_true)
STATIC_CASES = (members_are_in_the_manual, errors_are_documented, words_of_answers_are_documented)


def main():
    cases = tap.Cases()
    if "--list" not in sys.argv:
        lab.enter()
    for function in CASES:
        cases.add(function.__name__.replace("_", "-"), case(function))
    for function in STATIC_CASES:
        cases.add(function.__name__.replace("_", "-"), function)
    return cases.main()


sys.exit(main())
