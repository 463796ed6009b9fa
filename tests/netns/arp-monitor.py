#!/usr/bin/env python3
# SPDX-License-Identifier: LGPL-2.1-or-later
"""The ARP and NS monitor on real frames: arp-monitor.py HOST [CASE…], with a host beside a bridge as the target.

A port is cut without losing its carrier: its far end leaves the bridge. Only a monitor that asks somebody notices.
"""

import pathlib
import re
import sys
import time

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parents[1] / "lab"))

import lab  # noqa: E402
import tap  # noqa: E402

TARGET6 = "2001:db8:43::120"
MONITORS = {
    "arp": f"arp_ip_target={lab.Network.CLIENT}",
    "ns": f"ns_ip6_target={TARGET6}",
    "both": f"arp_ip_target={lab.Network.CLIENT} ns_ip6_target={TARGET6} arp_all_targets=all",
}
# In active-backup the backups live on what the active port asks. In the other modes a port that is down must not hear
# the others: any frame would bring it back.
VALIDATE = {"active-backup": "all", "balance-rr": "active", "balance-xor": "active", "broadcast": "active"}


class Bench:
    """One bond whose only monitor asks the client."""

    def __init__(self, host, mode, monitor):
        self.lag = mode != "active-backup"
        self.context = lab.running(far="lag" if self.lag else "bridge", arguments=("--verbose",))
        self.network, self.daemon = self.context.__enter__()
        try:
            self.start(host, mode, monitor)
        except BaseException:
            self.close()
            raise

    def start(self, host, mode, monitor):
        server = self.network.server
        for far in self.network.far_ends:
            # A far end that belongs to no bridge would talk for itself.
            self.network.switch.run(f"sysctl -qw net.ipv6.conf.{far}.disable_ipv6=1")
        self.daemon.ctl(f"create bond0 mode={mode} host={host} arp_interval=100 {MONITORS[monitor]} "
                        f"arp_validate={VALIDATE[mode]}")
        for port in self.network.ports:
            self.daemon.ctl(f"add {port} bond0")
        server.ip("link set bond0 up")
        server.ip(f"addr add {self.network.SERVER}/24 dev bond0")
        server.ip("addr add 2001:db8:43::110/64 dev bond0 nodad")
        lab.wait_for(lambda: self.links_are("up", "up"), "both ports up")
        lab.wait_for(self.reaches, "the first ping")
        # Whatever the monitor thought before the host had its addresses.
        time.sleep(0.5)
        lab.wait_for(lambda: self.links_are("up", "up"), "both ports up")

    def close(self):
        context, self.context = self.context, None
        if context:
            context.__exit__(None, None, None)

    def links(self):
        return re.findall(r"^Slave Interface: \S+\nMII Status: (.*)$", self.daemon.proc(), re.M)

    def links_are(self, *words):
        return self.links() == list(words)

    def failures(self):
        return [int(n) for n in re.findall(r"^Link Failure Count: (\d+)$", self.daemon.proc(), re.M)]

    def reaches(self):
        return self.network.client.run(f"ping -n -c 1 -W 1 {self.network.SERVER}", check=False).returncode == 0

    def loses_nothing(self):
        """Whether a series of pings is answered."""
        try:
            lab.must_ping(self.network.client, self.network.SERVER, 10, "-i 0.05")
            return True
        except lab.Failure as failure:
            print(f"# {failure}".replace("\n", "\n# "))
            return False


def all_is_well(bench):
    """Whether for so long nobody is taken for dead."""
    before = bench.failures()
    time.sleep(2)
    return bench.failures() == before and bench.links_are("up", "up")


def quiet(bench):
    """Nobody is taken for dead while all is well. A machine that does nothing for three tenths of a second is not."""
    lab.wait_for(lambda: all_is_well(bench), "two seconds in which no port is given up")


def silent_cut(bench):
    switch = bench.network.switch
    for n, words in enumerate((("down", "up"), ("up", "down"))):
        before = bench.failures()[n]
        switch.ip(f"link set sw{n} nomaster")
        lab.wait_for(lambda words=words: bench.links_are(*words), f"port {n} to be down")
        assert bench.failures()[n] > before, bench.failures()
        assert bench.network.server.carrier(f"eth{n}"), "the cut was to be a silent one"
        lab.wait_for(bench.loses_nothing, "pings by the other port")
        switch.ip(f"link set sw{n} master br0")
        if bench.lag:
            switch.ip(f"link set sw{n} type bridge_slave isolated on")
        lab.wait_for(lambda: bench.links_are("up", "up"), f"port {n} to be back")


def target_gone(bench):
    network = bench.network
    network.switch.ip("link set swc down")
    lab.wait_for(lambda: not network.server.carrier("bond0"), "the bond to lose its carrier")
    lab.wait_for(lambda: "up" not in bench.links(), "both ports to be given up")
    network.switch.ip("link set swc up")
    lab.wait_for(lambda: network.server.carrier("bond0"), "the bond's carrier")
    lab.wait_for(lambda: bench.links_are("up", "up"), "both ports up")
    lab.wait_for(bench.reaches, "a ping")


def case(host, mode, monitor):
    bench = Bench(host, mode, monitor)
    try:
        quiet(bench)
        silent_cut(bench)
        target_gone(bench)
    finally:
        print("# " + bench.daemon.proc().replace("\n", "\n# "))
        bench.close()


def main():
    lab.enter()
    host = sys.argv.pop(1)
    cases = tap.Cases()
    for mode in VALIDATE:
        for monitor in MONITORS:
            if monitor != "both" or mode == "active-backup":
                cases.add(f"{mode}-{monitor}", case, host, mode, monitor)
    return cases.main()


sys.exit(main())
