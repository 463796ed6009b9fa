#!/usr/bin/env python3
# SPDX-License-Identifier: LGPL-2.1-or-later
"""The service on a private system bus, in a network of its own: service.py [CASE…].

Every call is made by a client of its own, gdbus or busctl or bondctl, as users and scripts make them.
"""

import json
import os
import pathlib
import random
import re
import socket
import subprocess
import sys
import threading
import time

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parents[1] / "lab"))

import lab  # noqa: E402
import tap  # noqa: E402
from world import (ERROR, LIMIT, MANAGER, NAME, PORT, ROOT, Monitor, Printed, Refused, World, case, equal, need,  # noqa: E402
                   refuses, shown_as_written)

MODES = ("balance-rr", "active-backup", "balance-xor", "broadcast", "802.3ad", "balance-tlb", "balance-alb")


# --- The contract ---


def introspection_equals_xml(world):
    world.create(mode="active-backup", miimon=100)
    world.bond("AddPort", "eth0")
    for path, name in ((ROOT, MANAGER), (f"{ROOT}/bond0", NAME), (f"{ROOT}/bond0/eth0", PORT)):
        shown_as_written(world, path, name)


def introspection_is_readable(world):
    world.create(mode="active-backup", miimon=100)
    world.bond("AddPort", "eth0")
    text = world.server.out(f"busctl --system introspect {NAME} {ROOT}/bond0 {NAME}")
    rows = {line.split()[0]: line.split(None, 3)[1:] for line in text.splitlines() if line.startswith(".")}
    for name, kind, value in ((".Mode", "s", '"active-backup"'), (".Miimon", "u", "100"), (".UseCarrier", "b", "true"),
                              (".ActivePort", "s", '"eth0"'), (".Ports", "as", '1 "eth0"'), (".Mtu", "u", "1500")):
        equal(rows[name][:2], ["property", kind], name)
        need(rows[name][2].startswith(value), f"{name}: {rows[name][2]}")
    need(not any("Failed" in line for line in text.splitlines()), text)


def object_manager(world):
    monitor = Monitor(world)
    equal(world.create(mode="1", miimon=100), f"(objectpath '{ROOT}/bond0',)")
    equal(world.manager("AddPort", "eth0", "bond0"), f"(objectpath '{ROOT}/bond0/eth0',)")
    objects = world.call(ROOT, "org.freedesktop.DBus.ObjectManager.GetManagedObjects")
    for path, name in (("bond0", NAME), ("bond0/eth0", PORT)):
        need(re.search(rf"'{ROOT}/{path}': {{'{re.escape(name)}': {{", objects), objects)
    need("'Mode': <'active-backup'>" in objects and "'PermanentAddress': <'08:00:27:61:e4:88'>" in objects, objects)
    world.manager("RemovePort", "eth0")
    world.manager("RemoveBond", "bond0")
    monitor.wait(rf"InterfacesRemoved \(objectpath '{ROOT}/bond0',")
    text = monitor.stop()
    for path in ("bond0", "bond0/eth0"):
        need(f"InterfacesAdded (objectpath '{ROOT}/{path}'" in text, text)
        need(f"InterfacesRemoved (objectpath '{ROOT}/{path}'" in text, text)
    equal(world.call(ROOT, "org.freedesktop.DBus.ObjectManager.GetManagedObjects"), "(@a{oa{sa{sv}}} {},)")


def names_are_escaped(world):
    for name, path in (("bond-0", "bond_2d0"), ("bond0.7", "bond0_2e7"), ("0b", "_30b"), ("a_b", "a_5fb"),
                       ("bönd", "b_c3_b6nd")):
        equal(world.create(name), f"(objectpath '{ROOT}/{path}',)")
        equal(world.get(f"{ROOT}/{path}", NAME, "Name"), name)
        need(world.link(name), f"no interface {name}")
        world.manager("RemoveBond", name)
        need(world.link(name) is None, f"{name} is still there")


# --- Bonds ---


def create_and_remove(world):
    world.create()
    equal(world.of_bond("Mode"), "balance-rr")
    equal(world.of_bond("HostKind"), "tap")
    equal(world.of_bond("Up"), False)
    need("UP" not in world.link("bond0")["flags"], "it is up")
    equal(world.of_bond("IfIndex"), world.link("bond0")["ifindex"])
    equal(world.of_bond("Address"), world.link("bond0")["address"])
    world.create("bond1", mode="balance-xor", xmit_hash_policy="layer3+4", miimon="50", host="veth", queues="1", up="1")
    equal(world.of_bond("XmitHashPolicy", "bond1"), "layer3+4")
    equal(world.of_bond("HostKind", "bond1"), "veth")
    lab.wait_for(lambda: world.of_bond("Up", "bond1"), "bond1 to be up")
    equal(world.get(ROOT, MANAGER, "Bonds"), ["bond0", "bond1"])
    world.manager("RemoveBond", "bond0")
    equal(world.get(ROOT, MANAGER, "Bonds"), ["bond1"])
    need(world.link("bond0") is None, "bond0 is still there")


def create_refusals(world):
    world.create()
    refuses("Exists", world.create)
    refuses("Exists", world.create, "eth0")
    refuses("NoSuchOption", world.create, "bond1", no_such_option="1")
    refuses("InvalidValue", world.create, "bond1", mode="9")
    refuses("InvalidValue", world.create, "bond1", miimon="-1")
    refuses("InvalidValue", world.create, "bond1", host="tun")
    refuses("InvalidValue", world.create, "bond1", queues="0")
    refuses("WrongMode", world.create, "bond1", mode="balance-rr", primary="eth0")
    refuses("NotPermitted", world.create, "bond1", updelay="100")
    need(world.link("bond1") is None, "bond1 was left behind")
    equal(world.get(ROOT, MANAGER, "Bonds"), ["bond0"])


def ensured_on_its_interface_only(world):
    """With ifindex no bond is made beside the interface that was meant."""
    def ensure(ifindex):
        world.manager("EnsureBond", "bond0", f"{{'ifindex': <{ifindex}>, 'miimon': <100>}}")
    for wrong in ("999999", "'2x'", "0", "-1"):
        refuses("NoDevice" if wrong == "999999" else "InvalidValue", ensure, wrong)
        need(world.link("bond0") is None, "a bond was made")
    world.manager("EnsureBond", "bond0", "@a{sv} {}")
    refuses("NoDevice", ensure, "999999")
    equal(world.of_bond("Miimon"), 0)
    ensure(world.link("bond0")["ifindex"])
    equal(world.of_bond("Miimon"), 100)


# TUNSETIFF with IFF_TAP | IFF_NO_PI | IFF_VNET_HDR | IFF_MULTI_QUEUE, no carrier (TUNSETCARRIER), TUNSETPERSIST.
WAITING_TAP = """import fcntl, struct
tun = open("/dev/net/tun", "rb+", buffering=0)
fcntl.ioctl(tun, 0x400454ca, struct.pack("16sH22x", b"bond0", 0x5102))
fcntl.ioctl(tun, 0x400454e2, struct.pack("i", 0))
fcntl.ioctl(tun, 0x400454cb, 1)
"""


def ensured_over_what_is_there(world):
    """A TAP device that waits becomes the bond's; nothing else does, and a refusal leaves all as it was."""
    refuses("Exists", world.manager, "EnsureBond", "eth0", "@a{sv} {}")
    world.server.run(["python3", "-c", WAITING_TAP])
    index = world.link("bond0")["ifindex"]
    for options in ("{'mode': <'9'>}", "{'queues': <0>}", "{'miimon': <-1>}"):
        refuses("InvalidValue", world.manager, "EnsureBond", "bond0", options)
        equal((world.link("bond0")["ifindex"], world.get(ROOT, MANAGER, "Bonds")), (index, []), options)
    refuses("Exists", world.manager, "EnsureBond", "bond0", "{'host': <'veth'>}")
    world.manager("EnsureBond", "bond0", "{'mode': <'active-backup'>, 'miimon': <70>}")
    equal((world.link("bond0")["ifindex"], world.of_bond("Miimon")), (index, 70))
    world.manager("AddPort", "eth0", "bond0")
    world.manager("EnsureBond", "bond0", "{'mode': <'active-backup'>}")
    equal((world.of_bond("Miimon"), world.of_bond("Ports")), (0, ["eth0"]), "what is not named has its default")
    refuses("HasPorts", world.manager, "EnsureBond", "bond0", "{'mode': <'balance-xor'>}")
    equal(world.of_bond("Mode"), "active-backup")
    world.alive()


def every_mode(world):
    for number, mode in enumerate(MODES):
        for spelling in (mode, number):
            world.create(mode=spelling)
            equal(world.of_bond("Mode"), mode)
            world.manager("AddPort", "eth0", "bond0")
            world.manager("RemoveBond", "bond0")


def hostile_names(world):
    for name in ("", ".", "..", "a/b", "a b", "a:b", "../x", "a\nb", "bond%d", "%s%n", "x" * 16, "x" * 20000,
                 "\u202e" * 9):
        refuses("InvalidName", world.manager, "CreateBond", json.dumps(name, ensure_ascii=False), "@a{sv} {}")
        refuses("NoSuchBond", world.manager, "RemoveBond", json.dumps(name, ensure_ascii=False))
        refuses("NoSuchPort", world.manager, "RemovePort", json.dumps(name, ensure_ascii=False))
        refuses("NoConfiguration", world.manager, "IfUp", json.dumps(name, ensure_ascii=False))
        refuses("NoConfiguration", world.manager, "IfDown", json.dumps(name, ensure_ascii=False))
    world.create()
    for name in ("", "a/b", "x" * 20000, "é" * 40, "bond0"):
        quoted = json.dumps(name, ensure_ascii=False)
        refuses("NotPermitted" if name == "bond0" else "NoDevice", world.bond, "AddPort", quoted)
        refuses("NoSuchPort", world.bond, "RemovePort", quoted)
    world.alive()


def hostile_options(world):
    world.create(mode="1", miimon="100")
    refuses("NoSuchOption", world.set, **{f"o{n}": n for n in range(2000)})
    for value in ("x" * 60000, "", "-", "99999999999999999999", "é", "%s%n", "0x10", " "):
        refuses("InvalidValue", world.set, miimon=value)
    refuses("InvalidValue", world.set, primary_reselect="sometimes")
    refuses("NotPermitted", world.set, host="veth")
    for option in ("slaves", "queue_id", "prio", "", "MODE", "mode "):
        try:
            world.set(**{option: "+eth0"})
            raise lab.Failure(f"option {option!r} was taken")
        except Refused as refused:
            need(refused.name.startswith(ERROR), str(refused))
    equal(world.of_bond("Ports"), [])
    equal(world.of_bond("Miimon"), 100)
    refuses("NoSuchOption", world.bond, "GetAttribute", "../../etc/passwd")
    refuses("org.freedesktop.DBus.Error.InvalidArgs", world.busctl_error, "SetOptions", "s", "x")
    world.alive()


def busctl_error(world, method, signature, *args):
    """A call with arguments of the wrong type, which gdbus would not send."""
    done = world.server.run(["dbus-send", "--system", "--print-reply", f"--dest={NAME}", f"{ROOT}/bond0",
                             f"{NAME}.{method}", *(f"string:{a}" for a in args)], check=False)
    found = re.search(r"Error (\S+): (.*)", done.stdout, re.S)
    need(found, f"{method} {signature}: {done.stdout}")
    raise Refused(found.group(1), found.group(2))


World.busctl_error = busctl_error


def unknown_objects(world):
    for path in (f"{ROOT}/nope", f"{ROOT}/bond0/eth0", "/", "/org"):
        try:
            world.call(path, f"{NAME}.GetProcText")
            raise lab.Failure(f"{path} answered")
        except Refused as refused:
            need("Unknown" in refused.name, str(refused))
    refuses("NoSuchBond", world.manager, "AddPort", "eth0", "bond0")
    world.alive()


def apply_leaves_the_host_side(world):
    """A file does not say what the interface is made of: a bond made with host=veth stays so."""
    clear_scripts()
    write_tutorial()
    world.create(mode="active-backup", miimon="50", host="veth")
    index = world.of_bond("IfIndex")
    world.ctl("apply")
    equal((world.of_bond("HostKind"), world.of_bond("IfIndex"), world.of_bond("Miimon")), ("veth", index, 100))
    equal(world.of_bond("Ports"), ["eth0", "eth1"])


def options_at_run_time(world):
    monitor = Monitor(world)
    world.create(mode="active-backup", miimon="100")
    world.set(updelay=250, primary="eth1", num_grat_arp=3)
    equal(world.of_bond("Updelay"), 200)
    equal(world.of_bond("Primary"), "eth1")
    equal(world.of_bond("NumGratArp"), 3)
    need("'updelay': <uint32 200>" in world.bond("GetOptions"), "GetOptions")
    monitor.wait(r"OptionChanged \('primary', '', '', 'eth1', 'option', uint64 \d+, uint64 \d+\)")
    monitor.wait(r"PropertiesChanged \('org.example.Bond', \{.*'Updelay': <uint32 200>")
    for mode in ("802.3ad", "active-backup"):
        world.set(mode=mode)
        equal(world.of_bond("Mode"), mode)
    equal(world.of_bond("Miimon"), 100)
    refuses("WrongMode", world.set, packets_per_slave="5")
    world.server.ip("link set bond0 up")
    lab.wait_for(lambda: world.of_bond("Up"), "the bond to be up")
    refuses("Busy", world.set, mode="balance-rr")
    world.bond("AddPort", "eth0")
    refuses("HasPorts", world.set, fail_over_mac="active")
    monitor.stop()


def attributes_and_text(world):
    world.create(mode="active-backup", miimon="100")
    world.bond("AddPort", "eth0")
    text = world.ctl("proc bond0")
    need(text.startswith("Ethernet Channel Bonding Driver: v"), text)
    need("Currently Active Slave: " in text and "Slave Interface: eth0\n" in text, text)
    equal(world.bond("GetAttribute", "mode"), "('active-backup 1\\n',)")
    names = re.findall(r"'(\w+)'", world.bond("ListAttributes"))
    need({"mode", "miimon", "slaves", "mii_status"} <= set(names), names)
    for name in names:
        world.bond("GetAttribute", name)
    path = f"{ROOT}/bond0/eth0"
    equal(world.call(path, f"{PORT}.GetAttribute", "mii_status"), "('up\\n',)")
    for name in re.findall(r"'(\w+)'", world.call(path, f"{PORT}.ListAttributes")):
        world.call(path, f"{PORT}.GetAttribute", name)
    refuses("NoSuchOption", world.call, path, f"{PORT}.GetAttribute", "nope")


# --- Ports ---


def port_is_given_back(world):
    world.server.ip("link set eth0 mtu 1400")
    world.server.ip("link set eth0 up")
    before = world.link("eth0")
    world.create(mode="active-backup", miimon="100", up="1")
    world.manager("AddPort", "eth1", "bond0")
    world.manager("AddPort", "eth0", "bond0")
    during = world.link("eth0")
    equal(during["address"], world.link("bond0")["address"], "address of the port")
    equal(during["mtu"], 1500, "MTU of the port")
    need("xdp" in during, "no XDP program on the port")
    equal(during["allmulti"], before["allmulti"] + 1, "allmulti")
    equal(world.server.out("sysctl -n net.ipv6.conf.eth0.disable_ipv6").strip(), "1")
    equal(world.of_port("PermanentAddress"), before["address"])
    need(world.of_port("XdpMode") in ("native", "generic"), "no XDP mode")
    world.manager("RemovePort", "eth0")
    after = world.link("eth0")
    for key in ("address", "mtu", "promiscuity", "allmulti"):
        equal(after[key], before[key], key)
    need("UP" in after["flags"], "it was up before")
    need("xdp" not in after, "the XDP program is still there")
    equal(world.server.out("sysctl -n net.ipv6.conf.eth0.disable_ipv6").strip(), "0")


def port_refusals(world):
    world.create(mode="active-backup", miimon="100")
    world.create("bond1")
    world.server.ip("link add br0 type bridge")
    world.server.ip("link set eth1 master br0")
    world.server.ip("link set eth1 up")
    refuses("Busy", world.bond, "AddPort", "eth1")
    need("UP" in world.link("eth1")["flags"], "a refused port was set down")
    refuses("NotPermitted", world.bond, "AddPort", "lo")
    need("UP" in world.link("lo")["flags"], "lo was set down")
    refuses("NotPermitted", world.bond, "AddPort", "bond1")
    refuses("NoDevice", world.bond, "AddPort", "eth9")
    world.bond("AddPort", "eth0")
    message = refuses("Busy", world.manager, "AddPort", "eth0", "bond1")
    need("bond0" in message, message)
    refuses("Busy", world.bond, "AddPort", "eth0")
    refuses("NoSuchPort", world.bond, "RemovePort", "eth1")
    refuses("NoSuchPort", world.manager, "RemovePort", "eth1")
    equal(world.of_bond("Ports"), ["eth0"])


def port_circles(world):
    """What stands on a bond is no port of it, by however many ways."""
    world.create(mode="active-backup", miimon="100")
    world.create("bond1")
    for bridge, bond in ("br0", "bond0"), ("br1", "bond1"):
        world.server.ip(f"link add {bridge} type bridge")
        world.server.ip(f"link set {bond} master {bridge}")
    message = refuses("Busy", world.bond, "AddPort", "br0")
    need("stands on bond0" in message, message)
    need("xdp" not in world.link("br0"), "it was touched")
    world.manager("AddPort", "br0", "bond1")
    message = refuses("Busy", world.bond, "AddPort", "br1")
    need("stands on bond0" in message, message)
    world.bond("AddPort", "eth0")
    equal(world.of_bond("Ports"), ["eth0"])


def port_options(world):
    world.create(mode="active-backup", miimon="100")
    world.bond("AddPort", "eth0")
    world.bond("AddPort", "eth1")
    path = f"{ROOT}/bond0/eth0"
    world.call(path, f"{PORT}.SetQueueId", "2")
    world.ctl("set eth0 prio=-7")
    equal(world.of_port("QueueId"), 2)
    equal(world.of_port("Prio"), -7)
    refuses("NotPermitted", world.call, f"{ROOT}/bond0/eth1", f"{PORT}.SetQueueId", "2")
    refuses("NotPermitted", world.call, path, f"{PORT}.SetQueueId", "17")
    world.call(path, f"{PORT}.Remove")
    equal(world.of_bond("Ports"), ["eth1"])


def carrier_changes(world, name):
    return world.server.run(f"cat /sys/class/net/{name}/carrier_changes").stdout


def released_without_a_flap(world):
    """A device that was up stays up when it leaves: who watches its carrier sees nothing."""
    world.server.ip("link set eth0 up")
    lab.wait_for(lambda: "LOWER_UP" in world.link("eth0")["flags"], "eth0 to have carrier")
    world.create(mode="active-backup", miimon="100")
    for name in ("eth0", "eth1"):
        world.bond("AddPort", name)
    before = carrier_changes(world, "eth0")
    world.bond("RemovePort", "eth0")
    equal(carrier_changes(world, "eth0"), before, "changes of its carrier")
    need("UP" in world.link("eth0")["flags"], "it is down")
    equal(world.link("eth0")["address"], lab.Network.MACS[0])
    world.bond("RemovePort", "eth1")
    need("UP" not in world.link("eth1")["flags"], "eth1 was down before")


def foreign_program(world):
    """Somebody else's XDP program is not replaced."""
    program = "/run/pass.o"
    source = "int pass(void *c){return 2;}\n"
    subprocess.run(["clang", "-target", "bpf", "-O2", "-x", "c", "-c", "-", "-o", program], input=source, text=True,
                   check=True)
    world.server.ip(f"link set eth0 xdp object {program} section .text")
    world.server.ip("link set eth0 up")
    world.create(mode="active-backup", miimon="100")
    refuses("Busy", world.bond, "AddPort", "eth0")
    after = world.link("eth0")
    need("xdp" in after and "UP" in after["flags"], f"eth0 is not as it was: {after}")
    equal(after["address"], lab.Network.MACS[0])
    equal(world.of_bond("Ports"), [])
    world.server.ip("link set eth0 xdp off")
    world.bond("AddPort", "eth0")


# --- What others do to the interfaces ---


def host_is_followed(world):
    world.create(mode="active-backup", miimon="100")
    world.bond("AddPort", "eth0")
    world.bond("AddPort", "eth1")
    world.server.ip("link set bond0 up")
    lab.wait_for(lambda: world.of_bond("Up") and world.of_bond("Carrier"), "the bond to be up")
    world.server.ip("link set bond0 mtu 1400")
    lab.wait_for(lambda: world.of_bond("Mtu") == 1400, "the new MTU")
    equal([world.link(p)["mtu"] for p in ("eth0", "eth1")], [1400, 1400])
    world.server.ip("link set bond0 address 02:00:00:00:00:77")
    lab.wait_for(lambda: world.of_bond("Address") == "02:00:00:00:00:77", "the new address")
    equal([world.link(p)["address"] for p in ("eth0", "eth1")], ["02:00:00:00:00:77"] * 2)
    world.server.ip("link set bond0 down")
    lab.wait_for(lambda: not world.of_bond("Up"), "the bond to be down")
    world.server.ip("link set bond0 name bond-x")
    lab.wait_for(lambda: world.get(ROOT, MANAGER, "Bonds") == ["bond-x"], "the new name")
    equal(world.of_bond("Name", "bond_2dx"), "bond-x")
    equal(world.of_port("Bond", "eth0", "bond_2dx"), "bond-x")
    world.server.ip("link delete bond-x")
    lab.wait_for(lambda: world.get(ROOT, MANAGER, "Bonds") == [], "the bond to be gone")
    equal(world.link("eth0")["address"], lab.Network.MACS[0])
    world.alive()


def mtu_that_no_port_takes(world):
    """All or nothing: what a port refuses is taken back on the interface, too."""
    world.create(mode="active-backup", miimon="100", up="1")
    world.bond("AddPort", "eth0")
    world.server.ip("link set bond0 mtu 65000")
    lab.wait_for(lambda: world.link("bond0")["mtu"] == world.of_bond("Mtu") == world.link("eth0")["mtu"],
                 "one MTU of all")
    world.alive()


def devices_come_and_go(world):
    monitor = Monitor(world)
    world.create(mode="active-backup", miimon="100", up="1")
    world.bond("AddPort", "eth0")
    world.bond("AddPort", "eth1")
    world.server.ip("link set eth0 down")
    lab.wait_for(lambda: world.of_bond("ActivePort") == "eth1", "eth1 to take over")
    world.server.ip("link set eth0 name lan0")
    lab.wait_for(lambda: world.of_bond("Ports") == ["lan0", "eth1"], "the new name")
    equal(world.of_port("Name", "lan0"), "lan0")
    world.server.ip("link delete eth1")
    lab.wait_for(lambda: world.of_bond("Ports") == ["lan0"], "eth1 to be gone")
    monitor.wait(r"PortRemoved \('eth1', 'released', uint64 \d+, uint64 \d+\)")
    equal(world.of_bond("ActivePort"), "")
    world.server.ip("link set lan0 up")
    lab.wait_for(lambda: world.of_bond("ActivePort") == "lan0", "lan0 to be active")
    monitor.stop()
    world.alive()


def failover_is_told(world):
    monitor = Monitor(world)
    world.create(mode="active-backup", miimon="100", up="1")
    world.bond("AddPort", "eth0")
    world.bond("AddPort", "eth1")
    world.server.ip(f"addr add {lab.Network.SERVER}/24 dev bond0")
    ping = lab.Ping(world.server, lab.Network.CLIENT, interval=0.02)
    time.sleep(0.5)
    world.network.cut(0)
    found = monitor.wait(r"FailoverCompleted \('eth0', 'eth1', 'carrier', uint64 (\d+), uint64 (\d+), uint64 (\d+)\)")
    monitor.wait(r"PeersNotified \('eth1', uint64 \d+\)")
    seen, swapped, frame = (int(n) for n in found.groups())
    need(seen <= swapped <= frame, f"the times are out of order: {found.group(0)}")
    need(0 < time.monotonic_ns() - frame < 60e9, "the times are not monotonic ones")
    monitor.wait(r"ActivePortChanged \('eth0', 'eth1', 'carrier', uint64 \d+, uint64 \d+\)")
    monitor.wait(r"PortLinkChanged \('eth0', 'up', 'down', 'carrier', uint64 \d+, uint64 \d+\)")
    monitor.wait(r"PropertiesChanged \('org.example.Bond', \{.*'ActivePort': <'eth1'>")
    equal(world.of_port("LinkFailureCount"), 1)
    equal(world.of_port("State", "eth1"), "active")
    world.network.cut(1)
    monitor.wait(r"CarrierChanged \(true, false, 'carrier', uint64 \d+, uint64 \d+\)")
    world.network.mend(0)
    monitor.wait(r"ActivePortChanged \('', 'eth0', 'carrier', uint64 \d+, uint64 \d+\)")
    world.network.mend(1)
    lab.wait_for(lambda: world.of_port("Link", "eth1") == "up", "eth1 to be up")
    world.bond("SetActivePort", "eth1")
    equal(world.of_bond("ActivePort"), "eth1")
    monitor.wait(r"ActivePortChanged \('eth0', 'eth1', 'option', uint64 \d+, uint64 \d+\)")
    ping.finish()
    monitor.stop()


def peers_are_told(world):
    """After a failover the new port says where all addresses live now, VLANs included, and which groups are joined."""
    server, switch = world.server, world.network.switch
    world.create(mode="active-backup", miimon="100", up="1")
    world.bond("AddPort", "eth0")
    world.bond("AddPort", "eth1")
    server.ip("addr add 172.20.43.110/24 dev bond0")
    server.ip("addr add 2001:db8:43::110/64 dev bond0 nodad")
    # Not every kernel of a test machine has VLAN devices.
    vlan = server.run("ip link add link bond0 name bond0.5 type vlan id 5", check=False).returncode == 0
    if vlan:
        server.ip("link set bond0.5 up")
        server.ip("addr add 10.5.0.1/24 dev bond0.5")
        server.ip("addr add 2001:db8:5::1/64 dev bond0.5 nodad")
    server.ip("addr add 239.1.2.3/32 dev bond0 autojoin")
    capture = lab.capture(switch, "-e -i sw1")
    world.network.cut(0)
    lab.wait_for(lambda: world.of_bond("ActivePort") == "eth1", "the failover")
    mac = lab.Network.MACS[0]
    frames = [rf"{mac} > ff:ff:ff:ff:ff:ff, ethertype ARP .* who-has 172\.20\.43\.110 .*tell 172\.20\.43\.110",
              rf"{mac} > 33:33:00:00:00:01, ethertype IPv6 .* neighbor advertisement, tgt is 2001:db8:43::110",
              rf"{mac} > 01:00:5e:\S+, ethertype IPv4 .* igmp v[23] report"]
    if vlan:
        frames += [rf"{mac} > ff:ff:ff:ff:ff:ff, ethertype 802\.1Q .* vlan 5, .* who-has 10\.5\.0\.1",
                   rf"{mac} > 33:33:00:00:00:01, ethertype 802\.1Q .* vlan 5, .* advertisement, tgt is 2001:db8:5::1"]
    for frame in frames:
        capture.wait(frame)
    capture.stop()


def counters(world):
    world.create(mode="active-backup", miimon="100", up="1")
    world.bond("AddPort", "eth0")
    world.server.ip(f"addr add {lab.Network.SERVER}/24 dev bond0")
    ping = f"ping -c 1 -W 1 {lab.Network.SERVER}"
    lab.wait_for(lambda: world.network.client.run(ping, check=False).returncode == 0, "a ping")
    before = world.of_bond("RxPackets"), world.of_bond("TxPackets"), world.of_bond("TxBytes")
    world.network.client.run(f"ping -q -i 0.01 -c 20 {lab.Network.SERVER}")

    def counted():
        return world.of_bond("RxPackets"), world.of_bond("TxPackets"), world.of_bond("TxBytes")

    lab.wait_for(lambda: all(b - a >= 20 for a, b in zip(before, counted())), f"20 more than {before}, not {counted()}")
    after = counted()
    need(after[2] - before[2] >= 20 * 98, "bytes")
    need(world.of_port("TxPackets") >= 20, "packets of the port")
    need(set(world.of_bond("Drops")) >= {"no-port", "tx-full", "malformed"}, "causes")
    # kernel-semantics 26: the bond's own count outlives its ports, a port that comes again counts anew.
    world.bond("RemovePort", "eth0")
    gone = world.of_bond("TxPackets")
    need(gone >= after[1], f"{gone} packets after the port left, {after[1]} before")
    world.bond("AddPort", "eth0")
    need(world.of_bond("TxPackets") >= gone and world.of_port("TxPackets") < gone, "counts of a new port")


# --- Configuration ---

SCRIPTS = "/etc/sysconfig/network-scripts"


def write(name, text):
    os.makedirs(SCRIPTS, exist_ok=True)
    pathlib.Path(SCRIPTS, name).write_text(text, encoding="utf-8")


def write_tutorial(options="mode=1 miimon=100", extra=""):
    write("ifcfg-bond0", "DEVICE=bond0\nONBOOT=yes\nMASTER=yes\nIPADDR=172.20.43.110\nNETMASK=255.255.255.0\n"
                         f"GATEWAY=172.20.43.1\nBONDING_OPTS=\"{options}\"\nTYPE=Ethernet\n{extra}")
    for port in ("eth0", "eth1"):
        write(f"ifcfg-{port}", f"DEVICE={port}\nTYPE=Ethernet\nONBOOT=yes\nNM_CONTROLLED=no\nMASTER=bond0\nSLAVE=yes\n")


def clear_scripts():
    for path in pathlib.Path(SCRIPTS).glob("*"):
        path.unlink()


def state(world):
    """All that apply may change, for comparison, when nothing changes any more by itself."""
    return lab.settled(lambda: look(world))


def look(world):
    text = world.call(ROOT, "org.freedesktop.DBus.ObjectManager.GetManagedObjects")
    text = re.sub(r"'(Rx|Tx)\w+': <uint64 \d+>|'Drops': <\{[^}]*\}>|'LastFailover': <uint64 \d+>", "", text)
    return text, world.server.out("ip -o addr show dev bond0"), world.server.out("ip route")


def apply_is_idempotent(world):
    clear_scripts()
    write_tutorial(extra="MTU=1400\n")
    need("created" in world.ctl("apply"), "nothing was made")
    lab.wait_for(lambda: world.of_bond("Carrier"), "carrier")
    equal(world.of_bond("Ports"), ["eth0", "eth1"])
    equal(world.link("eth1")["mtu"], 1400)
    need("172.20.43.110/24" in world.server.out("ip addr show dev bond0"), "no address")
    need("default via 172.20.43.1 dev bond0" in world.server.out("ip route"), "no route")
    before, index = state(world), world.of_bond("IfIndex")
    need("nothing was changed" in world.ctl("apply"), "the second apply did something")
    equal(state(world), before)
    write_tutorial("mode=1 miimon=50 primary=eth1", "IPADDR2=172.20.43.111\nPREFIX2=24\n")
    out = world.ctl("apply")
    equal((world.of_bond("Miimon"), world.of_bond("Primary"), world.of_bond("ActivePort")), (50, "eth1", "eth1"), out)
    equal(world.of_bond("IfIndex"), index, "it was made anew")
    need("172.20.43.111/24" in world.server.out("ip addr show dev bond0"), "no second address")
    write_tutorial()
    world.ctl("apply")
    equal((world.of_bond("Miimon"), world.of_bond("Primary")), (100, ""))
    need("172.20.43.111/24" not in world.server.out("ip addr show dev bond0"), "the second address stayed")
    write_tutorial("mode=balance-xor miimon=100")
    world.ctl("apply")
    equal((world.of_bond("Mode"), world.of_bond("Ports")), ("balance-xor", ["eth0", "eth1"]))
    pathlib.Path(SCRIPTS, "ifcfg-eth1").unlink()
    world.ctl("apply")
    equal(world.of_bond("Ports"), ["eth0"])
    clear_scripts()
    world.ctl("apply")
    equal(world.get(ROOT, MANAGER, "Bonds"), [])
    equal(world.link("eth0")["address"], lab.Network.MACS[0])


def broken_files_change_nothing(world):
    clear_scripts()
    write_tutorial()
    world.ctl("apply")
    lab.wait_for(lambda: world.of_bond("Carrier"), "carrier")
    before = state(world)
    for options in ("mode=1 miimon=100 arp_interval=100 arp_ip_target=1.2.3.4 host=tun",):
        write_tutorial(options)
        out = world.ctl("check", 1)
        need("error" in out, out)
        out = world.ctl("apply", 1)
        need("nothing was changed" in out and "ifcfg-bond0" in out, out)
        equal(state(world), before)
    write_tutorial(extra="IPADDR1=\"unterminated\n")
    pathlib.Path(SCRIPTS, "ifcfg-eth0").write_bytes(bytes(range(256)) * 40)
    done = world.daemon.ctl("check", check=False)
    need(done.returncode in (0, 1) and "ifcfg-eth0" in done.stdout, done.stdout)
    clear_scripts()
    write_tutorial()
    need("nothing was changed" in world.ctl("apply"), "the good files changed something")
    refuses("ConfigUnreadable", world.manager, "Apply", "/nonexistent", "''")
    refuses("ConfigUnreadable", world.manager, "Apply", "relative", "''")
    refuses("ConfigUnreadable", world.manager, "Check", "/etc/passwd", "''")
    equal(state(world), before)


def a_missing_port_is_told(world):
    clear_scripts()
    write_tutorial()
    write("ifcfg-eth7", "DEVICE=eth7\nTYPE=Ethernet\nONBOOT=yes\nMASTER=bond0\nSLAVE=yes\n")
    write("ifcfg-bond5", "DEVICE=bond5\nTYPE=Bond\nONBOOT=no\nBONDING_OPTS=\"mode=1 miimon=100\"\n")
    out = world.ctl("apply", 1)
    need("eth7" in out and "skipped" in out, out)
    equal(world.of_bond("Ports"), ["eth0", "eth1"])
    equal(world.get(ROOT, MANAGER, "Bonds"), ["bond0"])
    world.ctl("ifup bond5")
    equal(world.get(ROOT, MANAGER, "Bonds"), ["bond0", "bond5"])
    world.ctl("ifup eth7", 4)


def ifup_and_ifdown(world):
    clear_scripts()
    world.ctl("ifup eth0", 4)
    write_tutorial()
    world.ctl("apply")
    world.ctl("ifdown eth0")
    equal(world.of_bond("Ports"), ["eth1"])
    need("UP" not in world.link("eth0")["flags"], "eth0 is up")
    equal(world.link("eth0")["address"], lab.Network.MACS[0])
    world.ctl("ifup eth0")
    world.ctl("ifup eth0")
    equal(world.of_bond("Ports"), ["eth1", "eth0"])
    world.ctl("ifdown bond0")
    equal((world.of_bond("Ports"), world.of_bond("Up")), ([], False))
    need("172.20.43.110" not in world.server.out("ip addr show dev bond0"), "the address stayed")
    world.ctl("ifup bond0")
    equal((world.of_bond("Ports"), world.of_bond("Up")), (["eth0", "eth1"], True))
    need("172.20.43.110/24" in world.server.out("ip addr show dev bond0"), "no address")
    lab.wait_for(lambda: "default via 172.20.43.1" in world.server.out("ip route"), "the route")
    world.ctl("delete bond0")
    world.ctl("ifup eth1")
    equal(world.of_bond("Ports"), ["eth1"])
    world.ctl("ifdown nope", 4)


# --- Clients and life ---


def two_clients(world):
    """Of two that want the same at once, one gets it; both see what happens."""
    monitors = [Monitor(world), Monitor(world)]
    for number in range(5):
        name = f"bond{number}"
        clients = [world.server.start([lab.BONDCTL, "create", name, "mode=active-backup"]) for _ in range(3)]
        codes = sorted(client.wait(LIMIT) for client in clients)
        equal(codes, [0, 1, 1], name)
    clients = [world.server.start([lab.BONDCTL, "add", "eth0", f"bond{n}"]) for n in range(5)]
    equal(sorted(client.wait(LIMIT) for client in clients), [0, 1, 1, 1, 1], "add")
    for monitor in monitors:
        monitor.wait(rf"InterfacesAdded \(objectpath '{ROOT}/bond4'")
        monitor.wait(r"PortAdded \('eth0'")
        monitor.stop()
    world.alive()


STORM = ("create bond0 mode=1 miimon=10 up=1", "create bond1 mode=0 miimon=100 host=veth up=1", "delete bond0",
         "delete bond1", "add eth0 bond0", "add eth1 bond0", "add eth0 bond1", "remove eth0", "remove eth1", "apply",
         "ifdown eth0", "ifup eth0", "ifdown bond0", "ifup bond0", "activate eth1", "set bond0 primary=eth1",
         "set bond0 fail_over_mac=follow", "show", "proc bond0")


def storm_of_links(world, end):
    """What administrators and cables do, all of it too often."""
    dice = random.Random(9)
    server, switch = world.server, world.network.switch
    while time.monotonic() < end:
        port = dice.randrange(2)
        for host, command in ((switch, f"link set sw{port} down"), (switch, f"link set sw{port} up"),
                              (server, f"link set eth{port} {dice.choice(('up', 'down'))}"),
                              (server, f"link set bond0 mtu {dice.choice((1400, 1500, 3000))}"),
                              (server, f"link set bond0 address 02:00:00:00:00:{dice.randrange(10, 99)}"),
                              (server, f"link set bond0 {dice.choice(('up', 'down'))}")):
            host.run(f"ip {command}", check=False)
            time.sleep(0.01)
        if dice.randrange(4) == 0:
            server.run("ip link delete bond0", check=False)


def storm(world):
    """Clients and links that do everything at once: nothing hangs, nothing breaks, all is given back."""
    clear_scripts()
    write_tutorial()
    end = time.monotonic() + 8
    codes = set()

    def client(seed):
        dice = random.Random(seed)
        while time.monotonic() < end:
            codes.add(world.daemon.ctl(dice.choice(STORM), check=False).returncode)

    threads = [threading.Thread(target=client, args=(seed,)) for seed in range(3)]
    threads.append(threading.Thread(target=storm_of_links, args=(world, end)))
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    need(codes <= {0, 1, 4}, f"exit codes of bondctl: {codes}")
    world.alive()
    for bond in world.get(ROOT, MANAGER, "Bonds"):
        world.ctl(f"delete {bond}")
    equal(world.daemon.stop(), 0)
    for name, mac in zip(("eth0", "eth1"), lab.Network.MACS):
        equal(world.link(name)["address"], mac)
        need("xdp" not in world.link(name), f"a program is left on {name}")
    need("CRITICAL" not in world.daemon.log_text(), "a critical message")


def only_root_changes(world):
    user = ["setpriv", "--reuid", "65534", "--regid", "65534", "--clear-groups"]
    world.create(mode="active-backup", miimon="100")
    world.bond("AddPort", "eth0")
    denied = "org.freedesktop.DBus.Error.AccessDenied"
    for method, args in (("CreateBond", ("bond1", "@a{sv} {}")), ("RemoveBond", ("bond0",)),
                         ("AddPort", ("eth1", "bond0")), ("RemovePort", ("eth0",)), ("IfUp", ("eth0",)),
                         ("IfDown", ("eth0",)), ("Apply", ("''", "''")), ("Check", ("''", "''"))):
        refuses(denied, world.manager, method, *args, prefix=user)
    for method, args in (("SetOptions", ("@a{sv} {}",)), ("SetActivePort", ("eth0",)), ("AddPort", ("eth1",)),
                         ("RemovePort", ("eth0",))):
        refuses(denied, world.call, f"{ROOT}/bond0", f"{NAME}.{method}", *args, prefix=user)
    for method, args in (("SetQueueId", ("1",)), ("SetPrio", ("1",)), ("Remove", ())):
        refuses(denied, world.call, f"{ROOT}/bond0/eth0", f"{PORT}.{method}", *args, prefix=user)
    for path, interface, prop, value in (("bond0", NAME, "Miimon", "<uint32 50>"), ("bond0/eth0", PORT, "Prio", "<1>")):
        refuses(denied, world.call, f"{ROOT}/{path}", "org.freedesktop.DBus.Properties.Set", interface, prop, value,
                prefix=user)
    world.call(f"{ROOT}/bond0", f"{NAME}.GetHistory", "0", "0", prefix=user)
    equal(world.of_bond("Miimon"), 100)
    objects = world.call(ROOT, "org.freedesktop.DBus.ObjectManager.GetManagedObjects", prefix=user)
    need("active-backup" in objects, objects)
    need("Bonding Mode" in world.call(f"{ROOT}/bond0", f"{NAME}.GetProcText", prefix=user), "text")
    world.manager("ListOptions", prefix=user)
    done = world.server.run([*user, lab.BONDCTL, "delete", "bond0"], check=False)
    equal(done.returncode, 5, done.stdout)
    need("root" in done.stdout, done.stdout)
    equal(world.server.run([*user, lab.BONDCTL, "show"], check=False).returncode, 0)
    equal(world.of_bond("Ports"), ["eth0"])


def exit_codes(world):
    world.create(mode="active-backup", miimon="100")
    for arguments, code in (("", 0), ("list", 0), ("show", 0), ("show bond0", 0), ("status", 0), ("show nope", 4),
                            ("proc nope", 4), ("proc", 2), ("create", 2), ("create bond1 mode", 2), ("create bond0", 1),
                            ("create bond1 mode=9", 1), ("create bond1 nope=9", 4), ("add eth9 bond0", 4),
                            ("add eth0", 2),
                            ("add eth0 nope", 4), ("remove eth0", 4), ("activate eth0", 4), ("set bond0 miimon=50", 0),
                            ("set bond0 miimon=x", 1), ("set bond0", 2), ("set nope a=b", 4), ("options", 0),
                            ("options mode", 0), ("options num_unsol_na", 0), ("options nope", 4), ("frobnicate", 2),
                            ("--frobnicate", 2), ("--help", 0), ("--version", 0), ("delete bond0", 0),
                            ("delete bond0", 4),
                            ("check /nonexistent", 1), ("show a b", 2)):
        world.ctl(arguments, code)
    equal(world.ctl("set bond0 miimon=x", 4).count("\n"), 1)
    commands = re.findall(r"^  ([a-z]+) ", world.ctl("--help"), re.M)
    need({"show", "proc", "create", "delete", "add", "remove", "set", "activate", "ifup", "ifdown", "apply", "check",
          "monitor", "options"} <= set(commands), commands)
    for command in commands:
        need(f"Usage: bondctl {command}" in world.ctl(f"{command} --help"), command)
    equal(world.daemon.stop(), 0)
    for arguments in ("show", "create bond0", "monitor"):
        need("not running" in world.ctl(arguments, 3), arguments)


def monitor_prints(world):
    out = Printed(world)
    world.ctl("create bond0 mode=1 miimon=100 up=1")
    world.ctl("add eth0 bond0")
    world.ctl("add eth1 bond0")
    world.network.cut(0)
    lab.wait_for(lambda: world.of_bond("ActivePort") == "eth1", "the failover")
    for line in (r"bond0: created", r"bond0: eth0 is a port now", r"bond0: the link of eth0 is down \(carrier\)",
                 r"bond0: eth1 is active instead of eth0 \(carrier\)", r"bond0: failover to eth1 done: plan after"):
        out.wait(rf"^\d\d:\d\d:\d\d\.\d{{6}} {line}")
    out.stop()
    equal(out.process.returncode, 0)


def delete_gives_everything_back(world):
    world.server.ip("link set eth0 up")
    before = [world.link(p) for p in ("eth0", "eth1")]
    world.ctl("create bond0 mode=1 miimon=100 fail_over_mac=active up=1")
    world.ctl("create bond1 mode=0 miimon=100 host=veth up=1")
    world.ctl("add eth0 bond0")
    world.ctl("add eth1 bond1")
    world.server.ip("addr add 10.9.0.1/24 dev bond0")
    world.ctl("delete bond0")
    world.ctl("delete bond1")
    equal(world.daemon.stop(), 0)
    for name, was in zip(("eth0", "eth1"), before):
        now = world.link(name)
        for key in ("address", "mtu", "promiscuity"):
            equal(now[key], was[key], f"{key} of {name}")
        equal("UP" in now["flags"], "UP" in was["flags"], f"state of {name}")
        need("xdp" not in now, f"a program is left on {name}")
    need(world.link("bond0") is None and world.link("bond1") is None, "an interface is left")


def one_daemon_only(world):
    world.create()
    second = world.server.run([lab.BONDD], check=False, timeout=LIMIT)
    equal(second.returncode, 1, second.stdout)
    need(NAME in second.stdout, second.stdout)
    equal(world.get(ROOT, MANAGER, "Bonds"), ["bond0"])
    equal(world.server.run([lab.BONDD, "--nonsense"], check=False).returncode, 2)
    equal(world.server.run([lab.BONDD, "--version"], check=False).returncode, 0)


def readiness_is_told(world):
    equal(world.daemon.stop(), 0)
    path = "/run/notify"
    with socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM) as listener:
        listener.bind(path)
        listener.settimeout(LIMIT)
        daemon = world.server.start(["env", f"NOTIFY_SOCKET={path}", str(lab.BONDD)])
        # Before it there may be a word of how it goes.
        while (said := listener.recv(100)) != b"READY=1":
            equal(said, b"STATUS=no bonds")
        need(world.server.run([lab.BONDCTL, "list"], check=False).returncode == 0, "it does not answer")
        daemon.terminate()
        equal(listener.recv(100), b"STOPPING=1")
        equal(daemon.wait(LIMIT), 0)
    os.unlink(path)


def bus_that_dies(world):
    """Without a bus the daemon ends, and its bonds stay for the next."""
    equal(world.daemon.stop(), 0)
    daemon = lab.Daemon(world.server, log="/run/bondd.second.log")
    world.ctl("create bond0 mode=1 miimon=100")
    world.ctl("add eth0 bond0")
    subprocess.run(["sh", "-c", "kill $(pidof dbus-daemon)"], check=True)
    equal(daemon.process.wait(LIMIT), 1)
    daemon.log.close()
    equal(world.link("eth0")["address"], lab.Network.MACS[0])
    need(world.link("bond0") is not None, "bond0 is gone")
    need("xdp" not in world.link("eth0"), "nobody keeps the program, and it is there")


CASES = (introspection_equals_xml, introspection_is_readable, object_manager, names_are_escaped, create_and_remove,
         create_refusals, ensured_on_its_interface_only, ensured_over_what_is_there, every_mode, hostile_names, hostile_options, unknown_objects,
         options_at_run_time, attributes_and_text,
         port_is_given_back, released_without_a_flap, port_refusals, port_circles, port_options, foreign_program,
         host_is_followed,
         mtu_that_no_port_takes, devices_come_and_go, failover_is_told, peers_are_told, counters, apply_is_idempotent,
         broken_files_change_nothing, apply_leaves_the_host_side, a_missing_port_is_told, ifup_and_ifdown,
         two_clients, storm, only_root_changes, exit_codes, monitor_prints, delete_gives_everything_back, one_daemon_only,
         readiness_is_told, bus_that_dies)


def main():
    cases = tap.Cases()
    if "--list" not in sys.argv:
        lab.enter()
    for function in CASES:
        cases.add(function.__name__.replace("_", "-"), case(function))
    return cases.main()


sys.exit(main())
