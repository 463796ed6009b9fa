#!/usr/bin/env python3
# SPDX-License-Identifier: LGPL-2.1-or-later
"""Profiles of NetworkManager that choose their engine, and change their minds, without a restart: engine.py [CASE…].
This kernel has no bonding driver: what is meant for it fails, and that is how it shows."""

import pathlib
import sys

HERE = pathlib.Path(__file__).resolve().parent
sys.path.insert(0, str(HERE))

import stock  # noqa: E402
import world as nm  # noqa: E402
from world import PORTS, equal, need, wait_for  # noqa: E402

PROFILE = """[connection]
id={name}
uuid={uuid}
type=bond
interface-name=bond0
autoconnect={auto}
[bond]
mode=active-backup
miimon=100
[user]
org.example.bond.engine={engine}
[ipv4]
method=disabled
[ipv6]
method=disabled
"""
UUID = "00000000-0000-4000-8000-00000000bead"
OTHER = "00000000-0000-4000-8000-00000000beef"
OF_THE_KERNEL = "Failed to create bond interface"


def write(world, engine, name="bond0", uuid=UUID, auto="false"):
    path = stock.KEYFILES / f"{name}.nmconnection"
    path.write_text(PROFILE.format(name=name, uuid=uuid, engine=engine, auto=auto), encoding="utf-8")
    path.chmod(0o600)
    world.nmcli("connection", "reload")


def devices(world):
    """All that NetworkManager has of bond0, those without an interface, too."""
    paths = world.manager.call(stock.ROOT, stock.NAME, "GetAllDevices")[0]
    names = [stock.run("busctl", "--system", "get-property", stock.NAME, path, nm.DEVICE, "Interface", check=False).stdout
             for path in paths]
    return sum('"bond0"' in name for name in names)


def up(world, name="bond0", check=True):
    return world.nmcli("connection", "up", name, check=check)


def must_be_the_kernels(world, name="bond0"):
    text = up(world, name, check=False)
    need(OF_THE_KERNEL in text, f"it was not tried with the kernel: {text}")
    need(world.bondd.bond() is None, f"bondd was asked: {text}")


def engines_change_while_down(world):
    write(world, "kernel")
    must_be_the_kernels(world)
    write(world, "bondd")
    up(world)
    need(world.bondd.bond(), "no bond")
    world.nmcli("connection", "down", "bond0")
    write(world, "kernel")
    must_be_the_kernels(world)
    for engine in ("bondd", "kernel", "auto", "kernel", "bondd"):
        write(world, engine)
    wait_for(lambda: devices(world) == 1, "NetworkManager to forget the devices that nobody wants")
    up(world)
    need(world.bondd.bond(), "no bond")


def engines_change_while_up(world):
    write(world, "bondd")
    up(world)
    for auto in ("false", "true"):
        write(world, "kernel", auto=auto)
        equal(world.state(), "bond connected", "what runs")
        text = up(world, check=False)
        need("bond0 still runs on bondd: take it down first" in text, text)
        text = world.nmcli("device", "reapply", "bond0", check=False)
        need("rror" in text and "engine" in text, text)
        text = world.nmcli("connection", "up", "bond0", "ifname", "bond0", check=False)
        need('connection type is not "bond on bondd"' in text, text)
        equal(world.state(), "bond connected", "what runs")
        need(world.bondd.bond(), "the bond is gone")
    write(world, "kernel")
    world.nmcli("device", "down", "bond0")
    wait_for(lambda: world.bondd.bond() is None and devices(world) == 1, "the bond to go")
    must_be_the_kernels(world)
    write(world, "bondd")
    up(world)
    need(world.bondd.bond(), "no bond")


def ports_find_the_bond_of_the_new_engine(world):
    """They name it by its interface: a device that is left over must not stand in the way."""
    write(world, "kernel")
    write(world, "bondd")
    for port in PORTS:
        world.nmcli("connection", "add", "type", "ethernet", "ifname", port, "con-name", f"port-{port}", "master", "bond0",
                    "slave-type", "bond", "autoconnect", "no")
    wait_for(lambda: devices(world) == 1, "NetworkManager to forget the first device")
    for port in PORTS:
        up(world, f"port-{port}")
    world.wait_connected()


def two_profiles_two_engines(world):
    write(world, "bondd")
    write(world, "kernel", "other", OTHER)
    for _ in range(3):
        up(world)
        need(world.bondd.bond(), "no bond")
        world.nmcli("connection", "down", "bond0")
        wait_for(lambda: world.bondd.bond() is None, "the bond to go")
        must_be_the_kernels(world, "other")
    equal(devices(world), 2, "devices")


def an_unknown_word_is_told(world):
    mark = len(world.manager.text())
    write(world, "mine")
    up(world)
    need(world.bondd.bond(), "no bond")
    equal(world.manager.text()[mark:].count("engine=mine is not known: write auto, kernel or bondd"), 1, "lines")


def the_configuration_decides_for_all(world):
    path = pathlib.Path("/etc/NetworkManager/conf.d/bondd.conf")
    path.parent.mkdir(exist_ok=True)
    path.write_text("[bondd]\nengine=kernel\n", encoding="utf-8")
    try:
        world.restart_manager()
        world.add_bond("mode=active-backup,miimon=100", "connection.autoconnect", "no", ports=())
        must_be_the_kernels(world)
        world.nmcli("connection", "delete", "bond0")
        write(world, "bondd")
        up(world)
        need(world.bondd.bond(), "the profile's own word does not count")
        path.write_text("[bondd]\nengine=bondd\n", encoding="utf-8")
        world.restart_manager()
        wait_for(lambda: world.state() == "bond connected", "bond0 to be connected")
        world.nmcli("connection", "down", "bond0")
        write(world, "kernel")
        must_be_the_kernels(world)
    finally:
        path.unlink()
        world.restart_manager()


CASES = (engines_change_while_down, engines_change_while_up, ports_find_the_bond_of_the_new_engine,
         two_profiles_two_engines, an_unknown_word_is_told, the_configuration_decides_for_all)

sys.exit(nm.play(CASES))
