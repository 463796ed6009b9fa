#!/usr/bin/env python3
# SPDX-License-Identifier: LGPL-2.1-or-later
"""bondctl as people, scripts and shells use it, against a real bondd: bondctl.py [CASE…]."""

import json
import pathlib
import re
import sys

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parents[1] / "lab"))

import lab  # noqa: E402
import tap  # noqa: E402
from world import case, equal, need  # noqa: E402


def read(world, arguments, code=0):
    """What a command prints with --json."""
    done = world.daemon.host.run([lab.BONDCTL, "--json", *arguments.split()], check=False)
    equal(done.returncode, code, f"exit status of bondctl --json {arguments}\n{done.stdout}")
    return json.loads(done.stdout)


def bond_of_two(world, name="bond0", **options):
    """A bond that is up, with both ports."""
    settings = " ".join(f"{key}={value}" for key, value in {"mode": "active-backup", "miimon": 100, **options}.items())
    world.ctl(f"create {name} {settings} up=1")
    for port in ("eth0", "eth1"):
        world.ctl(f"add {port} {name}")
    lab.wait_for(lambda: [p["link"] for p in read(world, "show")[0]["ports"]] == ["up", "up"], "both links")


def rows(text):
    """A table's cells: columns are two blanks apart at least."""
    return [re.split(r"\s{2,}", line.strip()) for line in text.splitlines()]


# --- JSON ---


def json_says_what_the_tables_say(world):
    equal(read(world, "list"), [])
    bond_of_two(world)
    bond = read(world, "list")[0]
    equal(rows(world.ctl("list"))[1], [bond["name"], bond["mii_status"], bond["active_port"], bond["mode"]])
    for row, port in zip(rows(world.ctl("list"))[2:], bond["ports"], strict=True):
        equal(row, [port["name"], port["link"], port["state"], f"{port['speed']} Mbit/s {port['duplex']}"])
    shown = read(world, "show bond0")
    equal([b["name"] for b in shown], ["bond0"])
    text = world.ctl("show bond0")
    need(re.search(rf"Address +{shown[0]['address']}\n", text), text)
    for option, value in re.findall(r"([a-z_0-9]+)=(\S+)", text):
        seen = shown[0][option]
        wanted = {True: ("on", "1", "true"), False: ("off", "0", "false")}[seen] if isinstance(seen, bool) else \
            (",".join(seen) if isinstance(seen, list) else str(seen),)
        need(value in wanted, f"{option}: {value} in words, {seen} in JSON")
    options = {option["name"]: option for option in read(world, "options")}
    equal([row[0] for row in rows(world.ctl("options"))[1:]], list(options))
    equal(read(world, "options miimon"), options["miimon"])
    need(set(options) - set(shown[0]) <= {"slaves", "active_slave", "queue_id", "prio", "ad_actor_port_prio"},
         f"options that show has not: {set(options) - set(shown[0])}")
    need(world.ctl("--json show nope", 4).startswith("bondctl: there is no bond"), "no message")


def flags_are_checked(world):
    world.create(mode="active-backup")
    for arguments, what in (("create bond1 --json", "does not take --json"), ("list --wait", "does not take --wait"),
                            ("list --follow", "does not take --follow"), ("list --frobnicate", "--frobnicate")):
        need(what in world.ctl(arguments, 2), arguments)
    for command in re.findall(r"^  ([a-z]+) ", world.ctl("--help"), re.M):
        text = world.ctl(f"{command} --help")
        need("--session" in text and "--help" in text, text)
        if "--json" in text:
            need("does not take" not in world.ctl([command, "--json", "1", "2", "3"], 2), command)


CASES = (json_says_what_the_tables_say, flags_are_checked)


def main():
    cases = tap.Cases()
    if "--list" not in sys.argv:
        lab.enter()
    for function in CASES:
        cases.add(function.__name__.replace("_", "-"), case(function))
    return cases.main()


sys.exit(main())
