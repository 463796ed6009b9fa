# SPDX-License-Identifier: LGPL-2.1-or-later
"""A patch panel between our ports and a partner's: cables that can be pulled at either end, or cut without a sign."""

import pathlib
import sys

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parents[1] / "lab"))

import lab  # noqa: E402

PROGRAMS = lab.BUILD / "tests/peers/panel.bpf.o"
FLOOD = lab.BUILD / "tests/bench/pktgen"
FIRST_INDEX = 100
# Looked at before what lets frames through.
CUT, THROUGH = "pref 1", "pref 9"


class Panel(lab.Host):
    """Cable n ends in the panel's devices ours<n> and theirs<n>; frames cross between the two."""

    def __init__(self):
        super().__init__("panel")

    def connect(self, n, server, port, mac, partner, device):
        """Lays cable n from our port to the partner's device."""
        for end, (host, name) in enumerate(((server, port), (partner, device))):
            inner = self._device(n, end)
            lab.cable(host, name, self, inner, mac_a=mac if end == 0 else None, index_b=FIRST_INDEX + 2 * n + end)
            self.run(f"sysctl -qw net.ipv6.conf.{inner}.disable_ipv6=1", check=False)
            lab.no_offloads(self, inner)
            self.run(f"tc qdisc add dev {inner} clsact")
            self.run(f"tc filter add dev {inner} ingress {THROUGH} bpf da obj {PROGRAMS} sec tc/through")
            self.ip(f"link set {inner} up")

    @staticmethod
    def _device(n, end):
        return f"{('ours', 'theirs')[end]}{n}"

    def plug(self, n, end, state):
        """Carrier of our end (0) or the partner's (1): "up" or "down"."""
        self.ip(f"link set {self._device(n, end)} {state}")

    def silence(self, n, ends=(0, 1)):
        """Swallows what comes from us (0), from the partner (1) or from both; the carriers stay."""
        for end in ends:
            self.run(f"tc filter add dev {self._device(n, end)} ingress {CUT} bpf da obj {PROGRAMS} sec tc/cut")

    def heal(self, n, ends=(0, 1)):
        """Ends a silence."""
        for end in ends:
            self.run(f"tc filter del dev {self._device(n, end)} ingress {CUT}")

    def flood(self, n, seconds):
        """Starts to send us as many small packets by cable n as the machine can make; the process."""
        return self.start([FLOOD, self._device(n, 0), "flood", 60, 64, seconds])

    def frames(self, n):
        """How many frames we sent into cable n, and how many the partner sent."""
        return tuple(int(self.out(f"cat /sys/class/net/{self._device(n, end)}/statistics/rx_packets"))
                     for end in (0, 1))
