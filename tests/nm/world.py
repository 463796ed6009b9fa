# SPDX-License-Identifier: LGPL-2.1-or-later
"""The world of NetworkManager's tests: Debian's unmodified NetworkManager with our device plugin, bondd, and two
cables to a switch. The host is the test's own namespace; the switch is a bridge in another."""

import contextlib
import json
import os
import pathlib
import re
import subprocess
import sys
import time

HERE = pathlib.Path(__file__).resolve().parent
sys.path[:0] = [str(HERE), str(HERE.parent / "lab")]

import stock  # noqa: E402
import tap  # noqa: E402

BUILD = pathlib.Path(os.environ["BONDD_BUILD"]).resolve()
BONDD = BUILD / "daemon/service/bondd"
BONDCTL = BUILD / "daemon/bondctl/bondctl"
PLUGIN = BUILD / "plugin/device/libnm-device-plugin-bondd.so"
MISFIT = BUILD / "tests/nm/libnm-device-plugin-misfit.so"
LOADED = pathlib.Path("/run/plugins") / PLUGIN.name
DEVICE = f"{stock.NAME}.Device"
SERVER, CLIENT = "192.0.2.2", "192.0.2.1"
PORTS = ("eth0", "eth1")
LIMIT = 15 * stock.PATIENCE


def need(condition, what):
    if not condition:
        raise stock.Failure(what)


def equal(seen, wanted, what=""):
    if seen != wanted:
        raise stock.Failure(f"{what}: {seen!r} instead of {wanted!r}")


def wait_for(condition, what, seconds=LIMIT):
    end = time.monotonic() + seconds
    while True:
        value = condition()
        if value:
            return value
        if time.monotonic() > end:
            raise stock.Failure(f"waited {seconds} s in vain for {what}")
        time.sleep(0.05 * stock.PATIENCE)


class Bondd:
    """The real daemon; killed and started as often as a case wants."""

    def __init__(self):
        self.log = open("/run/bondd.log", "w", encoding="utf-8")  # pylint: disable=consider-using-with
        self.process = None
        self.start()

    def start(self):
        self.process = subprocess.Popen([BONDD, "--verbose"], stdout=self.log, stderr=self.log)
        wait_for(lambda: self.ctl("list", check=False).returncode == 0, "bondd")

    def kill(self):
        self.process.kill()
        self.process.wait()

    def stop(self):
        self.process.terminate()
        equal(self.process.wait(LIMIT), 0, "exit status of bondd")

    @staticmethod
    def ctl(*arguments, check=True):
        return stock.run(BONDCTL, *arguments, check=check)

    def bond(self, name="bond0"):
        """All there is to know of a bond, or None."""
        done = self.ctl("show", name, "--json", check=False)
        return json.loads(done.stdout)[0] if done.returncode == 0 else None

    def ports(self, name="bond0"):
        bond = self.bond(name)
        return sorted(port["name"] for port in bond["ports"]) if bond else None


@contextlib.contextmanager
def dnsmasq(*options):
    """A server of addresses on the switch."""
    server = subprocess.Popen(["ip", "netns", "exec", "switch", "dnsmasq", "--keep-in-foreground", "--conf-file=/dev/null",
                               "--port=0", "--interface=br0", "--bind-interfaces", "--user=root", "--leasefile-ro",
                               "--pid-file=", "--log-facility=/run/dnsmasq.log", *options])
    try:
        yield
    finally:
        server.terminate()
        server.wait(LIMIT)


class World:
    """What all cases run in; each leaves it as it was."""

    def __init__(self, manager):
        self.manager = manager
        self.nmcli = manager.nmcli
        self.expected = []  # errors that a case has provoked: patterns
        os.makedirs("/run/netns")
        stock.run("ip", "netns", "add", "switch")
        # An address of its own: it would change with the ports that come and go, and the host's neighbour entry be stale.
        for line in ("link add br0 address 02:00:00:00:00:01 type bridge stp_state 0 forward_delay 0 mcast_snooping 0",
                     f"addr add {CLIENT}/24 dev br0", "link set br0 up", "link set lo up"):
            stock.run("ip", "-n", "switch", *line.split())
        for port in PORTS:
            self.plug_in(port)
        self.bondd = Bondd()

    @staticmethod
    def plug_in(port):
        far = f"sw{port[-1]}"
        stock.run(*f"ip link add {port} numrxqueues 1 numtxqueues 1 type veth peer name {far} numrxqueues 1 "
                  f"numtxqueues 1 netns switch".split())
        stock.run("ip", "netns", "exec", "switch", "ethtool", "-K", far, "tx", "off", "txvlan", "off")
        stock.run("ip", "-n", "switch", "link", "set", far, "master", "br0", "up")
        stock.run("ip", "-n", "switch", "link", "set", far, "type", "bridge_slave", "isolated", "on")

    @staticmethod
    def cut(n, state="down"):
        stock.run("ip", "-n", "switch", "link", "set", f"sw{n}", state)

    def state(self, device="bond0"):
        """STATE of `nmcli device`, or None if there is no such device."""
        for line in self.nmcli("-t", "-f", "DEVICE,TYPE,STATE", "device").splitlines():
            words = line.split(":")
            if words[0] == device:
                return f"{words[1]} {words[2]}"
        return None

    def add_bond(self, options="mode=active-backup,miimon=100", *more, name="bond0", ports=PORTS):
        """As the README has it: the bond, and a profile for each port; they come up by themselves."""
        self.nmcli("connection", "add", "type", "bond", "ifname", name, "con-name", name, "bond.options", options,
                   "ipv4.method", "manual", "ipv4.addresses", f"{SERVER}/24", "ipv6.method", "disabled", *more)
        for port in ports:
            self.nmcli("connection", "add", "type", "ethernet", "ifname", port, "con-name", f"port-{port}", "master",
                       name)

    def wait_connected(self, ports=PORTS):
        wait_for(lambda: self.state() == "bond connected", f"bond0 to be connected\n{self.nmcli('device')}")
        for port in ports:
            wait_for(lambda port=port: self.state(port) == "ethernet connected", f"{port} to be connected")
        wait_for(lambda: self.bondd.ports() == sorted(ports), f"the ports in the bond, not {self.bondd.ports()}")

    def clear(self):
        """No profile, no bond, whatever the case left."""
        for line in self.nmcli("-t", "-f", "UUID,TYPE", "connection").splitlines():
            uuid, kind = line.split(":")
            if kind != "loopback":
                self.nmcli("connection", "delete", uuid, check=False)
        wait_for(lambda: self.state() is None, f"bond0 to go\n{self.nmcli('device')}")
        wait_for(lambda: self.bondd.bond() is None, "the bond to go")
        for port in PORTS:
            wait_for(lambda port=port: self.state(port) == "ethernet disconnected", f"{port} to be free")

    @staticmethod
    def ping(count=20, interval="0.05", host=CLIENT):
        done = stock.run("ping", "-n", "-c", str(count), "-i", interval, "-W", str(min(5, stock.PATIENCE)), host,
                         check=False)
        return int(re.search(r"(\d+) received", done.stdout).group(1))

    def must_ping(self):
        wait_for(lambda: self.ping(1) == 1, "the first ping")
        equal(self.ping(), 20, "pings")

    def device_property(self, interface, name, device="bond0"):
        path = self.manager.call(stock.ROOT, stock.NAME, "GetDeviceByIpIface", "s", device)[0]
        done = stock.run("busctl", "--system", "--json=short", "get-property", stock.NAME, path, interface, name)
        return json.loads(done.stdout)["data"]

    def restart_manager(self):
        self.manager.process.kill()
        self.manager.process.wait()
        self.manager.start()


# /sys is read-only here, which a bridge does not like.
HARMLESS = re.compile(r"/brport/.* Read-only file system")


def nothing_critical_was_said(world):
    lines = [line for line in world.manager.text().splitlines()
             if re.search(r"CRITICAL|assertion|Gdbus.*: Error|<error>", line) and not HARMLESS.search(line)
             and not any(re.search(pattern, line) for pattern in world.expected)]
    equal(lines, [], "critical lines of the log")


def cleared(function, world):
    """The case, and the world as it was afterwards."""
    def run():
        try:
            function(world)
        finally:
            with contextlib.suppress(stock.Failure) if sys.exc_info()[0] else contextlib.nullcontext():
                world.clear()
    return run


def play(cases, plugins="keyfile", modules=(PLUGIN,), make=World):
    """The main program of a test: each case in the world that the one before has cleared."""
    stock.isolated()
    with stock.network_manager(plugins, modules, os.environ.get("BONDD_NM_LEVEL", "INFO")) as manager:
        world = make(manager)
        chosen = tap.Cases()
        for function in cases:
            chosen.add(function.__name__.replace("_", "-"), cleared(function, world))
        chosen.add("nothing-critical-was-said", nothing_critical_was_said, world)
        status = chosen.main()
        if status and os.environ.get("BONDD_KEEP_LOGS"):
            print(manager.text())
            print(pathlib.Path("/run/bondd.log").read_text(encoding="utf-8"))
        world.bondd.stop()
    return status
