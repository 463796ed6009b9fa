#!/usr/bin/env python3
# SPDX-License-Identifier: LGPL-2.1-or-later
"""What NetworkManager's clients are told of a bond, while ports come, go and lose their cables: a program with libnm, and
`nmcli monitor`: clients.py [CASE…]."""

import contextlib
import json
import pathlib
import re
import subprocess
import sys

HERE = pathlib.Path(__file__).resolve().parent
sys.path.insert(0, str(HERE))

import stock  # noqa: E402
import world as nm  # noqa: E402
from world import equal, need, wait_for  # noqa: E402

PROGRAM = nm.BUILD / "tests/nm/libnm-client"


class Follower:
    """A client that runs, and all that it has said."""

    def __init__(self, log):
        self.log = pathlib.Path(log)

    def lines(self):
        return self.log.read_text(encoding="utf-8").splitlines()

    def wait(self, pattern, since=0):
        """The first line like this after so many."""
        def search():
            return next((line for line in self.lines()[since:] if re.search(pattern, line)), None)
        return wait_for(search, f"“{pattern}”, and there is {self.lines()[since:]}")


@contextlib.contextmanager
def following(*argv):
    log = "/run/client.log"
    with open(log, "w", encoding="utf-8") as output:
        process = subprocess.Popen(argv, env=stock.environment(), stdin=subprocess.PIPE, stdout=output, stderr=output)
    try:
        yield Follower(log)
    finally:
        process.stdin.close()
        process.terminate()
        process.wait(nm.LIMIT)


def libnm_sees_a_bond(world):
    """NMDeviceBond with all its properties, and each change notified."""
    world.add_bond("mode=active-backup,miimon=100,fail_over_mac=active")
    world.wait_connected()
    with following(PROGRAM, "bond0") as client:
        first = client.wait("^type=")
        need(re.search(r"type=NMDeviceBond state=100 carrier=1 address=[0-9A-F:]{17} ports=eth0,eth1$", first), first)
        active = world.bondd.bond()["active_port"]
        other = "eth0" if active == "eth1" else "eth1"
        # fail_over_mac=active: the address is that of the port.
        world.cut(int(active[-1]))
        address = client.wait("^hw-address: ")
        equal(re.search("address=([0-9A-F:]+)", address).group(1).lower(), world.bondd.bond()["address"], "address")
        equal(world.bondd.bond()["active_port"], other, "active port")
        world.cut(int(other[-1]))
        client.wait("^carrier: .* carrier=0 ")
        mark = len(client.lines())
        world.cut(int(active[-1]), "up")
        world.cut(int(other[-1]), "up")
        client.wait("^carrier: .* carrier=1 ", mark)
        world.nmcli("connection", "down", f"port-{active}")
        client.wait(f"^ports: .* ports={other}$")
        mark = len(client.lines())
        world.nmcli("connection", "up", f"port-{active}")
        client.wait("^ports: .* ports=eth0,eth1$", mark)
        world.nmcli("connection", "down", "bond0")
        client.wait("^removed$")
    wait_for(lambda: world.bondd.bond() is None, "bond0 to go")


def nmcli_monitor_tells(world):
    world.add_bond()
    world.wait_connected()
    with following(stock.PACKAGES / "usr/bin/nmcli", "monitor") as monitor:
        monitor.wait(".")
        active = world.bondd.bond()["active_port"]
        mark = len(monitor.lines())
        world.cut(int(active[-1]))
        wait_for(lambda: world.bondd.bond()["active_port"] != active, "the other port to take over")
        equal(world.ping(), 20, "pings by the other port")
        # Nothing that would alarm anybody: the bond goes on.
        equal([line for line in monitor.lines()[mark:] if line.startswith("bond0:")], [], "said of bond0")
        world.cut(int(active[-1]), "up")
        world.nmcli("connection", "down", f"port-{active}")
        monitor.wait(f"^{active}: disconnected$", mark)
        mark = len(monitor.lines())
        world.nmcli("connection", "up", f"port-{active}")
        monitor.wait(f"^{active}: connected$", mark)
        world.nmcli("connection", "down", "bond0")
        monitor.wait("^bond0: device removed$", mark)


def get_property(path, interface, name):
    done = stock.run("busctl", "--system", "--json=short", "get-property", stock.NAME, path, interface, name)
    return json.loads(done.stdout)["data"]


def path_of(world, device):
    return world.manager.call(stock.ROOT, stock.NAME, "GetDeviceByIpIface", "s", device)[0]


def dbus_shows_a_bond(world):
    """As the kernel's bonds are shown, and kept up to date."""
    world.add_bond()
    world.wait_connected()
    bond, ports = path_of(world, "bond0"), sorted(path_of(world, port) for port in nm.PORTS)
    equal(get_property(bond, nm.DEVICE, "DeviceType"), 10, "DeviceType")
    equal(get_property(bond, nm.DEVICE, "State"), 100, "State")
    equal(get_property(bond, nm.DEVICE, "Real"), True, "Real")
    equal(sorted(get_property(bond, nm.DEVICE, "Ports")), ports, "Ports")
    equal(sorted(get_property(bond, f"{nm.DEVICE}.Bond", "Slaves")), ports, "Slaves")
    equal(get_property(bond, f"{nm.DEVICE}.Bond", "Carrier"), True, "Carrier")
    equal(get_property(bond, f"{nm.DEVICE}.Bond", "HwAddress").lower(), world.bondd.bond()["address"], "HwAddress")
    active = get_property(bond, nm.DEVICE, "ActiveConnection")
    for port in ports:
        own = get_property(port, nm.DEVICE, "ActiveConnection")
        equal(get_property(own, f"{stock.NAME}.Connection.Active", "Master"), bond, "Master")
    equal(get_property(active, f"{stock.NAME}.Connection.Active", "Devices"), [bond], "Devices")
    for n in range(len(nm.PORTS)):
        world.cut(n)
    wait_for(lambda: not get_property(bond, f"{nm.DEVICE}.Bond", "Carrier"), "Carrier to be false")
    for n in range(len(nm.PORTS)):
        world.cut(n, "up")
    wait_for(lambda: get_property(bond, f"{nm.DEVICE}.Bond", "Carrier"), "Carrier to be true")
    world.nmcli("connection", "down", "port-eth0")
    wait_for(lambda: get_property(bond, nm.DEVICE, "Ports") == [path_of(world, "eth1")], "one port to be left")


def dbus_counts_traffic(world):
    world.add_bond()
    world.wait_connected()
    bond = path_of(world, "bond0")
    stock.run("busctl", "--system", "set-property", stock.NAME, bond, f"{nm.DEVICE}.Statistics", "RefreshRateMs", "u", "100")
    for name in ("RxBytes", "TxBytes"):
        before = get_property(bond, f"{nm.DEVICE}.Statistics", name)
        world.must_ping()
        # Twenty pings of 98 bytes.
        wait_for(lambda name=name, before=before: get_property(bond, f"{nm.DEVICE}.Statistics", name) >= before + 1960,
                 f"{name} to grow from {before}")


def nmcli_shows_all(world):
    world.add_bond()
    world.wait_connected()
    shown = dict(line.split(":", 1) for line in
                 world.nmcli("-e", "no", "-t", "-f", "all", "device", "show", "bond0").splitlines() if line)
    wanted = {"GENERAL.DEVICE": "bond0", "GENERAL.TYPE": "bond", "GENERAL.NM-TYPE": "NMDeviceBond",
              "GENERAL.HWADDR": world.bondd.bond()["address"].upper(), "GENERAL.MTU": "1500",
              "GENERAL.STATE": "100 (connected)", "GENERAL.IS-SOFTWARE": "yes", "GENERAL.NM-MANAGED": "yes",
              "GENERAL.CONNECTION": "bond0", "CAPABILITIES.CARRIER-DETECT": "yes", "INTERFACE-FLAGS.CARRIER": "yes",
              "INTERFACE-FLAGS.UP": "yes", "IP4.ADDRESS[1]": "192.0.2.2/24"}
    equal({name: shown.get(name) for name in wanted}, wanted, "nmcli device show")
    equal(sorted(shown["BOND.SLAVES"].split()), list(nm.PORTS), "BOND.SLAVES")


CASES = (libnm_sees_a_bond, nmcli_monitor_tells, dbus_shows_a_bond, dbus_counts_traffic, nmcli_shows_all)

sys.exit(nm.play(CASES))
