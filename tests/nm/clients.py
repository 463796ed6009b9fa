#!/usr/bin/env python3
# SPDX-License-Identifier: LGPL-2.1-or-later
"""What NetworkManager's clients are told of a bond, while ports come, go and lose their cables: a program with libnm, and
`nmcli monitor`: clients.py [CASE…]."""

import contextlib
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


CASES = (libnm_sees_a_bond, nmcli_monitor_tells)

sys.exit(nm.play(CASES))
