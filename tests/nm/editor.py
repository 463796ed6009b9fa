#!/usr/bin/python3
# SPDX-License-Identifier: LGPL-2.1-or-later
"""Bonds in the editors of profiles: nm-connection-editor, on a desktop without a screen, and nmtui: editor.py [CASE…].

What windows show is read as assistive technologies read it, and what was saved is asked of NetworkManager."""

import contextlib
import pathlib
import signal
import subprocess
import sys

HERE = pathlib.Path(__file__).resolve().parent
sys.path.insert(0, str(HERE))

import stock  # noqa: E402
import world as nm  # noqa: E402
from world import PORTS, equal, need, wait_for  # noqa: E402
import desktop  # noqa: E402
import terminal  # noqa: E402

NMTUI = stock.PACKAGES / "usr/bin/nmtui-edit"
EDITOR = stock.PACKAGES / "usr/bin/nm-connection-editor"
SETTINGS_PLUGIN = nm.BUILD / "plugin/settings/libnm-settings-plugin-ifcfg-bond.so"
IFCFG = pathlib.Path("/etc/sysconfig/network-scripts")
HIDDEN = "lacp_rate=fast,xmit_hash_policy=layer3+4,ad_select=bandwidth,min_links=1"  # what the editor has no field for
USER = {"org.example.bond.engine": "bondd", "org.example.note": "rack 7, upper switch"}
REALIZED = {"mode": "802.3ad", "miimon": 100, "updelay": 300, "downdelay": 200, "lacp_rate": "fast",
            "xmit_hash_policy": "layer3+4", "ad_select": "bandwidth", "min_links": 1}
BOND_FILE = """# Rack 7
DEVICE=bond0
TYPE=Bond
BONDING_MASTER=yes
ONBOOT=no
BOOTPROTO=none
IPADDR=192.0.2.2
PREFIX=24
# of that rack
GATEWAY=192.0.2.1
IPV6INIT=no
MY_NOTE=x
BONDING_OPTS="mode=active-backup miimon=80 updelay=160 primary=eth1"
"""
FILES = {"bond0": BOND_FILE,
         **{port: f"DEVICE={port}\nTYPE=Ethernet\nONBOOT=no\nMASTER=bond0\nSLAVE=yes\n" for port in PORTS}}
SHOWN = {"Connection name": "Bond bond0", "Interface name": "bond0", "Mode": "Active backup", "Primary": "eth1",
         "Monitoring frequency": "80", "Link up delay": "160", "Link down delay": "0"}
ETHERNET = {"auto-negotiate": False, "mac-address-blacklist": [], "s390-options": {}}
LOG = pathlib.Path("/run/editor.log")


class World(nm.World):
    def __init__(self, manager):
        IFCFG.mkdir(parents=True, exist_ok=True)
        super().__init__(manager)
        self.desktop = desktop.Desktop()

    @contextlib.contextmanager
    def editor(self, *arguments):
        """The running program; it ends with its last window, and has not complained of what NetworkManager shows."""
        with open(LOG, "w", encoding="utf-8") as log:
            process = subprocess.Popen([EDITOR, *arguments], env=stock.environment(), stdout=log, stderr=log)
        try:
            yield process
            status = process.wait(desktop.LIMIT)
            need(status in (0, -signal.SIGTERM), f"exit status of nm-connection-editor: {status}")
        finally:
            process.kill()
            process.wait()
        said = [line for line in LOG.read_text(encoding="utf-8").splitlines() if "libnm-CRITICAL" in line]
        equal(said, [], "what nm-connection-editor complained of")

    def uuid(self, name):
        return self.nmcli("-g", "connection.uuid", "connection", "show", name).strip()

    def profiles(self):
        """UUID -> all settings, without types; not the time of the last activation, and not that of lo."""
        found = {}
        for path in self.manager.connections():
            settings = stock.plain(self.manager.settings(path))
            settings["connection"].pop("timestamp", None)
            if settings["connection"]["type"] != "loopback":
                found[settings["connection"]["uuid"]] = settings
        return found

    def add_user_data(self, name):
        """As administrators do: nmcli of that version does not know the section."""
        path = stock.KEYFILES / f"{name}.nmconnection"
        lines = ["[user]", *(f"{key}={value}" for key, value in USER.items())]
        path.write_text(path.read_text(encoding="utf-8") + "\n" + "\n".join(lines) + "\n", encoding="utf-8")
        self.nmcli("connection", "reload")


def save(world, window):
    title = window.name
    window.the("push button", "Save").press()
    world.desktop.wait_gone(title)


# --- Cases ---


def edit_in_window(world, uuid):
    with world.editor(f"--edit={uuid}"):
        window = world.desktop.window("Editing bond0")
        equal(window.labelled("Mode").text, "802.3ad", "mode")
        window.labelled("Link up delay").turn(300)
        window.labelled("Link down delay").turn(200)
        save(world, window)


def edit_in_terminal(_, uuid):
    """The fields of nmtui's form are passed one by one."""
    with terminal.Terminal(NMTUI, uuid, env=stock.environment()) as screen:
        screen.wait_text(r"Mode <802\.3ad>")
        screen.wait_text(r"<Cancel> <OK>")
        screen.type(terminal.TAB * 10)
        screen.wait_cursor_on("Link up delay 0___")
        screen.type(f"{terminal.BACKSPACE}300{terminal.TAB}{terminal.BACKSPACE}200")
        screen.wait_text(r"Link up delay 300_")
        screen.wait_text(r"Link down delay 200_")
        screen.type(terminal.TAB * 20)
        screen.wait_cursor_on("<OK>")
        screen.type(terminal.ENTER)
        screen.wait_end()


def nothing_is_lost(edit, added):
    """What the editor has no field for stays, in the bond's profile and in those of its ports; all editors write some
    defaults that were not written before."""
    def run(world):
        world.add_bond(f"mode=802.3ad,miimon=100,{HIDDEN}", "ipv4.gateway", "192.0.2.1", "ipv4.routes",
                       "198.51.100.0/24 192.0.2.1", "connection.autoconnect-slaves", "1")
        world.nmcli("connection", "modify", "port-eth1", "bond-port.queue-id", "3")
        world.add_user_data("bond0")
        world.wait_connected()
        uuid = world.uuid("bond0")
        wanted = world.profiles()
        edit(world, uuid)
        wanted[uuid]["bond"]["options"].update(updelay="300", downdelay="200")
        for section, values in added.items():
            wanted[uuid].setdefault(section, {}).update(values)
        wait_for(lambda: world.profiles()[uuid]["bond"] == wanted[uuid]["bond"], "the new delays")
        equal(world.profiles(), wanted, "profiles")
        world.nmcli("connection", "up", "bond0")
        world.wait_connected()
        bond = world.bondd.bond()
        equal({name: bond[name] for name in REALIZED}, REALIZED, "options of the bond")
        world.must_ping()
    run.__name__ = f"nothing_is_lost_by_an_{edit.__name__}"
    return run


def name_primary_and_mode_change(world):
    """One after the other, and each runs."""
    world.add_bond("mode=active-backup,miimon=100,primary=eth0,num_grat_arp=3")
    world.add_user_data("bond0")
    world.wait_connected()
    uuid = world.uuid("bond0")
    with world.editor(f"--edit={uuid}"):
        window = world.desktop.window("Editing bond0")
        equal(window.labelled("Primary").text, "eth0", "primary")
        window.labelled("Primary").write("eth1")
        window.labelled("Connection name").write("trunk")
        save(world, window)
    wait_for(lambda: world.profiles()[uuid]["connection"]["id"] == "trunk", "the new name")
    kept = {"miimon": "100", "updelay": "0", "downdelay": "0", "num_grat_arp": "3"}
    equal(world.profiles()[uuid]["bond"]["options"], {"mode": "active-backup", "primary": "eth1", **kept}, "options")
    world.nmcli("connection", "up", "trunk")
    world.wait_connected()
    wait_for(lambda: world.bondd.bond()["active_port"] == "eth1", "the new primary to be active")
    with world.editor(f"--edit={uuid}"):
        window = world.desktop.window("Editing trunk")
        window.labelled("Mode").choose("XOR")
        save(world, window)
    # It has no primary.
    wanted = {"mode": "balance-xor", **kept}
    wait_for(lambda: world.profiles()[uuid]["bond"]["options"] == wanted, f"the options {wanted}")
    equal(world.profiles()[uuid]["user"]["data"], USER, "user data")
    world.nmcli("connection", "up", "trunk")
    world.wait_connected()
    equal((world.bondd.bond()["mode"], world.bondd.bond()["miimon"]), ("balance-xor", 100), "mode and miimon")
    world.must_ping()


def make_port(world, window, port, name):
    window.the("push button", "Add").click()
    world.desktop.window(" ", "dialog").the("push button", "Create…").press()
    editor = world.desktop.window(f"Editing {name}")
    editor.labelled("Device").the("text").write(port)
    save(world, editor)
    desktop.wait_window(lambda: name in window.cells(), f"{name} among the bonded connections")


def a_new_bond_comes_up_by_itself(world):
    """Made in the editor alone, with what it proposes: round-robin, DHCP, and looking each millisecond."""
    with nm.dnsmasq("--dhcp-range=192.0.2.50,192.0.2.60,1h", "--dhcp-authoritative", "--no-ping"):
        with world.editor("--create", "--type=bond"):
            window = world.desktop.window("Editing Bond connection 1")
            for n, port in enumerate(PORTS, 1):
                make_port(world, window, port, f"bond0 port {n}")
            save(world, window)
        world.wait_connected()
        options = world.profiles()[world.uuid("Bond connection 1")]["bond"]["options"]
        equal(options, {"mode": "balance-rr", "miimon": "1", "updelay": "0", "downdelay": "0"}, "options")
        equal((world.bondd.bond()["mode"], world.bondd.bond()["miimon"]), ("balance-rr", 1), "mode and miimon")
        world.must_ping()
        for n, port in enumerate(PORTS):
            others = [other for other in PORTS if other != port]
            world.cut(n)
            wait_for(lambda others=others: ports_up(world) == others, f"{port} to fail")
            world.must_ping()
            world.cut(n, "up")
            wait_for(lambda: ports_up(world) == list(PORTS), f"{port} to be back")


def ports_up(world):
    return sorted(port["name"] for port in world.bondd.bond()["ports"] if port["link"] == "up")


def an_active_bond_is_listed(world):
    world.add_bond()
    world.wait_connected()
    with world.editor() as editor:
        window = world.desktop.window("Network Connections")
        for name in ("bond0", "port-eth0", "port-eth1"):
            desktop.wait_window(lambda name=name: name in window.cells(), f"{name} in the list")
        cells = window.cells()
        equal(cells[cells.index("bond0") + 1], "now", "when it was used last")
        need(cells.index("Bond") < cells.index("bond0"), f"bond0 is not among the bonds: {cells}")
        world.nmcli("connection", "modify", "bond0", "connection.id", "renamed")
        desktop.wait_window(lambda: "renamed" in window.cells(), "the new name in the list")
        equal(world.state(), "bond connected")
        editor.terminate()
        editor.wait(desktop.LIMIT)


def an_ifcfg_file_is_shown_and_saved(world):
    """The profile that our settings plugin makes of it. In the file only what was changed is another."""
    for name, text in FILES.items():
        (IFCFG / f"ifcfg-{name}").write_text(text, encoding="utf-8")
    try:
        world.nmcli("connection", "reload")
        uuid = world.uuid("Bond bond0")
        with world.editor(f"--edit={uuid}"):
            window = world.desktop.window("Editing Bond bond0")
            equal({label: window.labelled(label).text for label in SHOWN}, SHOWN, "fields")
            equal(window.cells(), ["System eth0", "System eth1", "192.0.2.2", "24", "192.0.2.1"], "ports and addresses")
            window.turn_to("IPv4 Settings")
            equal(window.labelled("Method").text, "Manual", "method")
            window.turn_to("Bond")
            window.labelled("Link up delay").turn(240)
            save(world, window)
        wait_for(lambda: world.profiles()[uuid]["bond"]["options"]["updelay"] == "240", "the new delay")
        # The editor writes what is the default.
        wanted = BOND_FILE.replace("updelay=160 primary=eth1", "updelay=240 primary=eth1 downdelay=0")
        wanted = {**FILES, "bond0": wanted + "IPV6_ADDR_GEN_MODE=stable-privacy\n"}
        equal({name: (IFCFG / f"ifcfg-{name}").read_text(encoding="utf-8") for name in FILES}, wanted, "files")
        equal(list(stock.KEYFILES.iterdir()), [], "profiles stored elsewhere")
    finally:
        for name in FILES:
            (IFCFG / f"ifcfg-{name}").unlink(missing_ok=True)
        world.nmcli("connection", "reload")


CASES = (nothing_is_lost(edit_in_window, {"ipv6": {"addr-gen-mode": 1}}),
         nothing_is_lost(edit_in_terminal, {"802-3-ethernet": ETHERNET}), name_primary_and_mode_change,
         a_new_bond_comes_up_by_itself, an_active_bond_is_listed, an_ifcfg_file_is_shown_and_saved)

sys.exit(nm.play(CASES, "ifcfg-bond,keyfile", (nm.PLUGIN, SETTINGS_PLUGIN), World))
