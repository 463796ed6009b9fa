# SPDX-License-Identifier: LGPL-2.1-or-later
"""Who stands at the other end of the cables. Each partner has

    ADDRESS              what to ping
    host                 where to run commands, as a lab.Host has them
    begin(), restart()   once and anew, as another device that took the first one's place
    carrier(n, state)    what its end of cable n sees: "up" or "down"
"""

import re

import lab
from guest import Guest

# NICs of the guest know no speed, so what is bonded or bridged are veth pairs; what enters d<n>p leaves by vec<n>.
WIRE = """
ip link set vec{n} up promisc on
ip link add d{n} address 52:54:00:00:{box:02x}:{n:02x} type veth peer name d{n}p
ip link set d{n}p up
tc qdisc add dev d{n}p clsact
tc qdisc add dev vec{n} clsact
tc filter add dev d{n}p ingress matchall action mirred egress redirect dev vec{n}
tc filter add dev vec{n} ingress matchall action mirred egress redirect dev d{n}p
"""


class KernelPartner:
    """A guest kernel; `d<n>` in it is at the end of cable n."""

    ADDRESS = "172.20.43.1"

    def __init__(self, panel, ports, name="partner"):
        self.panel = panel
        self.ports = range(ports)
        self.namespace = lab.Host(name)
        self.host = None

    @staticmethod
    def device(n):
        """Where cable n ends in the namespace that the guest's NICs are in."""
        return f"p{n}"

    def begin(self):
        self.host = Guest(self.namespace, [self.device(n) for n in self.ports])
        self.wire(1)
        self.furnish()

    def wire(self, box):
        """The ends of the cables; their addresses tell one box from another."""
        self.host.run("".join(WIRE.format(n=n, box=box) for n in self.ports))

    def furnish(self):
        """Makes of the guest what the class says."""

    def power_cycle(self):
        """Pulls the guest's plug and boots it anew; the cables notice nothing."""
        self.host.stop()
        self.begin()

    def carrier(self, n, state):
        self.host.run(f"ip link set d{n}p {state}")

    def close(self):
        if self.host:
            self.host.stop()
        self.namespace.remove()


class KernelBridge(KernelPartner):
    """A switch: the kernel's bridge."""

    def furnish(self):
        members = "".join(f"ip link set d{n} master br0 up\n" for n in self.ports)
        self.host.run(f"""ip link add br0 type bridge stp_state 0 forward_delay 0 mcast_snooping 0
{members}ip link set br0 up
ip addr add {self.ADDRESS}/24 dev br0""")

    def restart(self):
        self.power_cycle()

    def learned(self, mac):
        """The cables behind which the bridge believes this address."""
        return [int(line.split()[2][1:]) for line in self.host.run("bridge fdb show br br0").splitlines()
                if line.startswith(f"{mac} ") and " permanent" not in line]


class KernelBond(KernelPartner):
    """A server with the kernel's bonding driver: 802.3ad at this rate."""

    def __init__(self, panel, ports, rate, name="partner"):
        super().__init__(panel, ports, name)
        self.rate = rate

    def furnish(self):
        self.boxes = 1
        self._bond()

    def _bond(self):
        members = "".join(f"ip link set d{n} master bond0\n" for n in self.ports)
        options = f"mode 802.3ad miimon 100 lacp_rate {self.rate} xmit_hash_policy layer3+4"
        self.host.run(f"""ip link add bond0 type bond {options}
{members}ip link set bond0 up
ip addr add {self.ADDRESS}/24 dev bond0""")

    def restart(self):
        """Another server takes the place: it has other addresses, so it is another LACP system."""
        self.boxes += 1
        for n in self.ports:
            self.host.run(f"ip link del d{n}\ntc qdisc del dev vec{n} clsact")
        self.host.run("ip link del bond0")
        self.wire(self.boxes)
        self._bond()

    def split(self, n, options):
        """Puts cable n into a bond of its own."""
        self.host.run(f"""ip link add bond1 type bond mode 802.3ad miimon 100 lacp_rate {self.rate} {options}
ip link set d{n} nomaster
ip link set d{n} master bond1
ip link set bond1 up""")

    def unite(self, n):
        self.host.run(f"ip link del bond1\nip link set d{n} down\nip link set d{n} master bond0")

    def view(self):
        """What to print when something went wrong."""
        return self.host.run("cat /proc/net/bonding/bond0")

    def joined(self):
        return joined(self.view())


COLLECTING_AND_DISTRIBUTING = 0x38


def joined(text):
    """Ports that a text of /proc/net/bonding calls in sync, collecting and distributing in the active aggregator."""
    head, *members = re.split(r"^Slave Interface: ", text, flags=re.M)
    active = re.search(r"^\tAggregator ID: (\d+)$", head, re.M)
    found = []
    for member in members:
        state = re.search(r"details actor lacp pdu:.*?port state: (\d+)$", member, re.M | re.S)
        here = re.search(r"^Aggregator ID: (\d+)$", member, re.M)
        # A port without carrier keeps its last state in the text.
        if ("\nMII Status: up\n" in member and active and here and state and here.group(1) == active.group(1)
                and int(state.group(1)) & COLLECTING_AND_DISTRIBUTING == COLLECTING_AND_DISTRIBUTING):
            found.append(int(re.match(r"[a-z]+(\d+)", member).group(1)))
    return sorted(found)
