#!/usr/bin/env python3
# SPDX-License-Identifier: LGPL-2.1-or-later
"""Ordinary bond profiles of nmcli on bondd, by Debian's unmodified NetworkManager with our device plugin: device.py
[CASE…]."""

import json
import pathlib
import sys
import time

HERE = pathlib.Path(__file__).resolve().parent
sys.path.insert(0, str(HERE))

import stock  # noqa: E402
import world as nm  # noqa: E402
from world import DEVICE, LOADED, MISFIT, PLUGIN, PORTS, equal, need, wait_for  # noqa: E402

def five_commands(world):
    start = time.monotonic()
    world.add_bond()
    world.wait_connected()
    print(f"# activation: {time.monotonic() - start:.2f} s")
    world.must_ping()
    equal(world.device_property(DEVICE, "DeviceType"), 10, "DeviceType")
    equal(world.device_property(f"{DEVICE}.Bond", "Carrier"), True, "Carrier")
    equal(len(world.device_property(f"{DEVICE}.Bond", "Slaves")), 2, "Slaves")
    equal(world.device_property(f"{DEVICE}.Bond", "HwAddress").lower(), world.bondd.bond()["address"], "HwAddress")


def options_reach_the_engine(world):
    world.add_bond("mode=active-backup,miimon=50,updelay=100,primary=eth1,primary_reselect=failure,num_grat_arp=3,"
                   "num_unsol_na=3,fail_over_mac=none,resend_igmp=2,active_slave=eth1")
    world.wait_connected()
    wait_for(lambda: world.bondd.bond()["active_port"] == "eth1", "eth1 to be active")
    bond = world.bondd.bond()
    for name, value in (("mode", "active-backup"), ("miimon", 50), ("updelay", 100), ("primary", "eth1"),
                        ("primary_reselect", "failure"), ("num_grat_arp", 3), ("resend_igmp", 2)):
        equal(bond[name], value, name)


def changes_are_reapplied(world):
    world.add_bond("mode=active-backup,miimon=100,primary=eth0")
    world.wait_connected()
    world.nmcli("connection", "modify", "bond0", "bond.options", "mode=active-backup,miimon=200,primary=eth1")
    world.nmcli("device", "reapply", "bond0")
    wait_for(lambda: world.bondd.bond()["active_port"] == "eth1", "the new primary")
    equal(world.bondd.bond()["miimon"], 200, "miimon")
    world.nmcli("connection", "modify", "bond0", "bond.options", "mode=active-backup,miimon=200")
    world.nmcli("device", "reapply", "bond0")
    wait_for(lambda: world.bondd.bond()["primary"] == "", "what is not named to have its default")
    world.nmcli("connection", "modify", "bond0", "bond.options", "mode=balance-rr,miimon=200")
    need("mode" in world.nmcli("device", "reapply", "bond0", check=False), "another mode was reapplied")
    equal(world.bondd.bond()["mode"], "active-backup")
    world.nmcli("connection", "up", "bond0")
    world.wait_connected()
    equal(world.bondd.bond()["mode"], "balance-rr")


def ports_have_their_queue(world):
    world.add_bond()
    world.nmcli("connection", "modify", "port-eth1", "bond-port.queue-id", "3")
    world.nmcli("connection", "up", "port-eth1")
    world.wait_connected()
    queues = {port["name"]: port["queue_id"] for port in world.bondd.bond()["ports"]}
    equal(queues, {"eth0": 0, "eth1": 3})


def ports_have_their_priority(world):
    """NetworkManager has it since 1.44; that of Debian 12 refuses the word."""
    world.add_bond("mode=active-backup,miimon=100,primary_reselect=always", ports=())
    if world.manager.version() < (1, 44):
        text = world.nmcli("connection", "add", "type", "ethernet", "ifname", "eth0", "master", "bond0", "bond-port.prio",
                           "7", check=False)
        need("invalid property 'prio'" in text, f"it was taken: {text}")
        return
    for port, prio in (("eth0", "-5"), ("eth1", "7")):
        world.nmcli("connection", "add", "type", "ethernet", "ifname", port, "con-name", f"port-{port}", "master", "bond0",
                    "bond-port.prio", prio)
    world.wait_connected()
    equal({port["name"]: port["prio"] for port in world.bondd.bond()["ports"]}, {"eth0": -5, "eth1": 7}, "priorities")
    wait_for(lambda: world.bondd.bond()["active_port"] == "eth1", "the higher one to be active")
    world.nmcli("connection", "modify", "port-eth0", "bond-port.prio", "9")
    world.nmcli("connection", "up", "port-eth0")
    world.wait_connected()
    wait_for(lambda: world.bondd.bond()["active_port"] == "eth0", "the one that is higher now to be active")
    world.must_ping()
    # Where a mode has none, ports come all the same.
    world.nmcli("connection", "modify", "bond0", "bond.options", "mode=balance-rr,miimon=100")
    world.nmcli("connection", "up", "bond0")
    world.wait_connected()
    wait_for(lambda: "eth0: its prio of 9 is left out" in world.manager.text(), "a line of the log")
    world.must_ping()


def ports_name_their_controller(world):
    """The words of 1.46 and later, where master and slave-type are words of old still."""
    newer = world.manager.version() >= (1, 46)
    world.add_bond(ports=())
    for port in PORTS:
        world.nmcli("connection", "add", "type", "ethernet", "ifname", port, "con-name", f"port-{port}",
                    *(("controller", "bond0", "port-type", "bond") if newer else ("master", "bond0", "slave-type", "bond")))
    world.wait_connected()
    world.must_ping()
    world.restart_manager()
    world.wait_connected()
    word = "connection.controller" if newer else "connection.master"
    equal(world.nmcli("-g", word, "connection", "show", "port-eth0").strip(), "bond0", word)


def address_and_mtu_are_the_profiles(world):
    world.add_bond("mode=active-backup,miimon=100", "ethernet.cloned-mac-address", "02:00:00:00:00:77", "ethernet.mtu",
                   "1400")
    world.wait_connected()
    wait_for(lambda: world.bondd.bond()["mtu"] == 1400, "the MTU")
    bond = world.bondd.bond()
    equal((bond["address"], [port["mtu"] for port in bond["ports"]]), ("02:00:00:00:00:77", [1400, 1400]))
    world.must_ping()


def down_takes_all_away(world):
    world.add_bond()
    world.wait_connected()
    world.nmcli("connection", "down", "bond0")
    wait_for(lambda: world.state() is None and world.bondd.bond() is None, "bond0 to go")
    need("bond0" not in stock.run("ip", "-br", "link").stdout, "the interface is there still")
    for name in ("port-eth0", "port-eth1"):
        world.nmcli("connection", "up", name)
    world.wait_connected()
    world.must_ping()


def one_port_goes_and_comes(world):
    world.add_bond()
    world.wait_connected()
    world.nmcli("connection", "down", "port-eth0")
    wait_for(lambda: world.bondd.ports() == ["eth1"], "eth0 to leave")
    world.must_ping()
    world.nmcli("connection", "up", "port-eth0")
    world.wait_connected()


def ports_flap(world):
    world.add_bond()
    world.wait_connected()
    for n in range(20):
        world.cut(n % 2)
        time.sleep(0.03)
        world.cut(n % 2, "up")
    time.sleep(0.5)
    world.wait_connected()
    world.must_ping()


def manager_is_killed(world):
    world.add_bond()
    world.wait_connected()
    index = pathlib.Path("/sys/class/net/bond0/ifindex").read_text(encoding="utf-8")
    world.manager.process.kill()
    world.manager.process.wait()
    equal(world.ping(), 20, "pings without NetworkManager")
    world.manager.start()
    world.wait_connected()
    equal(pathlib.Path("/sys/class/net/bond0/ifindex").read_text(encoding="utf-8"), index, "ifindex")
    equal(world.ping(), 20, "pings afterwards")
    equal(world.device_property(DEVICE, "DeviceType"), 10, "DeviceType")


def bondd_is_killed(world):
    world.add_bond()
    world.wait_connected()
    world.bondd.kill()
    time.sleep(0.3)
    equal(world.state(), "bond connected")
    world.bondd.start()
    world.wait_connected()
    world.must_ping()


def without_bondd_it_fails_and_works_again(world):
    world.bondd.stop()
    world.add_bond("mode=active-backup,miimon=100", "connection.autoconnect", "no", ports=())
    text = world.nmcli("connection", "up", "bond0", check=False)
    need("rror" in text, f"it was activated: {text}")
    world.bondd.start()
    world.nmcli("connection", "up", "bond0")
    wait_for(lambda: world.bondd.bond() is not None, "the bond")


def index():
    """Of bond0, or nothing."""
    path = pathlib.Path("/sys/class/net/bond0/ifindex")
    try:
        return path.read_text(encoding="utf-8")
    except OSError:
        return ""


def the_interface_is_deleted(world):
    """NetworkManager may have made it again before anybody looks."""
    world.add_bond()
    world.wait_connected()
    before = index()
    stock.run("ip", "link", "delete", "bond0")
    wait_for(lambda: index() != before, "the interface to go")
    world.nmcli("connection", "up", "bond0")
    world.wait_connected()
    world.must_ping()


def it_is_unmanaged_and_managed(world):
    world.add_bond()
    world.wait_connected()
    world.nmcli("device", "set", "bond0", "managed", "no")
    wait_for(lambda: world.state() == "bond unmanaged", "bond0 to be unmanaged")
    equal(world.bondd.ports(), list(PORTS), "ports")
    world.nmcli("device", "set", "bond0", "managed", "yes")
    wait_for(lambda: world.state() == "bond connected", "bond0 to be managed")
    equal(world.bondd.ports(), list(PORTS), "ports")


def bonds_of_bondctl_are_shown(world):
    """Once bondd keeps them; NetworkManager is started anew as it reads what there is only then."""
    world.bondd.ctl("create", "bond7", "mode=balance-xor", "miimon=70")
    try:
        time.sleep(0.5)
        world.restart_manager()
        wait_for(lambda: (world.state("bond7") or "").startswith("bond "), f"bond7\n{world.nmcli('device')}")
    finally:
        world.bondd.ctl("delete", "bond7")
    wait_for(lambda: world.state("bond7") is None, "bond7 to go")


def balance_slb_is_refused(world):
    world.add_bond("mode=balance-xor,miimon=100,xmit_hash_policy=vlan+srcmac,balance-slb=1", "connection.autoconnect",
                   "no", ports=())
    text = world.nmcli("connection", "up", "bond0", check=False)
    need("rror" in text, f"it was activated: {text}")
    need("balance-slb is not done by bondd" in world.manager.text(), "the log does not say why")


def other_taps_stay_what_they_are(world):
    stock.run("ip", "tuntap", "add", "dev", "tap9", "mode", "tap")
    try:
        wait_for(lambda: (world.state("tap9") or "").startswith("tun "), f"tap9\n{world.nmcli('device')}")
        need("tun" in world.nmcli("-f", "GENERAL.TYPE", "device", "show", "tap9"), "its type")
    finally:
        stock.run("ip", "link", "delete", "tap9")


def two_hundred_profiles(world):
    """Forty of them at once, by D-Bus, as nmcli alone reads all two hundred each time; they go with their files."""
    text = ("[connection]\nid=many-{n}\nuuid=00000000-0000-4000-8000-{n:012d}\ntype=bond\ninterface-name=many{n}\n"
            "autoconnect=false\n[bond]\nmode=active-backup\nmiimon=100\n[ipv4]\nmethod=disabled\n[ipv6]\nmethod=disabled\n")
    for n in range(200):
        path = stock.KEYFILES / f"many-{n}.nmconnection"
        path.write_text(text.format(n=n), encoding="utf-8")
        path.chmod(0o600)
    start = time.monotonic()
    world.nmcli("connection", "reload")
    equal(len(world.manager.connections()), 201, "profiles, with that of lo")
    print(f"# 200 profiles are read: {time.monotonic() - start:.2f} s")
    active = [f"many{n}" for n in range(0, 200, 5)]
    start = time.monotonic()
    for n in range(0, 200, 5):
        path = world.manager.call(stock.SETTINGS, f"{stock.NAME}.Settings", "GetConnectionByUuid", "s",
                                  f"00000000-0000-4000-8000-{n:012d}")[0]
        world.manager.call(stock.ROOT, stock.NAME, "ActivateConnection", "ooo", path, "/", "/")

    def states():
        rows = world.nmcli("-t", "-f", "DEVICE,TYPE,STATE", "device").splitlines()
        return {row.split(":")[0]: row.split(":", 1)[1] for row in rows if row.startswith("many")}

    wait_for(lambda: states() == dict.fromkeys(active, "bond:connected"), "forty bonds to be connected", 60)
    print(f"# 40 of them are active: {time.monotonic() - start:.2f} s")
    bonds = {bond["name"] for bond in json.loads(world.bondd.ctl("list", "--json").stdout)}
    equal(bonds, set(active), "bonds of bondd")
    for path in stock.KEYFILES.glob("many-*"):
        path.unlink()
    world.nmcli("connection", "reload")
    wait_for(lambda: states() == {} and json.loads(world.bondd.ctl("list", "--json").stdout) == [], "all to go", 60)


def a_misfit_changes_nothing(world):
    """Built for other sizes of classes: NetworkManager goes on as without it, and says so once."""
    LOADED.write_bytes(MISFIT.read_bytes())
    mark = len(world.manager.text())
    try:
        world.restart_manager()
        said = world.manager.text()[mark:]
        equal(said.count("bondd leaves bonds to NetworkManager"), 1, "lines of the log")
        world.add_bond("mode=active-backup,miimon=100", "connection.autoconnect", "no", ports=())
        world.nmcli("connection", "up", "bond0", check=False)
        need(world.bondd.bond() is None, "bondd was asked")
        equal(world.state("eth0"), "ethernet disconnected")
    finally:
        LOADED.write_bytes(PLUGIN.read_bytes())
        world.restart_manager()


CASES = (five_commands, options_reach_the_engine, changes_are_reapplied, ports_have_their_queue,
         ports_have_their_priority, ports_name_their_controller, address_and_mtu_are_the_profiles, down_takes_all_away,
         one_port_goes_and_comes, ports_flap, manager_is_killed, bondd_is_killed, without_bondd_it_fails_and_works_again,
         the_interface_is_deleted, it_is_unmanaged_and_managed, bonds_of_bondctl_are_shown, balance_slb_is_refused,
         other_taps_stay_what_they_are, two_hundred_profiles,
         a_misfit_changes_nothing)

sys.exit(nm.play(CASES))
