#!/usr/bin/env python3
# SPDX-License-Identifier: LGPL-2.1-or-later
"""Every option of NetworkManager's bond profiles, and those that bondd alone has, on their way to the engine: options.py
[CASE…]."""

import json
import pathlib
import sys

HERE = pathlib.Path(__file__).resolve().parent
sys.path.insert(0, str(HERE))

import stock  # noqa: E402
import world as nm  # noqa: E402
from world import equal, need, wait_for  # noqa: E402

MII = {"miimon": "70"}
ARP = {"arp_interval": "1000", "arp_ip_target": "192.0.2.1"}
FIXED = None

# mode and what must be beside it: option, value, what bondd has, another value to be reapplied (FIXED: cannot be), what
# bondd has then. All options that NetworkManager 1.42 knows, and no value is the default.
TABLE = {
    ("active-backup", ()): (
        ("miimon", "70", 70, "35", 35),
        ("updelay", "140", 140, "210", 210),
        ("downdelay", "280", 280, "350", 350),
        ("peer_notif_delay", "140", 140, "210", 210),
        ("primary", "eth1", "eth1", "eth0", "eth0"),
        ("primary_reselect", "failure", "failure", "better", "better"),
        ("fail_over_mac", "active", "active", FIXED, "none"),
        ("use_carrier", "0", False, "1", True),
        ("num_grat_arp", "5", 5, "6", 6),
        ("resend_igmp", "3", 3, "4", 4),
        ("all_slaves_active", "1", True, "0", False),
    ),
    ("active-backup", tuple(MII.items())): (
        ("active_slave", "eth1", ("primary", "eth1"), "eth0", ("primary", "eth0")),
        ("num_unsol_na", "7", ("num_grat_arp", 7), "8", ("num_grat_arp", 8)),
    ),
    ("active-backup", (("arp_interval", "1000"),)): (
        ("arp_ip_target", "192.0.2.1,192.0.2.9", ["192.0.2.1", "192.0.2.9"], "192.0.2.7", ["192.0.2.7"]),
        ("arp_validate", "all", "all", "filter_backup", "filter_backup"),
        ("arp_all_targets", "all", "all", "any", "any"),
    ),
    ("balance-xor", tuple(ARP.items())): (
        ("arp_interval", "500", 500, "700", 700),
        ("xmit_hash_policy", "layer3+4", "layer3+4", "encap2+3", "encap2+3"),
        ("balance-slb", "0", None, FIXED, "1"),
    ),
    ("balance-rr", tuple(MII.items())): (
        ("packets_per_slave", "3", 3, "0", 0),
    ),
    ("802.3ad", tuple(MII.items())): (
        ("lacp_rate", "fast", "fast", FIXED, "slow"),
        ("ad_select", "bandwidth", "bandwidth", FIXED, "count"),
        ("ad_user_port_key", "77", 77, FIXED, "78"),
        ("ad_actor_sys_prio", "1000", 1000, "2000", 2000),
        ("ad_actor_system", "02:00:00:00:00:99", "02:00:00:00:00:99", "02:00:00:00:00:98", "02:00:00:00:00:98"),
        ("min_links", "2", 2, "1", 1),
    ),
    ("balance-tlb", tuple(MII.items())): (
        ("tlb_dynamic_lb", "0", False, FIXED, "1"),
        ("lp_interval", "5", 5, "7", 7),
    ),
}

# What NetworkManager knows since 1.46.
SINCE_1_46 = {
    ("active-backup", (("arp_interval", "1000"),)): (
        ("ns_ip6_target", "2001:db8::1,2001:db8::9", ["2001:db8::1", "2001:db8::9"], "2001:db8::7", ["2001:db8::7"]),
        ("arp_missed_max", "4", 4, "5", 5),
    ),
    ("802.3ad", tuple(MII.items())): (
        ("lacp_active", "off", False, FIXED, "on"),
        # It says nothing, and is all that the mode takes.
        ("arp_missed_max", "0", 2, "0", 2),
    ),
}

USER_PROFILE = """[connection]
id=bond0
uuid=00000000-0000-4000-8000-00000000bead
type=bond
interface-name=bond0
autoconnect=false
[bond]
{options}
[user]
{user}
[ipv4]
method=disabled
[ipv6]
method=disabled
"""


def joined(options):
    """For nmcli, which has blanks between the items of a list."""
    return ",".join(f"{name}={value.replace(',', ' ')}" for name, value in options.items())


def table(world):
    known = dict(TABLE)
    if world.manager.version() >= (1, 46):
        for key, rows in SINCE_1_46.items():
            known[key] = known.get(key, ()) + rows
    return known


def expect(world, name, value):
    if isinstance(value, tuple):
        name, value = value
    if value is not None:
        wait_for(lambda: world.bondd.bond()[name] == value, f"{name} to be {value}, not {world.bondd.bond()[name]}")


def run_mode(world, mode, beside, rows):
    options = {"mode": mode, **dict(beside), **{row[0]: row[1] for row in rows}}
    world.add_bond(joined(options), "connection.autoconnect", "no", "ipv4.method", "disabled", "ipv4.addresses", "", ports=())
    world.nmcli("connection", "up", "bond0")
    for name, _, seen, _, _ in rows:
        expect(world, name, seen)
    for name, _, _, live, other in rows:
        if live is FIXED:
            refused(world, options, name, other)
    options.update({row[0]: row[3] for row in rows if row[3] is not FIXED})
    world.nmcli("connection", "modify", "bond0", "bond.options", joined(options))
    world.nmcli("device", "reapply", "bond0")
    for name, _, _, live, seen in rows:
        if live is not FIXED:
            expect(world, name, seen)
    world.nmcli("connection", "delete", "bond0")
    wait_for(lambda: world.bondd.bond() is None, "the bond to go")


def refused(world, options, name, other):
    """What cannot change while the bond runs is refused at once, by name, and nothing of it is done."""
    before = world.bondd.bond()
    changed = {**options, name: other}
    if name == "balance-slb":
        changed["xmit_hash_policy"] = "vlan+srcmac"
    world.nmcli("connection", "modify", "bond0", "bond.options", joined(changed))
    text = world.nmcli("device", "reapply", "bond0", check=False)
    need("rror" in text and name in text, f"{name}={other}: {text}")
    equal(world.bondd.bond().get(name), before.get(name), name)
    world.nmcli("connection", "modify", "bond0", "bond.options", joined(options))


def all_options_reach_the_engine(world):
    for (mode, beside), rows in table(world).items():
        run_mode(world, mode, beside, rows)


def no_option_is_forgotten(world):
    """NetworkManager takes none of bondd's other options."""
    mine = {row[0] for rows in table(world).values() for row in rows} | {"mode"}
    equal(len(mine), 32 if world.manager.version() >= (1, 46) else 29, "options in the table")
    listed = json.loads(world.bondd.ctl("options", "--json").stdout)
    others = {option[key] for option in listed for key in ("name", "alias")} - mine - {""}
    need({"lacp_strict", "coupled_control"} <= others, f"bondd has {others}")
    for name in sorted(others):
        text = world.nmcli("connection", "add", "type", "bond", "ifname", "bond0", "con-name", "other", "autoconnect", "no",
                           "bond.options", f"mode=802.3ad,{name}=1", check=False)
        need("rror" in text and name in text, f"{name} has no row, and NetworkManager takes it: {text}")


def what_is_not_said_is_networkmanagers_default(world):
    for options, miimon in (("mode=active-backup", 100), ("mode=balance-rr,miimon=0", 0),
                            ("mode=active-backup,arp_interval=1000,arp_ip_target=192.0.2.1", 0),
                            ("mode=active-backup,miimon=50", 50)):
        world.add_bond(options, "connection.autoconnect", "no", ports=())
        world.nmcli("connection", "up", "bond0")
        bond = world.bondd.bond()
        equal(bond["miimon"], miimon, f"miimon of {options}")
        equal(bond["arp_interval"], 1000 if "arp" in options and miimon == 0 else 0, f"arp_interval of {options}")
        world.nmcli("connection", "delete", "bond0")
        wait_for(lambda: world.bondd.bond() is None, "the bond to go")


# --- [user] ---


def write_profile(world, options, user):
    """nmcli cannot set [user]: by a file."""
    path = stock.KEYFILES / "bond0.nmconnection"
    path.write_text(USER_PROFILE.format(options="\n".join(options.split(",")), user="\n".join(user)), encoding="utf-8")
    path.chmod(0o600)
    world.nmcli("connection", "reload")


def options_of_bondd_alone(world):
    write_profile(world, "mode=802.3ad,miimon=100", ("bondd.lacp_strict=on", "bondd.coupled_control=off",
                                                     "bondd.lacp_active=off", "bondd.miimon=7"))
    world.nmcli("connection", "up", "bond0")
    bond = world.bondd.bond()
    equal({name: bond[name] for name in ("lacp_strict", "coupled_control", "lacp_active", "miimon")},
          {"lacp_strict": True, "coupled_control": False, "lacp_active": False, "miimon": 100})
    write_profile(world, "mode=802.3ad,miimon=100", ("bondd.broadcast_neighbor=on", "bondd.coupled_control=off",
                                                     "bondd.lacp_active=off"))
    world.nmcli("device", "reapply", "bond0")
    expect(world, "broadcast_neighbor", True)
    expect(world, "lacp_strict", False)
    write_profile(world, "mode=802.3ad,miimon=100", ("bondd.lacp_active=off",))
    text = world.nmcli("device", "reapply", "bond0", check=False)
    need("rror" in text and "coupled_control" in text, text)
    equal(world.bondd.bond()["coupled_control"], False, "coupled_control")
    world.nmcli("connection", "up", "bond0")
    expect(world, "coupled_control", True)


def a_wrong_one_is_left_out_and_named(world):
    write_profile(world, "mode=active-backup,miimon=100",
                  ("bondd.arp_missed_max=5", "bondd.lacp_strict=on", "bondd.arp_missed_mix=5",
                   "bondd.arp_interval=soon", "other.thing=1"))
    mark = len(world.manager.text())
    world.nmcli("connection", "up", "bond0")
    equal(world.bondd.bond()["arp_missed_max"], 5, "the one that is right")
    said = world.manager.text()[mark:]
    for wrong in ("lacp_strict=on", "arp_missed_mix=5", "arp_interval=soon"):
        equal(said.count(f"bondd.{wrong} "), 1, f"lines about bondd.{wrong}")
    need("other.thing" not in said, "what is not ours was complained of")
    mark = len(world.manager.text())
    write_profile(world, "mode=active-backup,miimon=100", ("bondd.arp_missed_max=6", "bondd.nonsense=1"))
    world.nmcli("device", "reapply", "bond0")
    expect(world, "arp_missed_max", 6)
    wait_for(lambda: "bondd.nonsense=1 " in world.manager.text()[mark:], "a line about bondd.nonsense")


def ports_have_options_in_user_too(world):
    write_profile(world, "mode=active-backup,miimon=100", ("bondd.queue_id=eth1:3,eth9:7",))
    for n, port in enumerate(nm.PORTS):
        path = stock.KEYFILES / f"port-{port}.nmconnection"
        path.write_text(f"[connection]\nid=port-{port}\nuuid=00000000-0000-4000-8000-{n:012d}\ntype=ethernet\n"
                        f"interface-name={port}\nmaster=bond0\nslave-type=bond\nautoconnect=false\n"
                        f"[user]\nbondd.prio={10 + n}\n", encoding="utf-8")
        path.chmod(0o600)
    world.nmcli("connection", "reload")
    for port in nm.PORTS:
        world.nmcli("connection", "up", f"port-{port}")
    world.wait_connected()
    ports = {port["name"]: (port["queue_id"], port["prio"]) for port in world.bondd.bond()["ports"]}
    equal(ports, {"eth0": (0, 10), "eth1": (3, 11)})


FOREIGN = ("mode=active-backup,miimon=70,updelay=140,primary=eth1", "mode=802.3ad,ad_select=bandwidth,lacp_rate=fast,miimon=100",
           "mode=balance-xor,arp_interval=500,arp_ip_target=192.0.2.1 192.0.2.9,use_carrier=0,xmit_hash_policy=layer3+4",
           "mode=balance-tlb,miimon=100,tlb_dynamic_lb=0", "mode=broadcast,miimon=0")


def bonds_of_others_are_shown_with_their_options(world):
    """As NetworkManager finds them when it starts, before it can have asked bondd."""
    for n, options in enumerate(FOREIGN):
        world.bondd.ctl("create", f"far{n}", *[option.replace(" ", ",") for option in options.split(",")])
        stock.run("ip", "address", "add", f"198.51.100.{n + 1}/32", "dev", f"far{n}")
        stock.run("ip", "link", "set", f"far{n}", "up")
    try:
        world.restart_manager()
        for n, options in enumerate(FOREIGN):
            wait_for(lambda n=n: (world.state(f"far{n}") or "") == "bond connected (externally)", f"far{n} to be shown")
            shown = world.nmcli("-g", "bond.options", "connection", "show", f"far{n}").strip()
            equal(sorted(shown.split(",")), sorted(options.split(",")), f"far{n}")
    finally:
        for n in range(len(FOREIGN)):
            world.bondd.ctl("delete", f"far{n}", check=False)
    for n in range(len(FOREIGN)):
        wait_for(lambda n=n: world.state(f"far{n}") is None, f"far{n} to go")


CASES = (all_options_reach_the_engine, no_option_is_forgotten, what_is_not_said_is_networkmanagers_default,
         options_of_bondd_alone, a_wrong_one_is_left_out_and_named, ports_have_options_in_user_too,
         bonds_of_others_are_shown_with_their_options)

sys.exit(nm.play(CASES))
