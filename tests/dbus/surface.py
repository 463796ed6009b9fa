#!/usr/bin/env python3
# SPDX-License-Identifier: LGPL-2.1-or-later
"""The surface that programs see: properties that are written, history, dry runs, explanations: surface.py [CASE…]."""

import json
import pathlib
import sys

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parents[1] / "lab"))

import lab  # noqa: E402
import tap  # noqa: E402
from world import NAME, PORT, ROOT, Monitor, case, equal, need, refuses  # noqa: E402

PROPERTIES = "org.freedesktop.DBus.Properties"


def write(world, prop, value, path="bond0", interface=NAME):
    """Properties.Set; the value as GVariant text."""
    return world.call(f"{ROOT}/{path}", f"{PROPERTIES}.Set", interface, prop, f"<{value}>")


def ask(world, method, signature, *args, bond="bond0"):
    """The answer of a method as JSON has it, variants unwrapped."""
    out = world.server.out(["busctl", "--system", "--json=short", "call", NAME, f"{ROOT}/{bond}", NAME, method,
                            signature, *args])
    return plain(json.loads(out)["data"])


def plain(value):
    if isinstance(value, dict):
        if set(value) == {"type", "data"}:
            return plain(value["data"])
        return {key: plain(item) for key, item in value.items()}
    return [plain(item) for item in value] if isinstance(value, list) else value


def history(world, after=0, limit=0):
    return ask(world, "GetHistory", "tu", str(after), str(limit))[0]


# --- Properties ---


def properties_are_written(world):
    monitor = Monitor(world)
    world.create(mode="active-backup", miimon=100)
    world.bond("AddPort", "eth0")
    for prop, value, seen in (("Updelay", "uint32 300", 300), ("Primary", "'eth1'", "eth1"), ("UseCarrier", "true", True),
                              ("PrimaryReselect", "'failure'", "failure"), ("NumGratArp", "uint32 3", 3),
                              ("ArpIpTarget", "['192.0.2.1', '192.0.2.2']", ["192.0.2.1", "192.0.2.2"]),
                              ("AllSlavesActive", "true", True)):
        write(world, prop, value)
        equal(world.of_bond(prop), seen, prop)
    monitor.wait(r"PropertiesChanged \('org.example.Bond', \{.*'PrimaryReselect': <'failure'>")
    monitor.wait(r"OptionChanged \('primary_reselect', '', 'always', 'failure', 'option', uint64 \d+, uint64 \d+\)")
    refuses("WrongMode", write, world, "LacpRate", "'fast'")
    refuses("InvalidValue", write, world, "PrimaryReselect", "'sometimes'")
    refuses("HasPorts", write, world, "FailOverMac", "'active'")
    refuses("HasPorts", write, world, "Mode", "'balance-rr'")
    for prop, value in (("Miimon", "'x'"), ("Miimon", "int32 -1"), ("ArpIpTarget", "'192.0.2.1'")):
        refuses("org.freedesktop.DBus.Error.InvalidArgs", write, world, prop, value)
    for prop in ("Carrier", "Nope"):
        refuses("org.freedesktop.DBus.Error.InvalidArgs", write, world, prop, "true")
    equal((world.of_bond("Miimon"), world.of_bond("PrimaryReselect")), (100, "failure"))
    monitor.stop()


def port_properties_are_written(world):
    world.create(mode="active-backup", miimon=100)
    world.bond("AddPort", "eth0")
    world.bond("AddPort", "eth1")
    write(world, "QueueId", "uint16 2", "bond0/eth0", PORT)
    write(world, "Prio", "-7", "bond0/eth0", PORT)
    equal((world.of_port("QueueId"), world.of_port("Prio")), (2, -7))
    refuses("NotPermitted", write, world, "QueueId", "uint16 2", "bond0/eth1", PORT)
    refuses("WrongMode", write, world, "AdActorPortPrio", "uint16 9", "bond0/eth0", PORT)
    equal((world.of_port("QueueId", "eth1"), world.of_port("AdActorPortPrio")), (0, 255))
    seen = [(e["port"], e["option"], e["old"], e["new"]) for e in history(world) if e["event"] == "option" and e["port"]]
    equal(seen, [("eth0", "queue_id", "0", "2"), ("eth0", "prio", "0", "-7")])


def active_port_is_written(world):
    world.create(mode="active-backup", miimon=100, up=1)
    world.bond("AddPort", "eth0")
    world.bond("AddPort", "eth1")
    lab.wait_for(lambda: world.of_port("Link", "eth1") == "up", "eth1 to be up")
    write(world, "ActivePort", "'eth1'")
    equal(world.of_bond("ActivePort"), "eth1")
    refuses("NoDevice", write, world, "ActivePort", "'eth9'")
    equal(world.of_bond("ActivePort"), "eth1")


def options_have_types(world):
    """Values of the property's type, of other integers, and as text; what comes out goes in again."""
    text = world.manager("CreateBond", "bond0", "{'mode': <'active-backup'>, 'miimon': <uint32 50>, 'up': <true>}")
    need("bond0" in text, text)
    world.bond("SetOptions", "{'updelay': <int64 100>, 'num_grat_arp': <'2'>, 'use_carrier': <true>}")
    equal((world.of_bond("Updelay"), world.of_bond("NumGratArp")), (100, 2))
    options = world.bond("GetOptions")
    need("'miimon': <uint32 50>" in options and "'use_carrier': <true>" in options, options)
    need("'arp_ip_target': <@as []>" in options and "'mode': <'active-backup'>" in options, options)
    refuses("InvalidValue", world.bond, "SetOptions", "{'miimon': <-1>}")
    refuses("InvalidValue", world.bond, "SetOptions", "{'miimon': <1.5>}")
    refuses("InvalidValue", world.bond, "SetOptions", "{'miimon': <('a', 1)>}")
    refuses("InvalidValue", world.bond, "SetOptions", "{'arp_ip_target': <['192.0.2.1,', 'x']>}")
    equal(world.of_bond("Miimon"), 50)


def all_or_nothing(world):
    monitor = Monitor(world)
    world.create(mode="active-backup", miimon=100)
    world.bond("AddPort", "eth0")
    before = world.bond("GetOptions")
    for error, options in (("InvalidValue", {"num_grat_arp": 9, "primary_reselect": "sometimes"}),
                           ("WrongMode", {"miimon": 50, "primary": "eth0", "lacp_rate": "fast"}),
                           ("HasPorts", {"updelay": 100, "fail_over_mac": "active"}),
                           ("NoSuchOption", {"num_grat_arp": 9, "zzz": 1}),
                           ("NotPermitted", {"num_grat_arp": 9, "host": "veth"}),
                           ("InvalidValue", {"miimon": 50, "arp_interval": 100})):
        refuses(error, world.set, **options)
        equal(world.bond("GetOptions"), before, options)
    world.bond("SetOptions", "{'miimon': <uint32 50>, 'updelay': <'100'>, 'num_grat_arp': <uint32 7>}")
    equal([world.of_bond(p) for p in ("Miimon", "Updelay", "NumGratArp")], [50, 100, 7])
    text = monitor.stop()
    equal(text.count("OptionChanged"), 5, text)


# --- History ---


def history_tells(world):
    world.create(mode="active-backup", miimon=100, up=1)
    world.bond("AddPort", "eth0")
    world.bond("AddPort", "eth1")
    lab.wait_for(lambda: world.of_port("Link", "eth1") == "up", "eth1 to be up")
    last = history(world)[-1]["serial"]
    world.network.cut(0)
    lab.wait_for(lambda: any(e["event"] == "failover" for e in history(world, last)), "the failover")
    world.network.mend(0)
    lab.wait_for(lambda: world.of_port("Link") == "up", "eth0 to be up again")
    world.set(num_grat_arp=5)
    events = history(world)
    equal([e["serial"] for e in events], list(range(1, len(events) + 1)))
    need(all(a["wall"] <= b["wall"] + 2_000_000 for a, b in zip(events, events[1:])), "the times of day go back")
    new = {e["event"]: e for e in history(world, last)}
    equal((new["failover"]["port"], new["failover"]["old"], new["failover"]["reason"]), ("eth1", "eth0", "carrier"))
    need(new["failover"]["event-seen"] <= new["failover"]["plan-swapped"], new["failover"])
    equal((new["active-port"]["old"], new["active-port"]["new"]), ("eth0", "eth1"))
    need(new["active-port"]["plan-swapped"] >= new["active-port"]["time"] > 0, new["active-port"])
    up = new["port-link"]
    equal((up["port"], up["new"]), ("eth0", "up"))
    need(0 < up["down-for"] < 60e9 and "it was not up for" in up["text"], up)
    equal((new["option"]["option"], new["option"]["old"], new["option"]["new"]), ("num_grat_arp", "1", "5"))
    equal([e["serial"] for e in history(world, 2, 3)], [3, 4, 5])
    equal(history(world, 10 ** 9), [])


CASES = (properties_are_written, port_properties_are_written, active_port_is_written, options_have_types, all_or_nothing,
         history_tells)


def main():
    cases = tap.Cases()
    if "--list" not in sys.argv:
        lab.enter()
    for function in CASES:
        cases.add(function.__name__.replace("_", "-"), case(function))
    return cases.main()


sys.exit(main())
