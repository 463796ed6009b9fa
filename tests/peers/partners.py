# SPDX-License-Identifier: LGPL-2.1-or-later
"""Who stands at the other end of the cables. Each partner has

    ADDRESS              what to ping
    host                 where to run commands, as a lab.Host has them
    begin(), restart()   once and anew, as another device that took the first one's place
    carrier(n, state)    what its end of cable n sees: "up" or "down"
"""

import lab
from guest import Guest

MACS = [f"52:54:00:01:00:{n:02x}" for n in range(8)]
# NICs of the guest know no speed, so what is bonded or bridged are veth pairs; what enters d<n>p leaves by vec<n>.
WIRE = """
ip link set vec{n} up promisc on
ip link add d{n} address {mac} type veth peer name d{n}p
ip link set d{n}p up
tc qdisc add dev d{n}p clsact
tc qdisc add dev vec{n} clsact
tc filter add dev d{n}p ingress matchall action mirred egress redirect dev vec{n}
tc filter add dev vec{n} ingress matchall action mirred egress redirect dev d{n}p
"""


class KernelPartner:
    """A guest kernel; `d<n>` in it is at the end of cable n."""

    ADDRESS = "172.20.43.1"

    def __init__(self, panel, ports):
        self.panel = panel
        self.ports = range(ports)
        self.namespace = lab.Host("partner")
        self.host = None

    @staticmethod
    def device(n):
        """Where cable n ends in the namespace that the guest's NICs are in."""
        return f"p{n}"

    def begin(self):
        self.host = Guest(self.namespace, [self.device(n) for n in self.ports])
        for n in self.ports:
            self.host.run(WIRE.format(n=n, mac=MACS[n]))
        self.furnish()

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
