#!/usr/bin/env python3
# SPDX-License-Identifier: LGPL-2.1-or-later
"""Profiles that NetworkManager changes, written back into their ifcfg files by our settings plugin: writeback.py
[CASE…]."""

import contextlib
import os
import pathlib
import sys

HERE = pathlib.Path(__file__).resolve().parent
sys.path.insert(0, str(HERE))

import settings  # noqa: E402
import stock  # noqa: E402
import world as nm  # noqa: E402
from settings import CONF, DIRECTORY, PLUGIN, uuid_of, write  # noqa: E402
from world import equal, need, wait_for  # noqa: E402

# Much that nobody may touch: comments, an order of its own, quotes of all kinds, words that nobody knows.
BOND = """# The bond of this host. Ask the network team before you change it!
DEVICE=bond0
TYPE=Bond
BONDING_MASTER=yes

NAME="Bond of this host"   # as it is called
BOOTPROTO=none
IPADDR=192.0.2.2
PREFIX=24
 # indented
OUR_INVENTORY_NUMBER='4711 b'
DNS1=192.0.2.53
BONDING_OPTS="mode=active-backup miimon=100"
MTU=1400
IPV6INIT=no
ONBOOT=yes
#ONBOOT=no
NETMASK_OF_OLD=\\"x\\"
"""
PORT = "# port {0}\nDEVICE={0}\nMASTER=bond0\nTYPE=Ethernet\nSLAVE=yes\nONBOOT=yes\nRACK=7\n"
ETHERNET = "DEVICE=eth7\n# mine\nTYPE=Ethernet\nONBOOT=no\nBOOTPROTO=none\nIPADDR=192.0.2.7\nPREFIX=24\nIPV6INIT=no\n"


class World(settings.World):
    def clear(self):
        # What is kept in memory outlives its file.
        for uuid, row in self.profiles().items():
            if row[2].startswith("/run/"):
                self.nmcli("connection", "delete", uuid, check=False)
        super().clear()


@contextlib.contextmanager
def read_only(directory):
    stock.run("mount", "--bind", directory, directory)
    stock.run("mount", "-o", "remount,bind,ro", directory)
    try:
        yield
    finally:
        stock.run("umount", directory)


def modify(world, path, *arguments, check=True):
    return world.nmcli("connection", "modify", uuid_of(path), *arguments, check=check)


def show(world, path, field):
    return world.nmcli("-g", field, "connection", "show", uuid_of(path)).strip()


def object_of(world, uuid):
    return world.manager.call(stock.SETTINGS, f"{stock.NAME}.Settings", "GetConnectionByUuid", "s", uuid)[0]


def settings_of(world, uuid):
    """As D-Bus has them, but not when the profile was used last."""
    found = world.manager.settings(object_of(world, uuid))
    found["connection"].pop("timestamp", None)
    return found


def everything(world):
    """All profiles, with all their settings."""
    return {uuid: (row, settings_of(world, uuid)) for uuid, row in world.profiles().items()}


def lines_but(text, *variables):
    return [line for line in text.splitlines() if line.split("=")[0] not in variables]


def must_keep(path, before, *variables):
    """Nothing but these variables may differ from what the file was."""
    equal(lines_but(path.read_text(encoding="utf-8"), *variables), lines_but(before, *variables), path.name)


def must_be_lasting(world):
    """Whoever reads the files anew finds the profiles as they are, under the same names."""
    before = everything(world)
    world.reload()
    equal(everything(world), before, "after reload")
    left = [path.name for path in DIRECTORY.iterdir() if path.name.startswith(".")]
    equal(left, [], "what is left beside the files")


def must_refuse(world, path, words, *arguments):
    files = {file: file.read_bytes() for file in DIRECTORY.iterdir() if file.is_file()}
    before = everything(world)
    text = modify(world, path, *arguments, check=False)
    need(text.startswith("Error: ") and all(word in text for word in words), f"{text!r} instead of {words}")
    equal({file: file.read_bytes() for file in DIRECTORY.iterdir() if file.is_file()}, files, "files")
    equal(everything(world), before, "profiles")
    return text


def split_types(signature):
    """The complete types of a D-Bus signature."""
    types, depth, array = [], 0, ""
    for c in signature:
        array += c
        depth += (c in "({") - (c in ")}")
        if depth == 0 and c != "a":
            types.append(array)
            array = ""
    return types


def words_of(kind, data):
    """A value as busctl takes it, from what busctl has printed of it."""
    if kind == "v":
        return [data["type"], *words_of(data["type"], data["data"])]
    if kind.startswith("a{"):
        inner = split_types(kind[2:-1])
        return [str(len(data)), *(word for item in data.items() for part in zip(inner, item) for word in words_of(*part))]
    if kind.startswith("a"):
        return [str(len(data)), *(word for item in data for word in words_of(kind[1:], item))]
    if kind.startswith("("):
        return [word for part in zip(split_types(kind[1:-1]), data) for word in words_of(*part)]
    return [str(data).lower() if kind == "b" else str(data)]


# --- Cases ---


def a_bond_is_changed_in_its_file(world):
    path = write("bond0", BOND.replace("\nONBOOT=yes", "\nONBOOT=no"))
    before = os.stat(path)
    os.chmod(path, 0o640)
    os.chown(path, 0, 7)
    world.reload()
    for variables, arguments in (
            (["IPADDR", "PREFIX"], ("ipv4.addresses", "192.0.2.9/28")),
            (["DNS1", "DNS2"], ("ipv4.dns", "192.0.2.54,192.0.2.55")),
            (["BONDING_OPTS"], ("bond.options", "mode=802.3ad,lacp_rate=fast,miimon=50")),
            (["MTU"], ("802-3-ethernet.mtu", "9000")),
            (["NAME"], ("connection.id", "It's new"))):
        text = path.read_text(encoding="utf-8")
        modify(world, path, *arguments)
        need(path.read_text(encoding="utf-8") != text, f"{path} is as it was after {arguments}")
        must_keep(path, text, *variables)
        equal(show(world, path, arguments[0]).replace("\\", "").replace(", ", ","), arguments[1], arguments[0])
    must_be_lasting(world)
    after = os.stat(path)
    equal((after.st_mode & 0o7777, after.st_uid, after.st_gid), (0o640, before.st_uid, 7), "rights and owner")
    equal(world.profiles(), {uuid_of(path): ["It's new", "bond", str(path)]})
    equal(list(stock.KEYFILES.iterdir()), [], "keyfiles")
    before = everything(world)
    world.restart_manager()
    equal(everything(world), before, "after a restart")


def what_runs_goes_on(world):
    path = write("bond0", BOND.replace("MTU=1400\n", ""))
    for port in nm.PORTS:
        write(port, PORT.format(port))
    world.reload()
    world.wait_connected()
    active = world.nmcli("-t", "-f", "UUID,DEVICE,STATE", "connection", "show", "--active")
    modify(world, path, "+ipv4.addresses", "192.0.2.22/24")
    equal(world.nmcli("-t", "-f", "UUID,DEVICE,STATE", "connection", "show", "--active"), active)
    world.must_ping()
    must_be_lasting(world)
    world.nmcli("device", "reapply", "bond0")
    wait_for(lambda: "192.0.2.22/24" in stock.run("ip", "-br", "addr", "show", "bond0").stdout, "the new address")
    world.must_ping()
    equal(world.bondd.ports(), ["eth0", "eth1"], "ports")


def ports_are_changed_too(world):
    write("bond0", BOND.replace("ONBOOT=yes", "ONBOOT=no"))
    path = write("eth7", PORT.format("eth7").replace("ONBOOT=yes", "ONBOOT=no"))
    world.reload()
    modify(world, path, "connection.id", "seven")
    must_keep(path, PORT.format("eth7").replace("ONBOOT=yes", "ONBOOT=no"), "NAME")
    modify(world, path, "connection.master", "bond1")
    text = path.read_text(encoding="utf-8")
    need("MASTER=bond1" in text and "RACK=7" in text, text)
    must_be_lasting(world)


def clients_of_dbus_change_it_too(world):
    path = write("eth7", ETHERNET)
    world.reload()
    object_path = object_of(world, uuid_of(path))
    profile = world.manager.settings(object_path)
    profile["802-3-ethernet"]["mtu"] = {"type": "u", "data": 1234}
    profile["ipv4"]["address-data"]["data"][0]["prefix"] = {"type": "u", "data": 25}
    profile["ipv4"].pop("addresses", None)
    world.manager.call(object_path, f"{stock.NAME}.Settings.Connection", "Update", "a{sa{sv}}",
                       *words_of("a{sa{sv}}", profile))
    equal((show(world, path, "802-3-ethernet.mtu"), show(world, path, "ipv4.addresses")), ("1234", "192.0.2.7/25"))
    must_keep(path, ETHERNET, "MTU", "PREFIX")
    must_be_lasting(world)


def one_change_after_the_other(world):
    path = write("eth7", ETHERNET)
    world.reload()
    for n in range(3):
        modify(world, path, "ipv4.addresses", f"192.0.2.{n + 10}/24")
        equal(show(world, path, "ipv4.addresses"), f"192.0.2.{n + 10}/24")
        modify(world, path, "connection.autoconnect", ("yes", "no")[n % 2])
        equal(show(world, path, "connection.autoconnect"), ("yes", "no")[n % 2])
    must_keep(path, ETHERNET, "IPADDR", "ONBOOT")
    must_be_lasting(world)
    modify(world, path, "ipv4.addresses", "192.0.2.7/24", "connection.autoconnect", "no")
    equal(path.read_text(encoding="utf-8"), ETHERNET, "the file after all")


def a_directory_that_is_read_only(world):
    path = write("eth7", ETHERNET)
    world.reload()
    with read_only(DIRECTORY):
        must_refuse(world, path, [str(path), "Read-only file system"], "ipv4.addresses", "192.0.2.9/24")
    modify(world, path, "ipv4.addresses", "192.0.2.9/24")
    must_keep(path, ETHERNET, "IPADDR")


def a_disk_that_is_full(world):
    stock.run("mount", "-t", "tmpfs", "-o", "size=64k", "tmpfs", DIRECTORY)
    try:
        path = write("eth7", ETHERNET)
        world.reload()
        with contextlib.suppress(OSError):
            (DIRECTORY / "rubbish").write_bytes(bytes(1 << 20))
        must_refuse(world, path, [str(path), "No space left"], "ipv4.addresses", "192.0.2.9/24")
        must_be_lasting(world)
        (DIRECTORY / "rubbish").unlink()
        modify(world, path, "ipv4.addresses", "192.0.2.9/24")
        must_keep(path, ETHERNET, "IPADDR")
    finally:
        stock.run("umount", DIRECTORY)


def what_ifcfg_cannot_say_moves_to_a_keyfile(world):
    path = write("eth7", ETHERNET)
    route = DIRECTORY / "route-eth7"
    route.write_text("198.51.100.0/24 via 192.0.2.1\n", encoding="utf-8")
    world.reload()
    text = must_refuse(world, path, [str(path), "tc.", f"nmcli connection migrate {uuid_of(path)}"],
                       "tc.qdiscs", "root pfifo_fast")
    command = text[text.index("`") + 1:].split("`")[0].split()
    before = settings_of(world, uuid_of(path))
    world.nmcli(*command[1:])
    equal(settings_of(world, uuid_of(path)), before, "the profile as a keyfile")
    equal(list(DIRECTORY.iterdir()), [], "files")
    modify(world, path, "tc.qdiscs", "root pfifo_fast")
    must_be_lasting(world)
    equal(list(world.profiles()), [uuid_of(path)], "profiles")
    world.restart_manager()
    equal(list(world.profiles()), [uuid_of(path)], "profiles after a restart")


def what_cannot_be_deleted_is_a_keyfile_all_the_same(world):
    path = write("eth7", ETHERNET)
    world.reload()
    with read_only(DIRECTORY):
        world.nmcli("connection", "migrate", uuid_of(path))
        must_be_lasting(world)
        world.nmcli("connection", "modify", uuid_of(path), "connection.id", "seven")
        must_be_lasting(world)
        equal(world.profiles()[uuid_of(path)][0], "seven", "the profile's name")
    need(f"{path} cannot be deleted: Read-only" in world.manager.text(), "the log does not say why")
    need(f"{path} counts again when NetworkManager is started anew" in world.manager.text(), "the log does not warn")
    equal(path.read_text(encoding="utf-8"), ETHERNET)


def suses_files_are_changed_in_their_words(world):
    text = ("# the host's\nSTARTMODE='manual'\nBOOTPROTO='static'\nIPADDR='192.0.2.7/24'\nBONDING_MASTER='yes'\n"
            "BONDING_SLAVE_0='eth7'\nBONDING_MODULE_OPTS='mode=active-backup miimon=100'\n")
    path = write("bond0", text)
    world.reload()
    modify(world, path, "ipv4.addresses", "192.0.2.9/24")
    modify(world, path, "bond.options", "mode=active-backup,miimon=50")
    equal(path.read_text(encoding="utf-8"), text.replace("2.7/24", "2.9/24").replace("miimon=100", "miimon=50"))
    # The port has no file of its own to say it.
    must_refuse(world, path, [str(DIRECTORY / "ifcfg-eth7")], "connection.autoconnect", "yes")
    must_be_lasting(world)
    # A port that has become a keyfile does not come back.
    port = uuid_of(DIRECTORY / "ifcfg-eth7")
    world.nmcli("connection", "migrate", port)
    must_be_lasting(world)
    equal(world.profiles()[port][2], str(stock.KEYFILES / "System eth7.nmconnection"))


def further_addresses_stay_in_their_files(world):
    path = write("eth7", ETHERNET)
    alias = write("eth7:1", "DEVICE=eth7:1\nIPADDR=192.0.2.71\n# more\nPREFIX=24\n")
    before = alias.read_bytes()
    world.reload()
    equal(show(world, path, "ipv4.addresses"), "192.0.2.7/24, 192.0.2.71/24")
    modify(world, path, "ipv4.addresses", "192.0.2.9/24,192.0.2.71/24", "connection.id", "seven")
    must_keep(path, ETHERNET, "IPADDR", "NAME")
    equal(alias.read_bytes(), before)
    must_be_lasting(world)


def edits_on_disk_are_not_lost(world):
    path = write("eth7", ETHERNET)
    world.reload()
    write("eth7", ETHERNET.replace("192.0.2.7", "192.0.2.77"))
    must_refuse(world, path, [str(path), "nmcli connection reload"], "connection.id", "seven")
    world.reload()
    modify(world, path, "connection.id", "seven")
    equal(show(world, path, "ipv4.addresses"), "192.0.2.77/24")
    path.unlink()
    must_refuse(world, path, [str(path), "nmcli connection reload"], "connection.id", "eight")


def broken_neighbours_are_left_alone(world):
    path = write("eth7", ETHERNET)
    broken = write("eth8", "DEVICE=eth8\nTYPE=Ethernet\nBOOTPROTO=none\nIPADDR=300.1.2.3\n\tstray\n'")
    other = write("eth9", ETHERNET.replace("eth7", "eth9") + "SOMETHING_ELSE=1\n")
    before = broken.read_bytes(), other.read_bytes()
    world.reload()
    modify(world, path, "ipv4.addresses", "192.0.2.9/24")
    equal((broken.read_bytes(), other.read_bytes()), before, "neighbours")
    must_be_lasting(world)
    world.nmcli("connection", "delete", uuid_of(path))
    equal(sorted(DIRECTORY.iterdir()), [broken, other], "files")


def changes_for_now_stay_out_of_the_file(world):
    path = write("eth7", ETHERNET)
    world.reload()
    world.nmcli("connection", "modify", "--temporary", uuid_of(path), "ipv4.addresses", "192.0.2.9/24")
    equal(path.read_text(encoding="utf-8"), ETHERNET)
    world.nmcli("connection", "modify", uuid_of(path), "connection.id", "seven")
    equal((show(world, path, "connection.id"), show(world, path, "ipv4.addresses")), ("seven", "192.0.2.9/24"))
    must_keep(path, ETHERNET, "IPADDR", "NAME")
    equal(world.profiles(), {uuid_of(path): ["seven", "802-3-ethernet", str(path)]})
    must_be_lasting(world)


def devices_not_controlled_stay_so(world):
    path = write("bond0", BOND.replace("ONBOOT=yes", "ONBOOT=no"))
    port = write("eth0", PORT.format("eth0") + "NM_CONTROLLED=no\n")
    before = path.read_text(encoding="utf-8")
    world.reload()
    wait_for(lambda: world.state("eth0") == "ethernet unmanaged", "eth0 to be unmanaged")
    equal(settings_of(world, uuid_of(path))["user"]["data"]["data"], {"org.example.bond.ports": "eth0"})
    modify(world, path, "ipv4.addresses", "192.0.2.9/24")
    must_keep(path, before, "IPADDR")
    modify(world, port, "connection.id", "zero")
    must_keep(port, PORT.format("eth0") + "NM_CONTROLLED=no\n", "NAME")
    must_refuse(world, port, ["connection.autoconnect", "NM_CONTROLLED=no"], "connection.autoconnect", "yes")
    must_refuse(world, path, ["eth0"], "connection.interface-name", "bond9")
    equal(world.state("eth0"), "ethernet unmanaged")
    must_be_lasting(world)


def new_profiles_may_become_files(world):
    CONF.parent.mkdir(exist_ok=True)
    CONF.write_text("[ifcfg-bond]\nnew-profiles=ifcfg\n", encoding="utf-8")
    world.restart_manager()
    world.add_bond("mode=active-backup,miimon=100")
    world.wait_connected()
    world.must_ping()
    equal(sorted(path.name for path in DIRECTORY.iterdir()), ["ifcfg-bond0", "ifcfg-eth0", "ifcfg-eth1"])
    equal([path.stat().st_mode & 0o7777 for path in DIRECTORY.iterdir()], [0o600] * 3, "rights")
    equal(list(stock.KEYFILES.iterdir()), [], "keyfiles")
    must_be_lasting(world)
    world.nmcli("connection", "modify", "bond0", "ipv4.dns", "192.0.2.53")
    world.nmcli("connection", "modify", "bond0", "connection.id", "lan")
    must_be_lasting(world)
    before = everything(world)
    world.restart_manager()
    equal(everything(world), before, "after a restart")
    world.nmcli("connection", "add", "type", "tun", "ifname", "tun7", "mode", "tap", "con-name", "tun7",
                "autoconnect", "no")
    equal(list(stock.KEYFILES.iterdir()), [stock.KEYFILES / "tun7.nmconnection"], "keyfiles")
    world.nmcli("connection", "add", "type", "ethernet", "ifname", "eth0", "con-name", "a b/c", "autoconnect", "no")
    need((DIRECTORY / "ifcfg-a_b_c").exists(), f"{list(DIRECTORY.iterdir())}")
    world.nmcli("connection", "delete", "a b/c", "lan")
    equal(sorted(path.name for path in DIRECTORY.iterdir()), ["ifcfg-eth0", "ifcfg-eth1"])


def new_profiles_are_keyfiles_else(world):
    world.nmcli("connection", "add", "type", "ethernet", "ifname", "eth9", "con-name", "nine", "autoconnect", "no")
    equal(list(DIRECTORY.iterdir()), [], "files")
    text = world.nmcli("connection", "migrate", "--plugin", "ifcfg-bond", "nine", check=False)
    need("[ifcfg-bond] new-profiles=ifcfg" in text, text)
    equal(list(stock.KEYFILES.iterdir()), [stock.KEYFILES / "nine.nmconnection"], "keyfiles")


CASES = (a_bond_is_changed_in_its_file, what_runs_goes_on, ports_are_changed_too, clients_of_dbus_change_it_too,
         one_change_after_the_other, a_directory_that_is_read_only, a_disk_that_is_full,
         what_ifcfg_cannot_say_moves_to_a_keyfile, what_cannot_be_deleted_is_a_keyfile_all_the_same,
         suses_files_are_changed_in_their_words, further_addresses_stay_in_their_files, edits_on_disk_are_not_lost, broken_neighbours_are_left_alone,
         changes_for_now_stay_out_of_the_file, devices_not_controlled_stay_so, new_profiles_may_become_files,
         new_profiles_are_keyfiles_else)


if __name__ == "__main__":
    sys.exit(nm.play(CASES, "ifcfg-bond,keyfile", [nm.PLUGIN, PLUGIN], World))
