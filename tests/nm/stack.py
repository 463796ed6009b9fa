#!/usr/bin/env python3
# SPDX-License-Identifier: LGPL-2.1-or-later
"""What stands on a bond of NetworkManager: DHCP, IPv6, a bridge, VLANs, another MTU: stack.py [CASE…]."""

import os
import pathlib
import re
import sys

HERE = pathlib.Path(__file__).resolve().parent
sys.path.insert(0, str(HERE))

import stock  # noqa: E402
import world as nm  # noqa: E402
from world import PORTS, SERVER, dnsmasq, equal, need, wait_for  # noqa: E402


def addresses(family, device="bond0"):
    return stock.run("ip", f"-{family}", "-brief", "address", "show", "dev", device, "scope", "global").stdout


# --- Addresses from the network ---


def dhcp_gives_the_address(world):
    with dnsmasq("--dhcp-range=192.0.2.50,192.0.2.60,1h", "--dhcp-option=3,192.0.2.1", "--dhcp-authoritative",
                 "--no-ping"):
        world.add_bond("mode=active-backup,miimon=100", "ipv4.method", "auto", "ipv4.addresses", "")
        world.wait_connected()
        need(re.search(r"192\.0\.2\.5\d/24|192\.0\.2\.60/24", addresses(4)), addresses(4))
        need("default via 192.0.2.1" in stock.run("ip", "route").stdout, "there is no default route")
        need("ip_address" in world.nmcli("-f", "DHCP4", "device", "show", "bond0"), "nmcli does not show the lease")
        world.must_ping()
        # The lease outlives the port it came by.
        before = addresses(4)
        world.nmcli("connection", "down", f"port-{world.bondd.bond()['active_port']}")
        world.must_ping()
        equal(addresses(4), before, "addresses after the failover")


def router_advertisements_give_the_address(world):
    stock.run("ip", "-n", "switch", "address", "add", "2001:db8::1/64", "dev", "br0", "nodad")
    try:
        with dnsmasq("--enable-ra", "--dhcp-range=2001:db8::,ra-only", "--ra-param=br0,4"):
            world.add_bond("mode=active-backup,miimon=100", "ipv6.method", "auto", "ipv6.may-fail", "no",
                           "ipv6.addr-gen-mode", "eui64")
            world.wait_connected()
            wait_for(lambda: "2001:db8::" in addresses(6), "an address by autoconfiguration")
            wait_for(lambda: stock.run("ping", "-n", "-c", "1", "-W", "1", "2001:db8::1", check=False).returncode == 0,
                     "an answer by IPv6")
    finally:
        stock.run("ip", "-n", "switch", "address", "del", "2001:db8::1/64", "dev", "br0")


def static_ipv6_works(world):
    stock.run("ip", "-n", "switch", "address", "add", "2001:db8::1/64", "dev", "br0", "nodad")
    try:
        world.add_bond("mode=balance-rr,miimon=100", "ipv6.method", "manual", "ipv6.addresses", "2001:db8::2/64")
        world.wait_connected()
        wait_for(lambda: "2001:db8::2/64" in addresses(6), "the address")
        wait_for(lambda: stock.run("ping", "-n", "-c", "1", "-W", "1", "2001:db8::1", check=False).returncode == 0,
                 "an answer by IPv6")
    finally:
        stock.run("ip", "-n", "switch", "address", "del", "2001:db8::1/64", "dev", "br0")


# --- Devices above the bond ---


def a_bridge_above_the_bond(world):
    world.nmcli("connection", "add", "type", "bridge", "ifname", "above", "con-name", "above", "bridge.stp", "no",
                "ipv4.method", "manual", "ipv4.addresses", f"{SERVER}/24", "ipv6.method", "disabled")
    world.nmcli("connection", "add", "type", "bond", "ifname", "bond0", "con-name", "bond0", "bond.options",
                "mode=active-backup,miimon=100", "master", "above", "slave-type", "bridge")
    for port in PORTS:
        world.nmcli("connection", "add", "type", "ethernet", "ifname", port, "con-name", f"port-{port}", "master",
                    "bond0", "slave-type", "bond")
    world.wait_connected()
    wait_for(lambda: world.state("above") == "bridge connected", "the bridge to be connected")
    equal(os.path.basename(os.readlink("/sys/class/net/bond0/master")), "above", "what bond0 is a port of")
    world.must_ping()
    active = world.bondd.bond()["active_port"]
    world.cut(int(active[-1]))
    wait_for(lambda: world.bondd.bond()["active_port"] not in (active, None, ""), "the other port to take over")
    world.must_ping()
    world.cut(int(active[-1]), "up")
    world.nmcli("connection", "delete", "above")
    wait_for(lambda: world.state("above") is None, "the bridge to go")


def a_vlan_above_the_bond(world):
    """With a kernel that has them it works; without, that profile alone fails, and says so."""
    able = stock.run("ip", "link", "add", "link", "lo", "name", "probe", "type", "vlan", "id", "3", check=False)
    if able.returncode == 0:
        stock.run("ip", "link", "delete", "probe")
    world.add_bond()
    world.wait_connected()
    world.nmcli("connection", "add", "type", "vlan", "ifname", "bond0.7", "con-name", "vlan7", "dev", "bond0", "id", "7",
                "autoconnect", "no", "ipv4.method", "manual", "ipv4.addresses", "198.51.100.2/24", "ipv6.method",
                "disabled")
    text = world.nmcli("connection", "up", "vlan7", check=False)
    if able.returncode == 0:
        equal(world.state("bond0.7"), "vlan connected", text)
    else:
        need("rror" in text, f"it was activated: {text}")
    equal(world.state(), "bond connected")
    world.must_ping()
    world.nmcli("connection", "delete", "vlan7")


def ports_come_with_the_bond(world):
    """autoconnect-slaves: the bond's `up` brings those up that do not come by themselves."""
    world.add_bond("mode=active-backup,miimon=100", "connection.autoconnect", "no", "connection.autoconnect-slaves", "1")
    for port in PORTS:
        world.nmcli("connection", "modify", f"port-{port}", "connection.autoconnect", "no")
    world.nmcli("connection", "down", "bond0", check=False)
    wait_for(lambda: world.state("eth0") == "ethernet disconnected", "the ports to be free")
    world.nmcli("connection", "up", "bond0")
    world.wait_connected()
    world.must_ping()


def the_mtu_changes_while_it_runs(world):
    world.add_bond("mode=active-backup,miimon=100", "ethernet.mtu", "1450")
    world.wait_connected()
    for mtu in (1400, 1500):
        world.nmcli("connection", "modify", "bond0", "ethernet.mtu", str(mtu))
        world.nmcli("device", "reapply", "bond0")
        wait_for(lambda mtu=mtu: [port["mtu"] for port in world.bondd.bond()["ports"]] == [mtu, mtu], f"MTU {mtu}")
        world.must_ping()


CASES = (dhcp_gives_the_address, router_advertisements_give_the_address, static_ipv6_works, a_bridge_above_the_bond,
         a_vlan_above_the_bond, ports_come_with_the_bond, the_mtu_changes_while_it_runs)

sys.exit(nm.play(CASES))
