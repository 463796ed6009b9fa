#!/usr/bin/env python3
# SPDX-License-Identifier: LGPL-2.1-or-later
"""Where the kernel has the bonding driver and VLANs: which engine a bond gets, VLANs above bondd's: vlan.py [CASE…].

The kernel that tests run on may have neither, so tests/peers/in-machine runs it.
"""

import contextlib
import os
import pathlib
import sys

HERE = pathlib.Path(__file__).resolve().parent
sys.path.insert(0, str(HERE))

import stock  # noqa: E402
import world as nm  # noqa: E402
from world import CLIENT, PORTS, equal, wait_for  # noqa: E402

MORE_PORTS = ("eth2", "eth3")
# The far ends, by what they are reached through.
BOND1_CLIENT, VLAN_CLIENT = "203.0.113.1", "198.51.100.1"
VLAN = "bond0.10"
CONFIGURATION = pathlib.Path("/etc/NetworkManager/conf.d/bondd.conf")
# Ports by keyfiles, and one command that reads them: every process takes a second here.
PORT = """[connection]
id=port-{port}
type=ethernet
interface-name={port}
master={bond}
slave-type=bond
"""
BOND1 = """[connection]
id=bond1
type=bond
interface-name=bond1
[bond]
mode=balance-xor
miimon=100
[ipv4]
method=manual
address1=203.0.113.2/24
[ipv6]
method=disabled
[user]
org.example.bond.engine={engine}
"""


class Machine(nm.World):
    """Four cables; the switch has an address in VLAN 10, and says so there only."""

    def __init__(self, manager):
        super().__init__(manager)
        for port in MORE_PORTS:
            self.plug_in(port)
        for line in (f"addr add {BOND1_CLIENT}/24 dev br0", "link add link br0 name br0.10 type vlan id 10",
                     f"addr add {VLAN_CLIENT}/24 dev br0.10", "link set br0.10 up"):
            stock.run("ip", "-n", "switch", *line.split())
        stock.run("ip", "netns", "exec", "switch", "sysctl", "-qw", "net.ipv4.conf.all.arp_ignore=1")
        writable_devices()

    def states(self):
        """TYPE and STATE of each device, by its name."""
        lines = self.nmcli("-t", "-f", "DEVICE,TYPE,STATE", "device").splitlines()
        return {name: f"{kind} {state}" for name, kind, state, *_ in (line.split(":") for line in lines)}

    def wait_states(self, wanted):
        """Until these devices have these states; None: there is no such device."""
        def are_so():
            seen = self.states()
            return all(seen.get(device) == state for device, state in wanted.items())

        wait_for(are_so, f"the devices to be {wanted}")

    def clear(self):
        profiles = [line.split(":") for line in self.nmcli("-t", "-f", "UUID,TYPE", "connection").splitlines()]
        self.nmcli("connection", "delete", *(uuid for uuid, kind in profiles if kind != "loopback"), check=False)
        self.wait_states({"bond0": None, "bond1": None, VLAN: None,
                          **dict.fromkeys(PORTS + MORE_PORTS, "ethernet disconnected")})
        wait_for(lambda: self.bondd.ports() is None and self.bondd.ports("bond1") is None, "the bonds to go")

    def configure(self, engine):
        """The administrator's word for all profiles that have none of their own."""
        text = f"[bondd]\nengine={engine}\n"
        if not CONFIGURATION.exists() or CONFIGURATION.read_text(encoding="utf-8") != text:
            CONFIGURATION.parent.mkdir(exist_ok=True)
            CONFIGURATION.write_text(text, encoding="utf-8")
            self.restart_manager()

    def two_bonds(self, bond0, bond1):
        """bond0 of nmcli, which is to be on the engine that nobody has chosen for it; bond1, which says which."""
        write_profile("bond1", BOND1.format(engine=bond1))
        for port in PORTS + MORE_PORTS:
            write_profile(port, PORT.format(port=port, bond="bond0" if port in PORTS else "bond1"))
        self.nmcli("connection", "reload")
        self.add_bond(ports=())
        self.wait_states(dict.fromkeys(("bond0", "bond1"), "bond connected"))
        self.wait_bond("bond0", PORTS, bond0)
        self.wait_bond("bond1", MORE_PORTS, bond1)
        self.must_ping_to(CLIENT)
        self.must_ping_to(BOND1_CLIENT)

    def bond_with_vlan(self, options):
        self.configure("bondd")
        for port in PORTS:
            write_profile(port, PORT.format(port=port, bond="bond0"))
        self.nmcli("connection", "reload")
        self.add_bond(options, ports=())
        self.nmcli("connection", "add", "type", "vlan", "ifname", VLAN, "con-name", VLAN, "dev", "bond0", "id", "10",
                   "ipv4.method", "manual", "ipv4.addresses", "198.51.100.2/24", "ipv6.method", "disabled")
        self.wait_states({"bond0": "bond connected", VLAN: "vlan connected"})
        self.wait_bond("bond0", PORTS, "bondd")
        self.must_ping_to(VLAN_CLIENT)

    def wait_bond(self, name, ports, engine):
        """On that engine and not on the other."""
        for key, ports_of in {"kernel": kernel_ports, "bondd": self.bondd.ports}.items():
            wanted = sorted(ports) if key == engine else None
            wait_for(lambda: ports_of(name) == wanted, f"{wanted} in {name} of {key}")

    def must_ping_to(self, host):
        wait_for(lambda: self.ping(1, host=host) == 1, f"the first ping to {host}")
        equal(self.ping(host=host), 20, f"pings to {host}")

    def wait_failover(self, active):
        wait_for(lambda: self.bondd.bond()["active_port"] not in (active, None, ""), f"another port than {active}")

    def wait_links_up(self, count):
        wait_for(lambda: [port["link"] for port in self.bondd.bond()["ports"]].count("up") == count,
                 f"{count} links to be up")


def write_profile(name, text):
    profile = stock.KEYFILES / f"{name}.nmconnection"
    profile.write_text(text, encoding="utf-8")
    profile.chmod(0o600)


def writable_devices():
    """The kernel's bonds are configured in sysfs, the root of which must stay read-only: NetworkManager has no udev."""
    os.mkdir("/run/sys")
    stock.run("mount", "-t", "sysfs", "sysfs", "/run/sys")
    stock.run("mount", "-o", "remount,rw", "/run/sys")
    stock.run("mount", "--bind", "/run/sys/devices/virtual/net", "/sys/devices/virtual/net")


def kernel_ports(name):
    """Ports of a bond of the kernel's driver; None if it has no such bond."""
    with contextlib.suppress(FileNotFoundError):
        text = pathlib.Path(f"/proc/net/bonding/{name}").read_text(encoding="utf-8")
        return sorted(line.split()[-1] for line in text.splitlines() if line.startswith("Slave Interface:"))
    return None


def the_kernel_keeps_its_bonds(world):
    """… where nobody says otherwise; a profile that asks for bondd gets it, beside them."""
    world.configure("auto")
    world.two_bonds("kernel", "bondd")


def the_administrator_takes_bondd(world):
    """… for all; a profile that asks for the kernel's driver gets that, beside them."""
    world.configure("bondd")
    world.two_bonds("bondd", "kernel")


def a_vlan_fails_over(world):
    world.bond_with_vlan("mode=active-backup,miimon=100")
    active = world.bondd.bond()["active_port"]
    world.cut(active[-1])
    world.wait_failover(active)
    world.must_ping_to(VLAN_CLIENT)
    world.must_ping_to(CLIENT)
    world.cut(active[-1], "up")


def a_vlan_is_spread(world):
    """A hash policy that looks at the tag; whichever port it takes, the other does as well."""
    world.bond_with_vlan("mode=balance-xor,miimon=100,xmit_hash_policy=vlan+srcmac")
    for cable in range(len(PORTS)):
        world.cut(cable)
        world.wait_links_up(1)
        world.must_ping_to(VLAN_CLIENT)
        world.cut(cable, "up")
        world.wait_links_up(2)


def probes_go_through_the_vlan(world):
    """The target answers in VLAN 10 only. The way behind a cable is lost, not the carrier: only probes tell."""
    world.bond_with_vlan(f"mode=active-backup,arp_interval=1000,arp_ip_target={VLAN_CLIENT},arp_validate=all")
    active = world.bondd.bond()["active_port"]
    far = f"sw{active[-1]}"
    stock.run("ip", "-n", "switch", "link", "set", far, "nomaster")
    world.wait_failover(active)
    world.must_ping_to(VLAN_CLIENT)
    stock.run("ip", "-n", "switch", "link", "set", far, "master", "br0")


sys.exit(nm.play((the_kernel_keeps_its_bonds, the_administrator_takes_bondd, a_vlan_fails_over, a_vlan_is_spread,
                  probes_go_through_the_vlan), make=Machine))
