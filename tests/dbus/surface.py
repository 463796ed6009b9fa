#!/usr/bin/env python3
# SPDX-License-Identifier: LGPL-2.1-or-later
"""The surface that programs see: properties that are written, history, dry runs, explanations: surface.py [CASE…]."""

import json
import pathlib
import re
import sys

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parents[1] / "lab"))

import lab  # noqa: E402
import tap  # noqa: E402
from world import INTROSPECTION, NAME, PORT, ROOT, Monitor, case, equal, need, plain, refuses  # noqa: E402

PROPERTIES = "org.freedesktop.DBus.Properties"


def write(world, prop, value, path="bond0", interface=NAME):
    """Properties.Set; the value as GVariant text."""
    return world.call(f"{ROOT}/{path}", f"{PROPERTIES}.Set", interface, prop, f"<{value}>")


def ask(world, method, signature, *args, bond="bond0"):
    """The answer of a method as JSON has it, variants unwrapped."""
    out = world.server.out(["busctl", "--system", "--json=short", "call", NAME, f"{ROOT}/{bond}", NAME, method,
                            signature, *args])
    return plain(json.loads(out)["data"])


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
    lab.wait_for(lambda: monitor.text().count("OptionChanged") >= 5, "the signals")
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



# --- Statistics ---


def causes_documented():
    """The causes of loss that the introspection lists."""
    text = (INTROSPECTION / f"{NAME}.xml").read_text(encoding="utf-8")
    comment = " ".join(re.search(r"Drops: Frames lost, by cause:((?:(?!-->).)*)", text, re.S).group(1).split())
    return set(re.sub(r"\([^)]*\)", "", comment).replace(" ", "").split(","))


def statistics_are_whole(world):
    """Of the bond and of each port, by every cause; what the ports sent is what the bond sent."""
    running(world, mode="balance-rr")
    world.server.ip(f"addr add {lab.Network.SERVER}/24 dev bond0")
    ping = ["ping", "-q", "-i", "0.01", "-c", "30", lab.Network.CLIENT]
    lab.wait_for(lambda: world.server.run(ping, check=False).returncode == 0, "pings")
    for drops in (world.of_bond("Drops"), world.of_port("Drops"), world.of_port("Drops", "eth1")):
        equal(set(drops), causes_documented())
    for prop in ("TxPackets", "TxBytes"):
        sums = lab.wait_for(lambda: same_sum(world, prop), f"{prop} of the ports to be that of the bond")
        need(sums > 30, f"{prop}: {sums}")
    need(all(world.of_port("TxPackets", p) > 10 for p in ("eth0", "eth1")), "both ports sent")


def same_sum(world, prop):
    bond = world.of_bond(prop)
    return bond if bond == sum(world.of_port(prop, p) for p in ("eth0", "eth1")) else 0


# --- Dry runs ---


def as_arguments(options):
    """Options as busctl takes an a{sv}, all as text."""
    return [str(len(options)), *(word for key, value in options.items() for word in (key, "s", str(value)))]


def check(world, **options):
    """What CheckOptions says: whether it is possible, the error, and the effects by kind and subject."""
    possible, error, message, effects = ask(world, "CheckOptions", "a{sv}", *as_arguments(options))
    need(bool(error) != possible and bool(message) != possible, (possible, error, message))
    need(all(len(e["text"]) > 10 for e in effects), effects)
    return possible, error, {(e["kind"], e["subject"]): (e["old"], e["new"]) for e in effects}


def running(world, **options):
    world.create(miimon=100, up=1, **options)
    for port in ("eth0", "eth1"):
        world.bond("AddPort", port)
    lab.wait_for(lambda: all(world.of_port("Link", p) == "up" for p in ("eth0", "eth1")), "both links")


def dry_run_of_the_active_port(world):
    running(world, mode="active-backup")
    before = (world.bond("GetOptions"), len(history(world)))
    possible, _, effects = check(world, active_slave="eth1", num_grat_arp=4)
    need(possible, effects)
    equal(effects.pop(("option", "num_grat_arp")), ("1", "4"))
    equal(effects.pop(("active-port", "eth1")), ("eth0", "eth1"))
    equal(effects.pop(("port", "eth0")), ("sends and receives", "waits"))
    equal(effects.pop(("port", "eth1")), ("waits", "sends and receives"))
    equal(effects.pop(("flows", "bond0")), ("eth0 1024", "eth1 1024"))
    equal(effects.pop(("announcement", "addresses")), ("", "eth1"))
    effects.pop(("announcement", "multicast-groups"))
    equal(effects, {})
    equal(check(world, primary="eth0")[2], {("option", "primary"): ("", "eth0")})
    equal(check(world, miimon=100), (True, "", {}))
    equal((world.bond("GetOptions"), len(history(world))), before, "the dry run did something")
    equal(world.of_bond("ActivePort"), "eth0")
    world.set(active_slave="eth1", num_grat_arp=4)
    equal(world.of_bond("ActivePort"), "eth1")


def dry_run_of_monitoring(world):
    running(world, mode="active-backup")
    equal(check(world, miimon=0)[2][("probes", "bond0")], ("by their carrier", ""))
    effects = check(world, arp_interval=500, arp_ip_target="192.0.2.1")[2]
    equal(effects[("option", "miimon")], ("100", "0"))
    equal(effects[("probes", "bond0")], ("by their carrier", "by asking 192.0.2.1 every 500 ms"))


def dry_run_of_flows(world):
    running(world, mode="balance-xor")
    possible, _, effects = check(world, xmit_hash_policy="layer3+4")
    need(possible and 300 < moved_flows(world, xmit_hash_policy="layer3+4") < 724, effects)
    old, new = effects[("flows", "bond0")]
    for text in (old, new):
        equal(sum(int(part.split()[1]) for part in text.split(", ")), 1024)
    need(("flows", "bond0") not in check(world, updelay=200)[2], "updelay moves no flow")


def moved_flows(world, **options):
    effects = ask(world, "CheckOptions", "a{sv}", *as_arguments(options))[3]
    return next(int(e["text"].split()[0]) for e in effects if e["kind"] == "flows")


def dry_run_of_lacp(world):
    running(world, mode="802.3ad")
    effects = check(world, ad_actor_sys_prio=99)[2]
    for port in ("eth0", "eth1"):
        old, new = effects[("lacp", port)]
        need(old.startswith("system 65535 ") and new.startswith("system 99 "), effects)
    equal(check(world, lacp_strict="on")[2][("carrier", "bond0")], ("up", "down"))


def dry_run_refuses_as_the_real_one(world):
    running(world, mode="active-backup")
    for options in ({"mode": "802.3ad"}, {"lacp_rate": "fast"}, {"miimon": "x"}, {"zzz": 1}, {"host": "veth"},
                    {"active_slave": "eth7"}, {"miimon": 50, "arp_interval": 50}, {"fail_over_mac": 1}):
        possible, error, effects = check(world, **options)
        equal((possible, effects), (False, {}), options)
        refuses(error, world.set, **options)


# --- Explanations ---


def words_of(question):
    """A question as busctl takes an a{sv}."""
    words = [str(len(question))]
    for key, value in question.items():
        words.append(key.replace("_", "-"))
        if isinstance(value, bytes):
            words += ["ay", str(len(value)), *map(str, value)]
        elif isinstance(value, list):
            words += ["as", str(len(value)), *value]
        else:
            words += ["q" if isinstance(value, int) else "s", str(value)]
    return words


def explain(world, **question):
    return ask(world, "Explain", "a{sv}", *words_of(question))[0]


SEND = """
import socket, sys
s = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
s.bind(("192.0.2.1", int(sys.argv[1])))
for _ in range(200):
    s.sendto(b"x" * 64, ("192.0.2.9", int(sys.argv[2])))
"""


def sent_by(world):
    return {port: world.of_port("TxPackets", port) for port in ("eth0", "eth1")}


def explained_is_what_happens(world):
    """Flows of the host's own stack leave by the ports that were told before."""
    running(world, mode="balance-xor", xmit_hash_policy="layer3+4")
    world.server.ip("addr add 192.0.2.1/24 dev bond0")
    world.server.ip("neigh replace 192.0.2.9 lladdr 02:00:00:00:09:09 dev bond0 nud permanent")
    chosen = set()
    for source_port in range(40000, 40012):
        told = explain(world, source="192.0.2.1", destination="192.0.2.9", protocol="udp", source_port=source_port,
                       destination_port=5353, destination_mac="02:00:00:00:09:09")
        before = sent_by(world)
        world.server.run(["python3", "-c", SEND, str(source_port), "5353"])
        lab.wait_for(lambda: sent_by(world)[told["port"]] - before[told["port"]] >= 200,
                     f"{told} to be true")
        chosen.add(told["port"])
    equal(chosen, {"eth0", "eth1"})


def explanations_say_why(world):
    running(world, mode="balance-xor", xmit_hash_policy="layer2+3")
    flow = {"source": "192.0.2.1", "destination": "192.0.2.9", "protocol": "tcp", "source_port": 1000,
            "destination_port": 80}
    told = explain(world, **flow)
    equal(told["candidates"], ["eth0", "eth1"])
    equal((told["mode"], told["policy"], told["slots"]), ("balance-xor", "layer2+3", 2))
    equal(told["port"], told["candidates"][told["hash"] % 2])
    need("addresses 192.0.2.1 and 192.0.2.9" in told["hash-input"] and told["port"] in told["reason"], told)
    equal((told["fields"]["source"], told["fields"]["destination"]), ("192.0.2.1", "192.0.2.9"))
    need("destination-port" not in told["fields"], "layer2+3 reads no ports")
    other = explain(world, **flow, ports_down=[told["port"]])
    equal(sorted([told["port"], other["port"]]), ["eth0", "eth1"])
    equal((other["slots"], len(other["candidates"])), (1, 1))
    none = explain(world, **flow, ports_down=["eth0", "eth1"])
    equal((none["port"], none["ports"], none["reason"]), ("", [], "no port has a link"))
    frame = bytes.fromhex("020000000909") + bytes.fromhex(world.of_bond("Address").replace(":", "")) + b"\x08\x06"
    equal(explain(world, frame=frame)["fields"]["ether-type"], 0x0806)
    equal(world.of_bond("Ports"), ["eth0", "eth1"])
    need(world.of_port("Link") == "up", "the question cut a link")


def questions_are_not_believed(world):
    running(world, mode="balance-rr")
    for question in ({"frame": b"123"}, {"frame": b"0" * 14, "source": "192.0.2.1"}, {"source": "192.0.2"},
                     {"source": "::1", "destination": "192.0.2.1"}, {"source_mac": "x"}, {"protocol": "warp"},
                     {"colour": "red"}, {"vlan": "1"}, {"ether_type": 100}, {"ether_type": 0x88cc, "source": "::1"}):
        refuses_question("InvalidValue", world, question)
    refuses_question("NoSuchPort", world, {"ports_down": ["eth9"]})
    for size in (14, 15, 60, 1514):
        need(explain(world, frame=bytes(range(256))[:14] + bytes(size - 14))["port"], size)
    world.alive()


def refuses_question(name, world, question):
    text = {bytes: lambda v: "@ay [" + ", ".join(hex(b) for b in v) + "]", list: str, str: repr, int: "uint16 {}".format}
    values = ", ".join(f"'{key.replace('_', '-')}': <{text[type(value)](value)}>" for key, value in question.items())
    refuses(name, world.bond, "Explain", f"{{{values}}}")


CASES = (properties_are_written, port_properties_are_written, active_port_is_written, options_have_types, all_or_nothing,
         history_tells, statistics_are_whole, dry_run_of_the_active_port, dry_run_of_monitoring, dry_run_of_flows, dry_run_of_lacp,
         dry_run_refuses_as_the_real_one, explained_is_what_happens, explanations_say_why, questions_are_not_believed)


def main():
    cases = tap.Cases()
    if "--list" not in sys.argv:
        lab.enter()
    for function in CASES:
        cases.add(function.__name__.replace("_", "-"), case(function))
    return cases.main()


sys.exit(main())
