# SPDX-License-Identifier: LGPL-2.1-or-later
"""Open vSwitch as the partner: Debian's binaries, the userspace datapath, everything it keeps in a folder of our /run.

The package is used as `./bootstrap packages` unpacks it, for its installation would start a switch on the machine; one
that is installed does as well.
"""

import pathlib
import re

import lab

PREFIXES = (lab.SOURCE / ".packages", pathlib.Path("/"))
VSWITCHD = ("usr/lib/openvswitch-switch/ovs-vswitchd", "usr/sbin/ovs-vswitchd")


def find(*names):
    """The first of these files that exists."""
    for prefix in PREFIXES:
        for name in names:
            if (prefix / name).exists():
                return prefix / name
    raise lab.Failure(f"there is no {names[0]}: `./bootstrap packages` gets what is missing")


class OpenVSwitch:
    """A bridge br0 with a bond of the cables' devices: bond_mode=balance-tcp, lacp=active."""

    ADDRESS = "172.20.43.1"

    def __init__(self, panel, ports, rate, name="partner"):
        self.panel = panel
        self.ports = range(ports)
        self.rate = rate
        self.host = self.namespace = lab.Host(name)
        self.folder = pathlib.Path("/run/openvswitch")
        self.processes = []

    @staticmethod
    def device(n):
        return f"p{n}"

    def begin(self):
        self.folder.mkdir(exist_ok=True)
        for n in self.ports:
            self.host.run(f"sysctl -qw net.ipv6.conf.{self.device(n)}.disable_ipv6=1", check=False)
            # The kernel that the switch runs on must not answer at its ports for the address of br0.
            self.host.ip(f"link set {self.device(n)} arp off up")
        self.tool("ovsdb-tool", f"create {self.folder}/conf.db {find('usr/share/openvswitch/vswitch.ovsschema')}")
        self._power_on()
        self.configure("--no-wait init")
        devices = " ".join(self.device(n) for n in self.ports)
        self.configure(f"add-br br0 -- set bridge br0 datapath_type=netdev -- add-bond br0 bond0 {devices} "
                       f"bond_mode=balance-tcp lacp=active other_config:lacp-time={self.rate}")
        self._give_address()

    def _power_on(self):
        sockets = [f"--unixctl={self.folder}/{{}}.ctl", f"--log-file={self.folder}/{{}}.log", "-vconsole:off"]
        database = f"{self.folder}/db.sock"
        for name, path, arguments in (
                ("ovsdb-server", find("usr/sbin/ovsdb-server"),
                 [f"{self.folder}/conf.db", f"--remote=punix:{database}"]),
                ("ovs-vswitchd", find(*VSWITCHD), ["--disable-system", f"unix:{database}"])):
            argv = [path, *arguments, *(option.format(name) for option in sockets)]
            self.processes.append(self.host.start(argv))
            lab.wait_for(lambda name=name: (self.folder / f"{name}.ctl").exists(), f"{name} to run")

    def _power_off(self):
        for process in reversed(self.processes):
            process.kill()
            process.wait()
        self.processes = []
        for socket in self.folder.glob("*.ctl"):
            socket.unlink()

    def _give_address(self):
        lab.wait_for(lambda: self.host.run("ip link show br0", check=False).returncode == 0, "br0 of Open vSwitch")
        lab.no_offloads(self.host, "br0")
        self.host.ip(f"addr replace {self.ADDRESS}/24 dev br0")
        self.host.ip("link set br0 up")

    def tool(self, name, arguments):
        """Runs one of its command line tools; the output."""
        return self.host.out([find(f"usr/bin/{name}"), *arguments.split()])

    def configure(self, arguments):
        return self.tool("ovs-vsctl", f"--timeout=20 --db=unix:{self.folder}/db.sock {arguments}")

    def ask(self, arguments):
        """What the switch itself says: `lacp/show`, `bond/show`."""
        return self.tool("ovs-appctl", f"--timeout=20 -t {self.folder}/ovs-vswitchd.ctl {arguments}")

    def restart(self):
        """Both daemons die at once and are started again, as after a crash; it is the same LACP system as before."""
        self._power_off()
        self._power_on()
        self._give_address()

    def carrier(self, n, state):
        self.panel.plug(n, 1, state)

    def joined(self):
        """The cables that it collects from and distributes to."""
        members = re.split(r"^(?:member|slave): ", self.ask("lacp/show bond0"), flags=re.M)[1:]
        return sorted(int(re.match(r"p(\d+):", text).group(1)) for text in members
                      if re.search(r"^\s*actor state: .*collecting distributing", text, re.M)
                      and "may_enable: true" in text)

    def view(self):
        """What to print when something went wrong."""
        return self.ask("lacp/show bond0") + self.ask("bond/show bond0")

    def close(self):
        self._power_off()
        self.namespace.remove()
