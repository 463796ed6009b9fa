#!/usr/bin/env python3
# SPDX-License-Identifier: LGPL-2.1-or-later
"""NetworkManager's main loop never waits for bondd: whatever is done while bondd sleeps, NetworkManager answers others
before bondd wakes up, and afterwards all ends as it should: asleep.py [CASE…]."""

import contextlib
import pathlib
import re
import signal
import subprocess
import sys
import time

HERE = pathlib.Path(__file__).resolve().parent
sys.path.insert(0, str(HERE))

import stock  # noqa: E402
import world as nm  # noqa: E402
from world import PORTS, equal, wait_for  # noqa: E402

# Of calls of GLib and of the C library: what waits for somebody else.
WAITS = re.compile(r"_sync$|^g_main_|^(u|nano|clock_nano)?sleep$|^g_usleep$|^p?poll$|^select$|^epoll_|^system$|^wait(pid)?$")


def must_answer():
    for _ in range(5):
        # A property: the main loop answers. However slow the machine is, a call to bondd would take longer.
        stock.run("busctl", "--system", "--timeout=10", "get-property", stock.NAME, stock.ROOT, stock.NAME, "State")
        time.sleep(0.05)


@contextlib.contextmanager
def asleep(world):
    """What is done inside is done without bondd; in the end NetworkManager must have answered, before bondd wakes."""
    world.bondd.process.send_signal(signal.SIGSTOP)
    try:
        yield
        must_answer()
    finally:
        world.bondd.process.send_signal(signal.SIGCONT)


def begin(world, *command):
    world.nmcli("--wait", "0", *command)


def up_again(world):
    world.nmcli("connection", "up", "bond0")
    for port in PORTS:
        world.nmcli("connection", "up", f"port-{port}")
    world.wait_connected()


def no_call_waits(world):
    """None that could is even linked."""
    for module in (nm.PLUGIN, nm.PLUGIN.parent.parent / "settings/libnm-settings-plugin-ifcfg-bond.so"):
        symbols = stock.run("nm", "-D", "--undefined-only", module).stdout.split()
        equal([name for name in symbols if WAITS.search(name.split("@")[0])], [], f"what {module.name} calls")


def activation(world):
    world.add_bond("mode=active-backup,miimon=100", "connection.autoconnect", "no")
    with asleep(world):
        begin(world, "connection", "up", "bond0")
        for port in PORTS:
            begin(world, "connection", "up", f"port-{port}")
    world.wait_connected()
    world.must_ping()


def reapply(world):
    world.add_bond()
    world.wait_connected()
    world.nmcli("connection", "modify", "bond0", "bond.options", "mode=active-backup,miimon=70")
    with asleep(world):
        world.nmcli("device", "reapply", "bond0")
    wait_for(lambda: world.bondd.bond()["miimon"] == 70, "the new options")
    world.must_ping()


def detaching_and_attaching(world):
    world.add_bond()
    world.wait_connected()
    with asleep(world):
        begin(world, "connection", "down", "port-eth0")
    wait_for(lambda: world.bondd.ports() == ["eth1"], "eth0 to leave")
    with asleep(world):
        begin(world, "connection", "up", "port-eth0")
    world.wait_connected()
    world.must_ping()


def deactivation(world):
    """And the bond stays away, though its ports' profiles activate themselves where they can."""
    world.add_bond()
    world.wait_connected()
    with asleep(world):
        begin(world, "connection", "down", "bond0")
    wait_for(lambda: world.state() is None and world.bondd.bond() is None, "bond0 to go")
    for port in PORTS:
        wait_for(lambda port=port: world.state(port) == "ethernet disconnected", f"{port} to be free")
    time.sleep(1)
    equal((world.state(), world.bondd.bond()), (None, None), "bond0 after a while")
    up_again(world)
    world.must_ping()


def deactivation_without_an_answer(world):
    """NetworkManager goes on after some seconds; what bondd has done when it wakes up is what was wanted last."""
    world.add_bond()
    world.wait_connected()
    with asleep(world):
        world.nmcli("--wait", "18", "connection", "down", "bond0")
        wait_for(lambda: world.state() is None, "bond0 to go")
    wait_for(lambda: world.bondd.bond() is None, "the bond to go")
    up_again(world)
    world.must_ping()


def a_bondd_that_hangs_when_it_starts(world):
    """It has its name on the bus already, and says nothing."""
    world.add_bond()
    world.wait_connected()
    world.bondd.kill()
    mute = subprocess.Popen([nm.BUILD / "tests/nm/mute-service"])
    try:
        # stat: T, it has stopped itself.
        stat = pathlib.Path(f"/proc/{mute.pid}/stat")
        wait_for(lambda: stat.read_text(encoding="utf-8").rsplit(")", 1)[1].split()[0] == "T", "mute-service to be mute")
        must_answer()
        equal(world.state(), "bond connected")
    finally:
        mute.kill()
        mute.wait(nm.LIMIT)
    world.bondd.start()
    world.wait_connected()
    world.must_ping()


def unmanaging_and_managing(world):
    world.add_bond()
    world.wait_connected()
    for managed, state in (("no", "bond unmanaged"), ("yes", "bond connected")):
        with asleep(world):
            world.nmcli("device", "set", "bond0", "managed", managed)
        wait_for(lambda state=state: world.state() == state, f"bond0 to be {state}")
        equal(world.bondd.ports(), list(PORTS), "ports")
    world.must_ping()


def deletion(world):
    world.add_bond()
    world.wait_connected()
    with asleep(world):
        world.nmcli("connection", "delete", "bond0")
    wait_for(lambda: world.state() is None and world.bondd.bond() is None, "bond0 to go")


def deletion_of_the_device(world):
    world.add_bond()
    world.wait_connected()
    with asleep(world):
        begin(world, "device", "delete", "bond0")
    wait_for(lambda: world.state() is None and world.bondd.bond() is None, "bond0 to go")


CASES = (no_call_waits, activation, reapply, detaching_and_attaching, deactivation, deactivation_without_an_answer,
         a_bondd_that_hangs_when_it_starts, unmanaging_and_managing, deletion, deletion_of_the_device)

sys.exit(nm.play(CASES))
