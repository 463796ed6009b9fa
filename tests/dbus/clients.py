#!/usr/bin/env python3
# SPDX-License-Identifier: LGPL-2.1-or-later
"""The usual clients and tools against the service, and what they print: clients.py [CASE…]."""

import json
import os
import pathlib
import re
import sys

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parents[1] / "lab"))

import lab  # noqa: E402
import tap  # noqa: E402
from world import MANAGER, NAME, PORT, ROOT, case, equal, need  # noqa: E402

HERE = pathlib.Path(__file__).resolve().parent
BUILD = pathlib.Path(os.environ["BONDD_BUILD"]) / "tests" / "dbus"


def running(world):
    world.create(mode="active-backup", miimon=100, up=1)
    world.bond("AddPort", "eth0")
    world.bond("AddPort", "eth1")
    lab.wait_for(lambda: world.of_port("Link", "eth1") == "up", "eth1 to be up")


def object_manager_client(world):
    running(world)
    lines = world.server.out([str(BUILD / "object-manager-client")]).splitlines()
    equal(sorted(lines[:2]), ["port eth0 of bond0: up, prio 0", "port eth1 of bond0: up, prio 0"])
    equal(lines[2:], ["bond bond0: active-backup, miimon 100, active eth0", "option updelay from 0 to 300",
                      "refused: org.example.Bond.Error.WrongMode", f"removed {ROOT}/bond0/eth1"])
    equal((world.of_bond("NumGratArp"), world.of_bond("Ports")), (4, ["eth0"]))


def python_dbus(world):
    lines = world.server.out(["/usr/bin/python3", str(HERE / "python-client.py")]).splitlines()
    drops = len(world_drops(world))
    equal(lines, [f"path {ROOT}/bond0", f"port {ROOT}/bond0/eth0", "updelay 200", f"all active-backup 100 better {drops}",
                  "options 3", "refused org.example.Bond.Error.HasPorts",
                  "check False org.example.Bond.Error.WrongMode 0", "explain active-backup True", lines[8],
                  f"objects ['{ROOT}/bond0', '{ROOT}/bond0/eth0']"])
    for event in ("option", "port-added", "address"):
        need(f"'{event}'" in lines[8], lines[8])


def world_drops(world):
    world.create("bond1")
    return world.of_bond("Drops", "bond1")


def busctl_json(world):
    running(world)
    shown = json.loads(world.server.out(f"busctl --system --json=short call {NAME} {ROOT} "
                                        "org.freedesktop.DBus.ObjectManager GetManagedObjects"))
    objects = shown["data"][0]
    equal(sorted(objects), [f"{ROOT}/bond0", f"{ROOT}/bond0/eth0", f"{ROOT}/bond0/eth1"])
    equal(objects[f"{ROOT}/bond0"][NAME]["Miimon"], {"type": "u", "data": 100})
    equal(objects[f"{ROOT}/bond0/eth0"][PORT]["QueueId"], {"type": "q", "data": 0})
    events = json.loads(world.server.out(f"busctl --system --json=short call {NAME} {ROOT}/bond0 {NAME} GetHistory tu 0 0"))
    need(all(e["event"]["type"] == "s" and e["serial"]["type"] == "t" for e in events["data"][0]), events)


def busctl_tree(world):
    running(world)
    lines = [line.strip() for line in world.server.out(f"busctl --system tree {NAME}").splitlines()]
    paths = [re.sub(r"^[^/]*", "", line) for line in lines]
    for path in (ROOT, f"{ROOT}/bond0", f"{ROOT}/bond0/eth0", f"{ROOT}/bond0/eth1"):
        need(path in paths, lines)
    need(not any("Failed" in line or "error" in line.lower() for line in lines), lines)


def busctl_introspect(world):
    running(world)
    text = world.server.out(f"busctl --system introspect {NAME} {ROOT}/bond0")
    rows = {line.split()[0]: line.split(None, 4) for line in text.splitlines() if line.startswith(".")}
    for name, shown in ((".SetOptions", ["method", "a{sv}", "-"]), (".CheckOptions", ["method", "a{sv}", "bssaa{sv}"]),
                        (".GetHistory", ["method", "tu", "aa{sv}"]), (".Explain", ["method", "a{sv}", "a{sv}"]),
                        (".Miimon", ["property", "u", "100"]), (".Mode", ["property", "s", '"active-backup"']),
                        (".ActivePortChanged", ["signal", "ssstt", "-"])):
        equal(rows[name][1:4], shown, name)
    for name, flag in ((".Mode", "writable"), (".ActivePort", "writable"), (".RxPackets", "-"), (".HostKind", "const")):
        need(flag in rows[name][-1].split(), rows[name])
    equal(rows[".Carrier"][-1].split()[-1], "emits-change")
    need("Failed" not in text, text)


def gdbus_introspect(world):
    running(world)
    text = world.server.out(f"gdbus introspect --system --dest {NAME} --object-path {ROOT}/bond0/eth0")
    for line in ("      readwrite i Prio = 0;", "      readwrite q QueueId = 0;", "      readonly s Link = 'up';"):
        need(line in text, f"no {line!r} in\n{text}")
    text = world.server.out(f"gdbus introspect --system --dest {NAME} --object-path {ROOT} --recurse")
    need(f"interface {MANAGER}" in text and f"interface {PORT}" in text, text)


def busctl_monitor(world):
    running(world)
    path = pathlib.Path("/run/monitor.txt")
    with path.open("w", encoding="utf-8") as out:
        monitor = world.server.start(["stdbuf", "-oL", "busctl", "--system", "monitor", NAME], stdout=out)
        lab.wait_for(lambda: "Monitoring bus" in path.read_text(), "the monitor")
        world.network.cut(0)
        changed = r'Member=PropertiesChanged.*?STRING "ActivePort";.*?STRING "eth1";'
        for pattern in ("Member=FailoverCompleted", "Member=PortLinkChanged", "Member=ActivePortChanged", changed):
            lab.wait_for(lambda pattern=pattern: re.search(pattern, path.read_text(), re.S), pattern)
        # The last of them may still be on its way to the file.
        text = lab.settled(path.read_text)
        lab.stop(monitor)
    at = text.index("Member=ActivePortChanged")
    block = text[at:at + 500]
    for line in ('STRING "eth0";', 'STRING "eth1";', 'STRING "carrier";'):
        need(line in block, block)


CASES = (object_manager_client, python_dbus, busctl_json, busctl_tree, busctl_introspect, gdbus_introspect, busctl_monitor)


def main():
    cases = tap.Cases()
    if "--list" not in sys.argv:
        lab.enter()
    for function in CASES:
        cases.add(function.__name__.replace("_", "-"), case(function))
    return cases.main()


sys.exit(main())
