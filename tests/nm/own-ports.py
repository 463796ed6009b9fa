#!/usr/bin/env python3
# SPDX-License-Identifier: LGPL-2.1-or-later
"""Ports that NetworkManager is told to leave alone (NM_CONTROLLED=no) in a bond that it has, as they come and go, and as
their files do: own-ports.py [CASE…]."""

import pathlib
import shutil
import sys

HERE = pathlib.Path(__file__).resolve().parent
sys.path.insert(0, str(HERE))

import stock  # noqa: E402
import world as nm  # noqa: E402
from world import PORTS, equal, need, wait_for  # noqa: E402

SETTINGS = nm.BUILD / "plugin/settings/libnm-settings-plugin-ifcfg-bond.so"
DIRECTORY = pathlib.Path("/etc/sysconfig/network-scripts")
BOND = ('DEVICE=bond0\nTYPE=Bond\nBONDING_MASTER=yes\nONBOOT=yes\nBOOTPROTO=none\nIPADDR=192.0.2.2\nPREFIX=24\n'
        'IPV6INIT=no\nBONDING_OPTS="mode=active-backup miimon=100{0}"\n')
PORT = "DEVICE={0}\nTYPE=Ethernet\nONBOOT=yes\nNM_CONTROLLED=no\nMASTER=bond0\nSLAVE=yes\nBOOTPROTO=none\n"


def write(name, text):
    (DIRECTORY / f"ifcfg-{name}").write_text(text, encoding="utf-8")


class World(nm.World):
    def __init__(self, manager):
        shutil.rmtree(DIRECTORY, ignore_errors=True)
        DIRECTORY.mkdir(parents=True)
        super().__init__(manager)
        # Else it has that of one of its ports, and another one when that goes.
        stock.run("ip", "-n", "switch", "link", "set", "br0", "address", "02:00:00:00:00:01")

    def reload(self):
        self.nmcli("connection", "reload")

    def bond_up(self, ports=PORTS, options=""):
        """With files of all ports; only these are there."""
        write("bond0", BOND.format(options))
        for port in PORTS:
            write(port, PORT.format(port))
        self.reload()
        self.nmcli("connection", "up", "Bond bond0")
        self.wait_ports(ports)
        wait_for(lambda: self.state() == "bond connected", f"bond0 to be connected\n{self.nmcli('device')}")

    def wait_ports(self, ports):
        wait_for(lambda: self.bondd.ports() == sorted(ports), f"{ports} in the bond, not {self.bondd.ports()}")

    def wait_free(self, port):
        wait_for(lambda: self.state(port) == "ethernet disconnected", f"{port} to be free\n{self.nmcli('device')}")

    def clear(self):
        for port in PORTS:
            if self.state(port) is None:
                self.plug_in(port)
        for path in DIRECTORY.iterdir():
            path.unlink()
        self.reload()
        super().clear()


def unplug(port):
    stock.run("ip", "link", "delete", port)


def a_port_that_is_late_is_taken(world):
    unplug("eth0")
    mark = len(world.manager.text())
    world.bond_up(("eth1",))
    need("bond0: the port eth0 is not there yet" in world.manager.text()[mark:], "the log does not say so")
    world.plug_in("eth0")
    world.wait_ports(PORTS)
    equal(world.state("eth0"), "ethernet unmanaged", "eth0")
    world.must_ping()


def a_port_that_was_unplugged_is_taken_again(world):
    world.bond_up()
    for port in PORTS:
        unplug(port)
        world.wait_ports(set(PORTS) - {port})
        world.must_ping()
        world.plug_in(port)
        world.wait_ports(PORTS)
    world.must_ping()


def a_port_that_gets_its_name_later_is_taken(world):
    unplug("eth0")
    world.plug_in("tmp0")
    world.bond_up(("eth1",))
    stock.run("ip", "link", "set", "tmp0", "down")
    stock.run("ip", "link", "set", "tmp0", "name", "eth0")
    world.wait_ports(PORTS)
    world.must_ping()


def one_that_was_taken_out_by_hand_stays_out(world):
    world.bond_up()
    world.bondd.ctl("remove", "eth0")
    world.wait_ports(("eth1",))
    world.cut(0)
    world.cut(0, "up")
    stock.run("ip", "link", "set", "eth0", "up")
    world.must_ping()
    equal(world.bondd.ports(), ["eth1"], "ports")


def files_that_go_take_their_port_along(world):
    """With `reapply`; and NetworkManager, which may have the port now, does not wait for its carrier for ever."""
    world.bond_up()
    (DIRECTORY / "ifcfg-eth0").unlink()
    world.reload()
    world.must_ping()
    equal(world.bondd.ports(), list(PORTS), "ports before `reapply`")
    world.nmcli("device", "reapply", "bond0")
    world.wait_ports(("eth1",))
    world.wait_free("eth0")
    world.must_ping()
    write("eth0", PORT.format("eth0"))
    world.reload()
    world.nmcli("device", "reapply", "bond0")
    world.wait_ports(PORTS)
    equal(world.state("eth0"), "ethernet unmanaged", "eth0")


def files_that_go_while_the_bond_is_up(world):
    for how in (("connection", "down", "Bond bond0"), ("device", "delete", "bond0"), None):
        world.bond_up()
        for port in PORTS:
            (DIRECTORY / f"ifcfg-{port}").unlink()
        world.reload()
        world.must_ping()
        if how is not None:
            world.nmcli(*how)
        else:
            stock.run("ip", "link", "delete", "bond0")
        # NetworkManager may make it again at once, without ports then.
        wait_for(lambda: not world.bondd.ports(), "the bond to go")
        for port in PORTS:
            world.wait_free(port)


def the_bonds_file_says_their_queue(world):
    world.bond_up(options=" queue_id=eth1:5 lacp_active=on")
    queues = {port["name"]: port["queue_id"] for port in world.bondd.bond()["ports"]}
    equal(queues, {"eth0": 0, "eth1": 5})


CASES = (a_port_that_is_late_is_taken, a_port_that_was_unplugged_is_taken_again,
         a_port_that_gets_its_name_later_is_taken, one_that_was_taken_out_by_hand_stays_out,
         files_that_go_take_their_port_along, files_that_go_while_the_bond_is_up, the_bonds_file_says_their_queue)

sys.exit(nm.play(CASES, "ifcfg-bond,keyfile", [nm.PLUGIN, SETTINGS], World))
