#!/usr/bin/env python3
# SPDX-License-Identifier: LGPL-2.1-or-later
"""What no client would send on purpose: every method and property with arguments made at random, at the real daemon.

hostile.py [CASE…]; HOSTILE_SEED=number does the same calls again. It is best run with sanitizers: BONDD_BUILD=build-asan.
"""

import os
import pathlib
import random
import sys
import time
import xml.etree.ElementTree as ElementTree

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parents[1] / "lab"))

import lab  # noqa: E402
import tap  # noqa: E402
import wire  # noqa: E402
from world import LACP, MANAGER, NAME, PORT, PORT_LACP, ROOT, case, equal, need  # noqa: E402

SECONDS = 5
BATCH = 20
# Of a slow machine, too.
ENOUGH = 200
BOND, ETH0 = f"{ROOT}/bond0", f"{ROOT}/bond0/eth0"
OBJECTS = ((ROOT, MANAGER), (BOND, NAME), (BOND, LACP), (ETH0, PORT), (ETH0, PORT_LACP))
PROPERTIES = "org.freedesktop.DBus.Properties"
# Errors that say that the caller is wrong; anything else, as NoReply or Failed, says that bondd is.
FAIR = ("org.example.Bond.Error.", "org.freedesktop.DBus.Error.InvalidArgs", "org.freedesktop.DBus.Error.Unknown",
        "org.freedesktop.DBus.Error.PropertyReadOnly", "org.freedesktop.DBus.Error.LimitsExceeded")
UNFAIR = "org.example.Bond.Error.Failed"

WORDS = ["", "bond0", "eth0", "eth1", "lo", "bond9", ".", "..", "a/b", "%s%n%d", "\u202e", "é" * 9, "x" * 15, "x" * 16,
         "x" * 70000, "\n", "\t0", "-1", "0", "1", "99999999999999999999", "0x10", "+eth1", "-eth0", "active-backup",
         "802.3ad", "balance-rr", "7", "layer3+4", "fast", "on", "always", "192.0.2.1", "192.0.2.1,192.0.2.2", "::1",
         "2001:db8::1", "00:11:22:33:44:55", "ff:ff:ff:ff:ff:ff", "eth0:5", "eth0:99999", "tap", "veth", "tcp", "/", "/etc",
         "/proc/self/mem", "/dev/zero", "../../etc"]
NUMBERS = [0, 1, 2, 7, 63, 64, 100, 255, 256, 1500, 65535, 65536, 2**31 - 1, 2**31, 2**32 - 1, 2**53, 2**63 - 1, 2**64 - 1]
QUESTION = ["frame", "source-mac", "destination-mac", "vlan", "ether-type", "source", "destination", "protocol",
            "source-port", "destination-port", "ports-down"]
# Not what reaches beyond the lab's bond: files, and interfaces that others need.
LEFT_OUT = {"Apply", "Check", "IfUp", "IfDown", "Remove", "RemoveBond", "RemovePort"}


class Maker:
    """Values of any type, from one seed."""

    def __init__(self, seed, options):
        self.random = random.Random(seed)
        self.keys = [*options, *QUESTION, *WORDS]

    def integer(self, code):
        bits = {"y": 8, "n": 16, "q": 16, "i": 32, "u": 32, "x": 64, "t": 64}[code]
        value = self.random.choice(NUMBERS) % 2**bits
        return value - 2**bits if code in "nix" and value >= 2**(bits - 1) else value

    def signature(self, depth=0):
        simple = self.random.choice("ybnqiuxtdsog")
        if depth > 3 or self.random.random() < 0.6:
            return simple
        return self.random.choice([f"a{self.signature(depth + 1)}", f"({self.signature(depth + 1)}{simple})", "as", "ay",
                                   f"a{{s{self.signature(depth + 1)}}}", "v", "a{sv}"])

    def value(self, signature, depth=0):
        code = signature[0]
        if code in "nqiuxty":
            return self.integer(code)
        if code == "b":
            return self.random.randrange(2)
        if code == "d":
            return self.random.choice([0.0, -1.0, 1e308, float("nan"), float("inf")])
        if code == "s":
            return self.random.choice(WORDS)
        if code == "o":
            return self.random.choice([ROOT, BOND, ETH0, "/"])
        if code == "g":
            return self.signature(3)
        if code == "v":
            inner = self.signature(depth + 1)
            return inner, self.value(inner, depth + 1)
        if code == "a":
            return self.array(signature[1:], depth)
        return tuple(self.value(part, depth + 1) for part in wire.split(signature[1:-1]))

    def array(self, part, depth):
        size = self.random.choice([0, 1, 1, 2, 3, 20 if depth < 2 else 4])
        if part == "y":
            return self.random.randbytes(self.random.choice([0, 1, 14, 60, 1514, 9000, 70000 if depth < 2 else 7]))
        if part[0] == "{":
            keys = [self.random.choice(self.keys) if part[1] == "s" else self.value(part[1]) for _ in range(size)]
            return {key: self.value(part[2:-1], depth + 1) for key in keys}
        return [self.value(part, depth + 1) for _ in range(size)]


def members(world):
    """(path, interface, method, signature) of all methods, and (path, interface, property, signature) of all properties."""
    methods, properties = [], []
    for path, name in OBJECTS:
        text = world.server.out(["gdbus", "introspect", "--system", "--dest", NAME, "--object-path", path, "--xml"])
        interface = next(i for i in ElementTree.fromstring(text[text.index("<node"):]).findall("interface")
                         if i.get("name") == name)
        for method in interface.findall("method"):
            signature = "".join(a.get("type") for a in method.findall("arg") if a.get("direction") != "out")
            methods.append((path, name, method.get("name"), signature))
        properties += [(path, name, p.get("name"), p.get("type")) for p in interface.findall("property")]
    return methods, properties


def check_fair(reply, what):
    fair = reply.error is None or (reply.error.startswith(FAIR) and reply.error != UNFAIR)
    need(fair, f"{what!r:.2000} was answered with {reply!r:.500}")
    need(reply.error is None or len(reply.values[0]) > 5, f"{what!r:.2000}: an error without a message")


def prepared(world, client):
    """A bond with a port, in a mode that has LACP's interfaces, too; its options."""
    world.create(mode="802.3ad", miimon="100")
    world.bond("AddPort", "eth0")
    return client.call(BOND, NAME, "GetOptions").values[0]


def state(client):
    """What must stay when a call is refused."""
    options = client.call(BOND, NAME, "GetOptions").values
    ports = client.call(BOND, PROPERTIES, "Get", "ss", (NAME, "Ports")).values
    bonds = client.call(ROOT, PROPERTIES, "Get", "ss", (MANAGER, "Bonds")).values
    return options, ports, bonds


def seed():
    chosen = int(os.environ.get("HOSTILE_SEED", "0")) or random.randrange(1, 2**32)
    print(f"# HOSTILE_SEED={chosen}")
    return chosen


def play(world, client, maker, make_call):
    """Batches of calls, all answered and in fair words, for some seconds; the daemon stays the same process."""
    made = answered = 0
    end = time.monotonic() + SECONDS
    while time.monotonic() < end or made <= ENOUGH:
        calls = [make_call() for _ in range(BATCH)]
        serials = {client.send(*call): call for call in calls}
        for reply in client.wait(serials):
            check_fair(reply, serials[reply.serial])
            answered += reply.error is None
        made += BATCH
    print(f"# {made} calls, {answered} of them carried out")
    need(made > ENOUGH and answered > 0, f"only {made} calls, {answered} carried out")
    world.alive()


def methods_at_random(world):
    """Arguments of the right types with any value, and of wrong types."""
    client = wire.Client(NAME)
    maker = Maker(seed(), prepared(world, client))
    methods = [m for m in members(world)[0] if m[2] not in LEFT_OUT]

    def make_call():
        path, interface, method, signature = maker.random.choice(methods)
        if maker.random.random() < 0.2:
            signature = "".join(maker.signature() for _ in range(maker.random.randrange(4)))
        return path, interface, method, signature, [maker.value(part) for part in wire.split(signature)]

    play(world, client, maker, make_call)


def properties_at_random(world):
    client = wire.Client(NAME)
    maker = Maker(seed(), prepared(world, client))
    properties = members(world)[1]

    def make_call():
        path, interface, name, signature = maker.random.choice(properties)
        if maker.random.random() < 0.3:
            signature = maker.signature()
        if maker.random.random() < 0.1:
            name = maker.random.choice(WORDS[:10])
        return path, PROPERTIES, "Set", "ssv", (interface, name, (signature, maker.value(signature)))

    play(world, client, maker, make_call)


def refused_is_unchanged(world):
    """SetOptions() with sound options and one that is not: nothing happens at all."""
    client = wire.Client(NAME)
    options = prepared(world, client)
    before = state(client)
    maker = Maker(seed(), options)
    sound = {"miimon": ("u", 50), "updelay": ("s", "200"), "min_links": ("s", "1"), "num_grat_arp": ("s", "3"),
             "all_slaves_active": ("b", 1), "xmit_hash_policy": ("s", "layer3+4")}
    refused = 0
    for _ in range(60):
        wrong = maker.random.choice([{"no_such_option": ("s", "1")}, {"mode": ("s", "9")}, {"miimon": ("s", "-1")},
                                     {"updelay": ("ay", b"\0\1")}, {"primary": ("s", "eth0")}, {"min_links": ("d", 1.5)},
                                     {maker.random.choice(WORDS): ("s", "1")},
                                     {"xmit_hash_policy": ("s", "x" * 70000)}, {"arp_ip_target": ("as", ["1.2.3"])}])
        chosen = dict(maker.random.sample(sorted(sound.items()), maker.random.randrange(1, 5)))
        settings = list({**chosen, **wrong}.items())
        maker.random.shuffle(settings)
        reply = client.call(BOND, NAME, "SetOptions", "a{sv}", (dict(settings),))
        need(reply.error is not None, f"{settings!r:.500} was taken")
        check_fair(reply, settings)
        equal(state(client), before, f"after {settings!r:.500} was refused with {reply!r:.300}")
        refused += 1
    equal(refused, 60, "refused")
    equal(client.call(BOND, NAME, "SetOptions", "a{sv}", (sound,)).error, None)


CASES = (methods_at_random, properties_at_random, refused_is_unchanged)


def main():
    cases = tap.Cases()
    if "--list" not in sys.argv:
        lab.enter()
    for function in CASES:
        cases.add(function.__name__.replace("_", "-"), case(function))
    return cases.main()


if __name__ == "__main__":
    sys.exit(main())
