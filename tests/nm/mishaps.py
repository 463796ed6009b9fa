#!/usr/bin/env python3
# SPDX-License-Identifier: LGPL-2.1-or-later
"""What can befall a bond of NetworkManager: a bondd that is slow or dies, a NetworkManager that is stopped, ports that
vanish, somebody who cannot make up his mind: mishaps.py [CASE…]."""

import contextlib
import pathlib
import shutil
import signal
import sys
import time

HERE = pathlib.Path(__file__).resolve().parent
sys.path.insert(0, str(HERE))

import stock  # noqa: E402
import world as nm  # noqa: E402
from world import PORTS, equal, need, wait_for  # noqa: E402

# What `nmcli device` may at most wait while bondd sleeps; it takes some 0.1 s when all is idle.
ANSWER_WITHIN = 2


# --- What can befall bondd ---


def answer_time(world):
    start = time.monotonic()
    world.nmcli("-t", "device")
    return time.monotonic() - start


@contextlib.contextmanager
def asleep(bondd):
    bondd.process.send_signal(signal.SIGSTOP)
    try:
        yield
    finally:
        bondd.process.send_signal(signal.SIGCONT)


def slow_in_activation(world):
    """bondd sleeps for three seconds: NetworkManager's main loop goes on, and then all goes as ever."""
    with asleep(world.bondd):
        world.add_bond()
        slowest = 0
        for _ in range(6):
            slowest = max(slowest, answer_time(world))
            time.sleep(0.3)
        equal((world.state() or "").split()[:1], ["bond"], "type of the device meanwhile")
    print(f"# slowest answer of `nmcli device` while bondd slept: {slowest:.2f} s")
    need(slowest < ANSWER_WITHIN, f"NetworkManager took {slowest:.1f} s to answer")
    world.wait_connected()
    world.must_ping()


def slow_in_attaching(world):
    world.add_bond(ports=("eth0",))
    world.wait_connected(("eth0",))
    with asleep(world.bondd):
        world.nmcli("connection", "add", "type", "ethernet", "ifname", "eth1", "con-name", "port-eth1", "master", "bond0")
        slowest = 0
        for _ in range(4):
            slowest = max(slowest, answer_time(world))
            time.sleep(0.3)
    need(slowest < ANSWER_WITHIN, f"NetworkManager took {slowest:.1f} s to answer")
    world.wait_connected()
    world.must_ping()


def given_up_while_slow(world):
    """`down` comes before bondd has said anything: nothing is left in the end."""
    with asleep(world.bondd):
        world.add_bond()
        wait_for(lambda: world.state() == "bond connecting (prepare)", f"stage 1\n{world.nmcli('device')}")
        world.nmcli("connection", "down", "bond0")
        time.sleep(0.5)
    wait_for(lambda: world.state() is None and world.bondd.bond() is None, "bond0 to go")
    need("bond0" not in stock.run("ip", "-brief", "link").stdout, "the interface is there still")
    world.nmcli("connection", "up", "bond0")
    for port in PORTS:
        world.nmcli("connection", "up", f"port-{port}")
    world.wait_connected()
    world.must_ping()


def killed_in_activation(world):
    """Without an answer the profile fails; the next `up` finds a bondd that works."""
    world.bondd.process.send_signal(signal.SIGSTOP)
    world.add_bond()
    wait_for(lambda: world.state() == "bond connecting (prepare)", f"stage 1\n{world.nmcli('device')}")
    world.bondd.kill()
    wait_for(lambda: world.state() != "bond connecting (prepare)", "the activation to end")
    world.bondd.start()
    world.nmcli("connection", "up", "bond0")
    for port in PORTS:
        world.nmcli("connection", "up", f"port-{port}")
    world.wait_connected()
    world.must_ping()


# --- What can befall NetworkManager and its devices ---


def manager_is_stopped_politely(world):
    world.add_bond()
    world.wait_connected()
    index = pathlib.Path("/sys/class/net/bond0/ifindex").read_text(encoding="utf-8")
    world.manager.process.terminate()
    world.manager.process.wait(nm.LIMIT)
    equal(world.bondd.ports(), list(PORTS), "ports without NetworkManager")
    equal(world.ping(), 20, "pings without NetworkManager")
    world.manager.start()
    world.wait_connected()
    equal(pathlib.Path("/sys/class/net/bond0/ifindex").read_text(encoding="utf-8"), index, "ifindex")
    equal(world.ping(), 20, "pings afterwards")
    world.nmcli("connection", "down", "bond0")
    wait_for(lambda: world.bondd.bond() is None, "bond0 to go")


def manager_is_upgraded_without_the_plugin(world):
    """What runs goes on; when the plugin is there it is shown, and `up` makes it NetworkManager's own again."""
    world.add_bond()
    world.wait_connected()
    world.manager.process.terminate()
    world.manager.process.wait(nm.LIMIT)
    nm.LOADED.unlink()
    # It would make a bond of the kernel's, and finds our TAP device of that name.
    world.expected.append(r"couldn't create the device: Failed to create bond interface 'bond0'.*wrong-type")
    try:
        world.manager.start()
        time.sleep(0.5)
        equal(world.bondd.ports(), list(PORTS), "ports without the plugin")
        equal(world.ping(), 20, "pings without the plugin")
    finally:
        shutil.copy(nm.PLUGIN, nm.LOADED)
        world.restart_manager()
    wait_for(lambda: world.state() == "bond connected (externally)", f"bond0 to be shown\n{world.nmcli('device')}")
    equal(world.ping(), 20, "pings afterwards")
    world.nmcli("connection", "up", "bond0")
    world.wait_connected()
    world.must_ping()


def a_port_vanishes_and_comes_back(world):
    world.add_bond()
    world.wait_connected()
    stock.run("ip", "link", "delete", "eth0")
    wait_for(lambda: world.bondd.ports() == ["eth1"], "eth0 to leave")
    wait_for(lambda: world.state("eth0") is None, "NetworkManager to see it")
    world.must_ping()
    world.plug_in("eth0")
    world.wait_connected()
    active = world.bondd.bond()["active_port"]
    world.cut(int(active[-1]))
    wait_for(lambda: world.bondd.bond()["active_port"] not in (active, None, ""), "the other port to take over")
    world.must_ping()
    world.cut(int(active[-1]), "up")


def up_and_down_and_up(world):
    """As fast as nmcli goes, without waiting for what comes of it."""
    world.add_bond()
    for _ in range(10):
        world.nmcli("--wait", "0", "connection", "up", "bond0", check=False)
        world.nmcli("--wait", "0", "connection", "down", "bond0", check=False)
    world.nmcli("connection", "up", "bond0")
    for port in PORTS:
        world.nmcli("connection", "up", f"port-{port}")
    world.wait_connected()
    world.must_ping()


CASES = (slow_in_activation, slow_in_attaching, given_up_while_slow, killed_in_activation, manager_is_stopped_politely,
         manager_is_upgraded_without_the_plugin, a_port_vanishes_and_comes_back, up_and_down_and_up)

sys.exit(nm.play(CASES))
