#!/usr/bin/env python3
# SPDX-License-Identifier: LGPL-2.1-or-later
"""Real traffic through a bond of one mode and one host side: traffic.py MODE HOST [CASE…].

The far end is a kernel bridge, and the client hangs on it. What the server's ports end at there is what the mode needs:
ports that do not echo to each other, as the members of a static LAG of a switch; plain ones for the modes that need
nothing of a switch; for 802.3ad a bond of a second bondd. Times are never asserted: what must hold is that traffic goes
on.
"""

import json
import pathlib
import re
import sys
import time

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parents[1] / "lab"))

import lab  # noqa: E402
import tap  # noqa: E402

# What many such tests beside each other carry on two cores that have other things to do as well.
RATE = 1000
FLAPS = 1000
# Tags as a VLAN interface makes them; this works on kernels without 8021q too.
VLAN_PROGRAM = lab.BUILD / "tests/netns/vlan.bpf.o"
MODES_WITH_COPIES = ("broadcast",)
FAR = {"balance-tlb": "bridge", "balance-alb": "bridge", "802.3ad": "partner"}
LACP_OPTIONS = "mode=802.3ad miimon=100 lacp_rate=fast xmit_hash_policy=layer3+4"


class Bench:
    """One running bond with its network; made once per MTU and used by several cases."""

    def __init__(self, mode, host, mtu):
        self.mode = mode
        self.partner = None
        self.context = lab.running(far=FAR.get(mode, "lag"), mtu=mtu, arguments=("--verbose",))
        self.network, self.daemon = self.context.__enter__()
        server = self.network.server
        self.daemon.ctl(f"create bond0 {LACP_OPTIONS if mode == '802.3ad' else f'mode={mode} miimon=100'} host={host}")
        for port in self.network.ports:
            self.daemon.ctl(f"add {port} bond0")
        if mtu != 1500:
            server.ip(f"link set bond0 mtu {mtu}")
        if mode == "802.3ad":
            self.start_partner(mtu, host)
        server.ip("link set bond0 up")
        server.ip(f"addr add {self.network.SERVER}/24 dev bond0")
        server.ip("addr add 2001:db8:43::110/64 dev bond0 nodad")
        lab.wait_for(lambda: server.carrier("bond0"), "carrier of bond0")
        self.wait_for_ports()
        lab.wait_for(self.reaches, "the first ping")

    def start_partner(self, mtu, host):
        """The far ends are ports of a bond too, and that is a port of the switch's bridge."""
        network = self.network
        self.partner = lab.Partner(network.switch, network.far_ends, f"{LACP_OPTIONS} host={host}")
        if mtu != 1500:
            network.switch.ip(f"link set bond0 mtu {mtu}")
        lab.no_offloads(network.switch, "bond0")
        network.switch.ip("link set bond0 master br0")

    def close(self):
        """Ends daemon and network, once; fails if the daemon did not end well."""
        if self.partner:
            partner, self.partner = self.partner, None
            partner.stop()
        if self.context:
            context, self.context = self.context, None
            context.__exit__(None, None, None)

    def reaches(self, target=None):
        return self.network.client.run(f"ping -n -c 1 -W 1 {target or self.network.SERVER}", check=False).returncode == 0

    def be_known(self):
        """A switch sends for an address that it does not know to all ports, which is two of ours: it is to know it."""
        ping = f"ping -n -c 1 -W 1 {self.network.CLIENT}"
        lab.wait_for(lambda: self.network.server.run(ping, check=False).returncode == 0, "a ping from the server")

    def must_ping(self, target=None, extra=""):
        self.be_known()
        lab.must_ping(self.network.client, target or self.network.SERVER, options=f"-i 0.02 {extra}",
                      copies=self.mode in MODES_WITH_COPIES)

    def iperf(self, arguments, target=None):
        """A second of iperf3 from server to client; its JSON result."""
        client, server = self.network.client, self.network.server
        listener = client.start("iperf3 -s -1 -p 5201")
        try:
            lab.wait_for(lambda: ":5201 " in client.out("ss -ltn"), "iperf3")
            done = server.run(f"iperf3 -J -t 1 -p 5201 -c {target or self.network.CLIENT} {arguments}", check=False,
                              timeout=40)
            result = json.loads(done.stdout)
        finally:
            lab.stop(listener)
        if "error" in result:
            raise lab.Failure(f"iperf3 {arguments}: {result['error']}")
        return result["end"]

    def links_are(self, *words):
        """Whether the ports' MII status reads so, in order."""
        return re.findall(r"^Slave Interface: \S+\nMII Status: (.*)$", self.daemon.proc(), re.M) == list(words)

    def wait_for_ports(self):
        """Until both ports are up and the switch takes frames from them again: it hears of a carrier later than we."""
        lab.wait_for(lambda: self.links_are("up", "up"), "both ports up")
        if self.partner:
            for daemon in (self.daemon, self.partner):
                lab.wait_for(lambda daemon=daemon: lab.lacp_works(daemon.proc()), "LACP on both ports", 60)
            return
        for far in self.network.far_ends:
            state = f"cat /sys/class/net/{far}/brport/state"
            lab.wait_for(lambda state=state: self.network.switch.out(state).strip() == "3", f"{far} to forward")

    def tells(self, function):
        """A case that shows what is known of it when it fails."""
        def case(*args):
            try:
                function(*args)
            except Exception:
                for daemon in (self.daemon, self.partner.daemon) if self.partner else (self.daemon,):
                    text = f"{daemon.host.name}:\n{daemon.ctl('show', check=False).stdout}\n{daemon.log_text()[-4000:]}"
                    print("# " + text.replace("\n", "\n# "), flush=True)
                raise
        return case

    def flow_survives(self, disturb, seconds=2, copies=0):
        """A flow in each direction while disturb() runs; both must arrive in the main and go on to the end, and no more
        than so many @copies with them."""
        network = self.network
        count = RATE * seconds
        self.be_known()
        out = lab.Flow(network.server, network.client, network.CLIENT, RATE, count, port=7001)
        back = lab.Flow(network.client, network.server, network.SERVER, RATE, count, port=7002)
        time.sleep(0.7)
        disturb()
        for name, seen in (("from the server", out.finish()), ("to the server", back.finish())):
            print(f"# {name}: {seen}")
            if seen["received"] < count * 0.7:
                raise lab.Failure(f"{seen['received']} of {count} packets arrived {name}")
            if seen["duplicates"] > copies and self.mode not in MODES_WITH_COPIES:
                raise lab.Failure(f"{seen['duplicates']} packets arrived twice {name}")


def case_ping(bench):
    bench.must_ping()
    bench.must_ping(extra="-s 1472 -M do")
    lab.must_ping(bench.network.server, bench.network.CLIENT, options="-i 0.02", copies=bench.mode in MODES_WITH_COPIES)


def case_ipv6(bench):
    bench.must_ping(target="2001:db8:43::110")
    assert bench.iperf("-6", "2001:db8:43::120")["sum_received"]["bytes"] > 1000000


def case_tcp(bench):
    for direction in ("", "-R"):
        end = bench.iperf(direction)
        print(f"# {direction or 'forward'}: {end['sum_received']['bits_per_second'] / 1e9:.2f} Gbit/s")
        assert end["sum_received"]["bytes"] > 1000000, end["sum_received"]


def case_udp(bench):
    for direction in ("", "-R"):
        end = bench.iperf(f"-u -b 10M -l 1400 {direction}")["sum"]
        print(f"# {direction or 'forward'}: {end['packets']} packets, {end['lost_packets']} lost")
        # iperf3 takes copies for losses that it never counted; flow.c, below, knows better.
        assert end["packets"] > 500 and (bench.mode in MODES_WITH_COPIES or end["lost_percent"] < 30), end


def case_vlan(bench):
    network = bench.network
    for host, device, address in ((network.server, "bond0", "10.7.0.110"), (network.client, "eth0", "10.7.0.120")):
        host.run(f"tc qdisc add dev {device} clsact")
        host.run(f"tc filter add dev {device} egress bpf da obj {VLAN_PROGRAM} sec tc/push")
        host.run(f"tc filter add dev {device} ingress bpf da obj {VLAN_PROGRAM} sec tc/pop")
        host.ip(f"addr add {address}/24 dev {device}")
    watch = lab.capture(network.switch, "-e -c 20 -i swc vlan 7 and icmp")
    lab.wait_for(lambda: bench.reaches("10.7.0.110"), "a ping in the VLAN")
    bench.must_ping(target="10.7.0.110", extra="-s 1472 -M do")
    lab.wait_for(lambda: watch.text().count("vlan 7,") >= 20, "the pings to wear a tag")
    watch.stop()
    assert bench.iperf("", "10.7.0.120")["sum_received"]["bytes"] > 1000000
    assert bench.iperf("-R", "10.7.0.120")["sum_received"]["bytes"] > 1000000


def case_far_end_cut(bench):
    for n in range(2):
        other = ("down", "up") if n == 0 else ("up", "down")

        def cut(n=n, other=other):
            bench.network.cut(n)
            lab.wait_for(lambda: bench.links_are(*other), f"port {n} to be down")

        bench.flow_survives(cut)
        bench.network.mend(n)
        bench.wait_for_ports()


def case_admin_down(bench):
    server = bench.network.server
    for n, port in enumerate(bench.network.ports):
        other = ("down", "up") if n == 0 else ("up", "down")

        def down(port=port, other=other):
            server.ip(f"link set {port} down")
            lab.wait_for(lambda: bench.links_are(*other), f"{port} to be down")

        bench.flow_survives(down)
        server.ip(f"link set {port} up")
        bench.wait_for_ports()
    bench.must_ping()


def case_1000_flaps(bench):
    script = "".join(f"link set sw{i % 2} {state}\n" for i in range(FLAPS) for state in ("down", "up"))
    flow = lab.Flow(bench.network.server, bench.network.client, bench.network.CLIENT, 1000, 3000)
    bench.network.switch.run("ip -batch -", input=script, timeout=120)
    print(f"# during the flaps: {flow.finish()}")
    bench.wait_for_ports()
    bench.must_ping()
    failures = [int(n) for n in re.findall(r"^Link Failure Count: (\d+)$", bench.daemon.proc(), re.M)]
    print(f"# link failure counts: {failures}")
    assert all(1 <= n <= FLAPS // 2 for n in failures), failures


def case_ports_come_and_go(bench):
    """A partner takes seconds to agree, and in balance-alb clients learn new addresses in a tick or two: the second
    port must not go before they have."""
    pause, rounds, seconds = {"802.3ad": (bench.wait_for_ports, 1, 12),
                              "balance-alb": (lambda: time.sleep(0.7), 2, 8)}.get(bench.mode, (lambda: None, 6, 3))

    def come_and_go():
        for _ in range(rounds):
            for port in bench.network.ports:
                bench.daemon.ctl(f"remove {port}")
                bench.daemon.ctl(f"add {port} bond0")
                pause()

    # A switch that has forgotten whose the address of a port is sends for it everywhere until the port's next learning
    # frame, a second at most (lp_interval); meanwhile the port and whoever stood in for it both take it.
    copies = RATE * rounds * len(bench.network.ports) if bench.mode == "balance-alb" else 0
    bench.flow_survives(come_and_go, seconds, copies)
    bench.wait_for_ports()
    bench.must_ping()


def case_rename(bench):
    """A port gets another name under load, as `ip link set dev … name …` does, and keeps its place."""
    server = bench.network.server

    def rename():
        server.ip("link property add dev eth0 altname was0")
        renamed = server.run("ip link set eth0 name lan0", check=False)
        if renamed.returncode != 0:
            server.ip("link set eth0 down")
            server.ip("link set eth0 name lan0")
            server.ip("link set lan0 up")
        lab.wait_for(lambda: "Slave Interface: lan0" in bench.daemon.proc(), "the new name in the status")

    bench.flow_survives(rename)
    server.ip("link set lan0 down")
    server.ip("link set lan0 name eth0")
    server.ip("link set eth0 up")
    server.run("ip link property del dev eth0 altname was0", check=False)
    lab.wait_for(lambda: "Slave Interface: eth0" in bench.daemon.proc(), "eth0 back")
    bench.wait_for_ports()


def case_device_gone(bench):
    """A port's device vanishes under load; a new one of its name can be added."""
    network = bench.network

    def vanish():
        network.server.ip("link del eth1")
        lab.wait_for(lambda: bench.links_are("up"), "eth1 to leave the bond")

    # If the aggregator was the lost port's, the other one waits anew for who may join it: two seconds, at both ends.
    bench.flow_survives(vanish, 10 if bench.partner else 2)
    lab.cable(network.server, "eth1", network.switch, "sw1", mac_a=network.MACS[1])
    lab.no_offloads(network.switch, "sw1")
    network.plug_in("sw1")
    if bench.partner:
        bench.partner.ctl("add sw1 bond0")
    bench.daemon.ctl("add eth1 bond0")
    bench.wait_for_ports()
    bench.must_ping()


def case_mtu_9000(small, mode, host):
    small.close()
    bench = Bench(mode, host, 9000)
    try:
        bench.must_ping(extra="-s 8972 -M do")
        for direction in ("", "-R"):
            assert bench.iperf(direction)["sum_received"]["bytes"] > 1000000
    finally:
        bench.close()


def main():
    lab.enter()
    mode, host = sys.argv[1:3]
    del sys.argv[1:3]
    cases = tap.Cases()
    bench = Bench(mode, host, 1500)
    for name, function in globals().copy().items():
        if name.startswith("case_") and function is not case_mtu_9000:
            cases.add(name[5:].replace("_", "-"), bench.tells(function), bench)
    cases.add("mtu-9000", case_mtu_9000, bench, mode, host)  # ends the first bond
    cases.add("stop", bench.close)
    try:
        return cases.main()
    finally:
        bench.close()


sys.exit(main())
