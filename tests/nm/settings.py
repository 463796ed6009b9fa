#!/usr/bin/env python3
# SPDX-License-Identifier: LGPL-2.1-or-later
"""ifcfg files as profiles of Debian's unmodified NetworkManager, by our settings plugin, and run on bondd by our device
plugin: settings.py [CASE…]."""

import hashlib
import os
import pathlib
import shutil
import sys
import uuid

HERE = pathlib.Path(__file__).resolve().parent
sys.path.insert(0, str(HERE))

import stock  # noqa: E402
import world as nm  # noqa: E402
from world import equal, need, wait_for  # noqa: E402

PLUGIN = nm.BUILD / "plugin/settings/libnm-settings-plugin-ifcfg-bond.so"
MISFIT = nm.BUILD / "tests/nm/libnm-settings-plugin-misfit.so"
LOADED = pathlib.Path("/run/plugins") / PLUGIN.name
TUTORIAL = HERE.parent / "lab/tutorial"
DIRECTORY = pathlib.Path("/etc/sysconfig/network-scripts")
MODPROBE = pathlib.Path("/etc/modprobe.d/bonding.conf")
CONF = pathlib.Path("/etc/NetworkManager/conf.d/ifcfg.conf")
PROFILE = "DEVICE={0}\nTYPE=Ethernet\nONBOOT=no\nBOOTPROTO=none\nIPADDR=192.0.2.7\nPREFIX=24\nIPV6INIT=no\n"


def write(name, text, directory=DIRECTORY):
    path = directory / f"ifcfg-{name}"
    path.write_text(text, encoding="utf-8")
    return path


def uuid_of(path):
    """As NetworkManager's own plugin for ifcfg files makes it of a path."""
    return str(uuid.UUID(bytes=hashlib.md5(str(path).encode()).digest()))


class World(nm.World):
    def __init__(self, manager):
        shutil.rmtree(DIRECTORY, ignore_errors=True)
        DIRECTORY.mkdir(parents=True)
        super().__init__(manager)

    def profiles(self):
        """UUID -> name, type, file; but not that of lo."""
        rows = [line.split(":") for line in
                self.nmcli("-t", "-f", "UUID,NAME,TYPE,FILENAME", "connection").splitlines()]
        return {row[0]: row[1:] for row in rows if row[2] != "loopback"}

    def files(self):
        return sorted(pathlib.Path(row[2]).name for row in self.profiles().values())

    def reload(self):
        self.nmcli("connection", "reload")

    def said(self, mark):
        return self.manager.text()[mark:]

    def clear(self):
        # While the ports are unmanaged still: bondd gives them back as they were, and NetworkManager takes them later.
        if self.state() is not None:
            self.nmcli("device", "delete", "bond0", check=False)
            wait_for(lambda: self.bondd.bond() is None, "the bond to go")
        for path in [*DIRECTORY.iterdir(), *stock.KEYFILES.iterdir()]:
            path.unlink()
        MODPROBE.unlink(missing_ok=True)
        if CONF.exists():
            CONF.unlink()
            self.restart_manager()
        self.reload()
        wait_for(lambda: not self.profiles(), f"the profiles to go: {self.profiles()}")
        super().clear()


# --- Cases ---


def the_tutorials_files_give_a_bond(world):
    for path in TUTORIAL.glob("ifcfg-*"):
        shutil.copy(path, DIRECTORY)
    MODPROBE.parent.mkdir(exist_ok=True)
    shutil.copy(TUTORIAL / "bonding.conf", MODPROBE)
    stock.run("ip", "-n", "switch", "addr", "add", "172.20.43.1/24", "dev", "br0")
    world.reload()
    wait_for(lambda: world.state() == "bond connected", f"bond0 to be connected\n{world.nmcli('device')}")
    wait_for(lambda: world.bondd.ports() == ["eth0", "eth1"], f"the ports in the bond, not {world.bondd.ports()}")
    equal([world.state(port) for port in ("eth0", "eth1")], ["ethernet unmanaged"] * 2, "states of the ports")
    need("172.20.43.110/24" in stock.run("ip", "-br", "addr", "show", "bond0").stdout, "no address")
    need("default via 172.20.43.1 dev bond0" in stock.run("ip", "route").stdout, "no default route")
    equal((world.bondd.bond()["mode"], world.bondd.bond()["miimon"]), ("active-backup", 100), "options")
    done = wait_for(lambda: stock.run("ping", "-n", "-c", "1", "-W", "1", "172.20.43.1", check=False).returncode == 0,
                    "an answer of the gateway")
    need(done, "no ping")
    for path in TUTORIAL.glob("ifcfg-*"):
        equal((DIRECTORY / path.name).read_bytes(), path.read_bytes(), path.name)
    world.restart_manager()
    wait_for(lambda: world.state() == "bond connected", "bond0 to be connected after a restart")
    equal(world.bondd.ports(), ["eth0", "eth1"], "ports after a restart")
    world.nmcli("connection", "down", uuid_of(DIRECTORY / "ifcfg-bond0"))
    wait_for(lambda: world.bondd.bond() is None, "the bond to go")
    world.nmcli("connection", "up", uuid_of(DIRECTORY / "ifcfg-bond0"))
    wait_for(lambda: world.bondd.ports() == ["eth0", "eth1"], "the ports in the bond again")


def profiles_have_name_type_uuid_and_file(world):
    bond = write("bond0", "DEVICE=bond0\nTYPE=Bond\nBONDING_MASTER=yes\nONBOOT=no\nBONDING_OPTS=mode=1\n")
    mine = write("eth7", PROFILE.format("eth7") + "NAME=seven\nUUID=00000000-0000-4000-8000-0000000000AB\n")
    world.reload()
    equal(world.profiles(), {uuid_of(bond): ["Bond bond0", "bond", str(bond)],
                             "00000000-0000-4000-8000-0000000000ab": ["seven", "802-3-ethernet", str(mine)]})


def options_of_modprobe_are_merged(world):
    MODPROBE.parent.mkdir(exist_ok=True)
    MODPROBE.write_text("alias bond0 bonding\noptions bond0 mode=1 miimon=77\n", encoding="utf-8")
    bond = write("bond0", "DEVICE=bond0\nTYPE=Bond\nBONDING_MASTER=yes\nONBOOT=no\nBONDING_OPTS=updelay=154\n")
    world.reload()
    options = world.nmcli("-g", "bond.options", "connection", "show", uuid_of(bond))
    for option in ("mode=active-backup", "miimon=77", "updelay=154"):
        need(option in options, options)


def a_broken_file_stops_no_other(world):
    mark = len(world.manager.text())
    write("eth7", PROFILE.format("eth7"))
    broken = write("eth8", "DEVICE=eth8\nTYPE=Ethernet\nBOOTPROTO=none\nIPADDR=300.1.2.3\nPREFIX=24\n")
    world.reload()
    equal(world.files(), ["ifcfg-eth7"], "files")
    need("ifcfg-eth8:4" in world.said(mark), f"the log does not name file and line: {world.said(mark)}")
    refused = world.manager.load(str(broken))
    equal(refused, [str(broken)], "refused")
    write("eth8", PROFILE.format("eth8"))
    equal(world.manager.load(str(broken)), [], "refused")
    equal(world.files(), ["ifcfg-eth7", "ifcfg-eth8"], "files")


def each_complaint_is_made_once(world):
    mark = len(world.manager.text())
    write("eth8", PROFILE.format("eth8") + "NO_SUCH_WORD=1\n")
    for _ in range(3):
        world.reload()
    equal(world.said(mark).count("NO_SUCH_WORD"), 2, "the line, and the message that names it")


def edits_renames_and_deletions_are_followed(world):
    path = write("eth7", PROFILE.format("eth7"))
    world.reload()
    write("eth7", PROFILE.format("eth7").replace("192.0.2.7", "192.0.2.8"))
    world.reload()
    equal(world.nmcli("-g", "ipv4.addresses", "connection", "show", uuid_of(path)).strip(), "192.0.2.8/24")
    other = path.rename(DIRECTORY / "ifcfg-renamed")
    world.reload()
    equal(list(world.profiles()), [uuid_of(other)], "UUIDs after renaming")
    other.unlink()
    world.reload()
    equal(world.profiles(), {}, "profiles")


def single_files_are_loaded(world):
    one, two = write("eth7", PROFILE.format("eth7")), write("eth8", PROFILE.format("eth8"))
    equal(world.manager.load(str(one)), [], "refused")
    equal(world.files(), ["ifcfg-eth7"], "files")
    equal(world.manager.load(str(two)), [], "refused")
    one.unlink()
    equal(world.manager.load(str(one)), [], "refused")
    equal(world.files(), ["ifcfg-eth8"], "files")
    stray = DIRECTORY / "ifcfg-eth8.bak"
    stray.write_text("", encoding="utf-8")
    equal(world.manager.load(str(stray)), [str(stray)], "refused")


def keyfiles_are_beside_it(world):
    path = write("eth7", PROFILE.format("eth7"))
    world.reload()
    world.nmcli("connection", "add", "type", "ethernet", "ifname", "eth9", "con-name", "nine", "autoconnect", "no")
    rows = world.profiles()
    equal(rows.pop(uuid_of(path))[2], str(path))
    equal([row[2] for row in rows.values()], [str(stock.KEYFILES / "nine.nmconnection")])
    left = set(os.listdir("/run/NetworkManager/system-connections")) - {"lo.nmconnection"}
    equal(left, set(), "what the reader leaves behind")


def devices_not_controlled_are_unmanaged(world):
    write("eth0", "DEVICE=eth0\nTYPE=Ethernet\nONBOOT=yes\nNM_CONTROLLED=no\nBOOTPROTO=none\n")
    world.reload()
    wait_for(lambda: world.state("eth0") == "ethernet unmanaged", "eth0 to be unmanaged")
    equal(world.state("eth1"), "ethernet disconnected")
    write("eth0", "DEVICE=eth0\nTYPE=Ethernet\nONBOOT=no\nBOOTPROTO=none\n")
    world.reload()
    wait_for(lambda: world.state("eth0") == "ethernet disconnected", "eth0 to be managed")


def ports_of_networkmanager_are_profiles_too(world):
    write("bond0", "DEVICE=bond0\nTYPE=Bond\nBONDING_MASTER=yes\nONBOOT=yes\nBOOTPROTO=none\nIPADDR=192.0.2.2\n"
          'PREFIX=24\nBONDING_OPTS="mode=active-backup miimon=100"\n')
    for port in nm.PORTS:
        write(port, f"DEVICE={port}\nTYPE=Ethernet\nONBOOT=yes\nMASTER=bond0\nSLAVE=yes\n")
    world.reload()
    world.wait_connected()
    world.must_ping()


def a_deleted_profile_takes_its_files_along(world):
    path, other = write("eth7", PROFILE.format("eth7")), write("eth8", PROFILE.format("eth8"))
    routes = [DIRECTORY / f"{kind}-eth7" for kind in ("route", "rule")]
    routes[0].write_text("198.51.100.0/24 via 192.0.2.1\n", encoding="utf-8")
    routes[1].write_text("from 198.51.100.0/24 table 100\n", encoding="utf-8")
    world.reload()
    world.nmcli("connection", "delete", uuid_of(path))
    equal(list(world.profiles()), [uuid_of(other)])
    equal(list(DIRECTORY.iterdir()), [other], "files")
    equal(list(stock.KEYFILES.iterdir()), [], "what NetworkManager hides")
    path = write("eth7", PROFILE.format("eth7"))
    world.reload()
    need(uuid_of(path) in world.profiles(), "the file is not read when it is back")


def a_port_of_suses_bond_is_no_file_of_its_own(world):
    bond = write("bond0", "STARTMODE=manual\nBOOTPROTO=static\nIPADDR=192.0.2.7/24\nBONDING_MASTER=yes\n"
                 "BONDING_SLAVE_0=eth7\nBONDING_MODULE_OPTS='mode=active-backup miimon=100'\n")
    port = DIRECTORY / "ifcfg-eth7"
    world.reload()
    equal(sorted(world.profiles()), sorted([uuid_of(bond), uuid_of(port)]), "profiles")
    text = bond.read_text(encoding="utf-8")
    world.nmcli("connection", "delete", uuid_of(port))
    need(f"{port} cannot be deleted: lines of another file" in world.manager.text(), "the log does not say why")
    world.reload()
    equal(list(world.profiles()), [uuid_of(bond)], "profiles, the port being hidden")
    equal(bond.read_text(encoding="utf-8"), text)


def etc_may_be_read_only(world):
    path = write("eth7", PROFILE.format("eth7"))
    stock.run("mount", "-o", "remount,bind,ro", "/etc")
    try:
        world.restart_manager()
        equal(list(world.profiles()), [uuid_of(path)])
        world.reload()
        equal(list(world.profiles()), [uuid_of(path)])
        world.nmcli("connection", "delete", uuid_of(path), check=False)
        need(path.exists(), "the file went")
        need(f"{path} cannot be deleted: Read-only" in world.manager.text(), "the log does not say why")
    finally:
        stock.run("mount", "-o", "remount,bind,rw", "/etc")
        world.restart_manager()


def another_directory_may_be_configured(world):
    elsewhere = pathlib.Path("/run/ifcfg")
    elsewhere.mkdir()
    path = write("eth7", PROFILE.format("eth7"), elsewhere)
    CONF.parent.mkdir(exist_ok=True)
    CONF.write_text(f"[ifcfg-bond]\ndirectory={elsewhere}\n", encoding="utf-8")
    world.restart_manager()
    equal(list(world.profiles()), [uuid_of(path)])


def two_hundred_files(world):
    for n in range(200):
        write(f"many{n}", PROFILE.format(f"many{n}"))
    world.reload()
    equal(len(world.profiles()), 200, "profiles")


def a_misfit_changes_nothing(world):
    """Built for other sizes of classes: NetworkManager starts, has no profile of ifcfg files, and says so once."""
    write("eth7", PROFILE.format("eth7"))
    LOADED.write_bytes(MISFIT.read_bytes())
    mark = len(world.manager.text())
    try:
        world.restart_manager()
        equal(world.profiles(), {})
        equal(world.said(mark).count("leaves ifcfg files alone"), 1, "lines of the log")
        world.nmcli("connection", "add", "type", "ethernet", "ifname", "eth9", "con-name", "nine", "autoconnect", "no")
        equal(len(world.profiles()), 1, "profiles of keyfile")
    finally:
        LOADED.write_bytes(PLUGIN.read_bytes())
        world.restart_manager()


CASES = (the_tutorials_files_give_a_bond, profiles_have_name_type_uuid_and_file, options_of_modprobe_are_merged,
         a_broken_file_stops_no_other, each_complaint_is_made_once, edits_renames_and_deletions_are_followed,
         single_files_are_loaded, keyfiles_are_beside_it, devices_not_controlled_are_unmanaged,
         ports_of_networkmanager_are_profiles_too, a_deleted_profile_takes_its_files_along,
         a_port_of_suses_bond_is_no_file_of_its_own, etc_may_be_read_only, another_directory_may_be_configured,
         two_hundred_files, a_misfit_changes_nothing)


if __name__ == "__main__":
    sys.exit(nm.play(CASES, "ifcfg-bond,keyfile", [nm.PLUGIN, PLUGIN], World))
