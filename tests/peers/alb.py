#!/usr/bin/env python3
# SPDX-License-Identifier: LGPL-2.1-or-later
"""balance-alb at two ports of a switch with several clients behind it: alb.py [CASE…].

Each client is told by ARP which of our addresses to send to, so what they send comes in at all ports; what we send
leaves by all ports. The clients are hosts of another kernel, behind its bridge. A cut behind a carrier that stays is
nothing this mode can notice: it has no ARP monitor, in the kernel neither.
"""

import pathlib
import sys

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parents[1] / "lab"))

import lab  # noqa: E402
import tap  # noqa: E402
from bench import MACS, Bench  # noqa: E402
from partners import KernelBridge  # noqa: E402

CLIENTS = range(1, 4)
PATIENCE = 30
# Loads are looked at every 10 s; so many rounds of flows see that happen.
ROUNDS = 6
RATE = 400
COUNT = 800
# Of those that lose a port or the switch on the way, whose clients may take the better part of a second to learn of it.
LONG_COUNT = 2000
MUST_ARRIVE = 0.6
SHARE = 0.1
CLIENT = """
ip netns add c{n}
ip link add c{n} type veth peer name eth0 netns c{n}
ip link set c{n} master br0 up
ip -n c{n} addr add {address}/24 dev eth0
ip -n c{n} link set lo up
ip -n c{n} link set eth0 address 52:54:00:00:0c:{n:02x} up
"""


class Clients(KernelBridge):
    """The bridge, and hosts behind it."""

    def furnish(self):
        super().furnish()
        self.host.run("".join(CLIENT.format(n=n, address=self.address(n)) for n in CLIENTS))

    @staticmethod
    def address(n):
        return f"172.20.43.{200 + n}"

    def client(self, n):
        """Client n, as lab.Flow wants a host."""
        return Client(self.host, n)

    def restart(self):
        """The switch loses all that it learned, and its ports their carrier for a moment; the clients stay."""
        self.host.run("\n".join(f"ip link set {device} nomaster\nip link set {device} master br0"
                                for device in [f"d{n}" for n in self.ports] + [f"c{n}" for n in CLIENTS]))

    def taught(self):
        """Which of our addresses each client sends to, as far as it knows one."""
        lines = {n: self.host.run(f"ip -n c{n} neigh show {Bench.ADDRESS}") for n in CLIENTS}
        return {n: line.split(" lladdr ")[1].split()[0] for n, line in lines.items() if " lladdr " in line}


class Client:
    """A host behind the bridge."""

    def __init__(self, guest, n):
        self.guest = guest
        self.n = n

    def start(self, command):
        words = [getattr(word, "name", str(word)) for word in command]
        return self.guest.start(["ip", "netns", "exec", f"c{self.n}", *words])

    def out(self, command):
        return self.guest.run(f"ip netns exec c{self.n} {command}", check=False)

    def reaches(self, target):
        return " 1 received" in self.out(f"ping -n -c 1 -W 1 {target}")


def flows_survive(bench, disturb, least=MUST_ARRIVE, count=LONG_COUNT):
    """Flows between us and each client while disturb() runs; all must arrive in the main, and once."""
    out = [lab.Flow(bench.server, bench.partner.client(n), Clients.address(n), RATE, count, 7000 + n) for n in CLIENTS]
    back = [lab.Flow(bench.partner.client(n), bench.server, Bench.ADDRESS, RATE, count, 7100 + n) for n in CLIENTS]
    disturb()
    for name, flows in (("to client", out), ("from client", back)):
        for n, seen in zip(CLIENTS, [flow.finish() for flow in flows]):
            print(f"# {name} {n}: {seen}", flush=True)
            assert seen["received"] >= count * least, f"{seen['received']} of {count} packets arrived {name} {n}"
            assert not seen["duplicates"], f"{seen['duplicates']} packets arrived twice {name} {n}"


def all_reach_us(bench):
    """Every client reaches us, and we every client."""
    for n in CLIENTS:
        lab.wait_for(lambda n=n: bench.partner.client(n).reaches(Bench.ADDRESS), f"client {n} to reach us", PATIENCE)
        lab.wait_for(lambda n=n: bench.reaches(Clients.address(n)), f"us to reach client {n}", PATIENCE)


def wait_for_addresses(bench, wanted):
    """Until the clients know these of our addresses and no other, all of them among the clients."""
    try:
        lab.wait_for(lambda: (len(taught := bench.partner.taught()) == len(CLIENTS)
                              and set(taught.values()) == set(wanted)), f"the clients to be spread over {wanted}",
                     PATIENCE, 0.2)
    except lab.Failure as failure:
        raise lab.Failure(f"{failure}; they know {bench.partner.taught()}\n{bench.daemon.proc()}") from None


def case_up(bench):
    bench.wait_for_links("up", "up")
    bench.wait_for_ping()
    bench.must_ping()
    all_reach_us(bench)


def case_clients_are_spread(bench):
    all_reach_us(bench)
    wait_for_addresses(bench, MACS[:2])


def case_traffic_over_all_ports(bench):
    """What comes in is spread by the clients' knowledge, but for two seconds after each question of our host, which
    pulls them all to the current port (kernel-semantics 43); what goes out when loads are known, as in the kernel."""
    share = COUNT * len(CLIENTS) * SHARE
    used = set()
    for _ in range(ROUNDS):
        counts = bench.frames_during(lambda: flows_survive(bench, lambda: None, 0.9, COUNT))
        print(f"# frames sent by us and by the clients: {counts}")
        if all(ours > share for ours, _ in counts):
            used.add("us")
        if all(theirs > share for _, theirs in counts):
            used.add("the clients")
        if len(used) == 2:
            return
    raise lab.Failure(f"both cables were used by {', '.join(used) or 'nobody'} only")


def case_port_loss(bench):
    for n in range(2):
        def pull(n=n):
            bench.pull(n)
            bench.wait_for_links(*("down" if port == n else "up" for port in range(2)))

        flows_survive(bench, pull)
        all_reach_us(bench)
        bench.replug(n)
        bench.wait_for_links("up", "up")
        all_reach_us(bench)
        wait_for_addresses(bench, MACS[:2])


def case_both_lost(bench):
    for n in range(2):
        bench.pull(n)
    lab.wait_for(lambda: not bench.server.carrier("bond0"), "bond0 to lose its carrier")
    assert not bench.reaches()
    for n in range(2):
        bench.replug(n)
    bench.wait_for_links("up", "up")
    all_reach_us(bench)
    wait_for_addresses(bench, MACS[:2])


def case_switch_restart(bench):
    flows_survive(bench, bench.partner.restart)
    all_reach_us(bench)
    bench.partner.power_cycle()
    all_reach_us(bench)
    wait_for_addresses(bench, MACS[:2])


def main():
    lab.enter()
    cases = tap.Cases()
    bench = Bench("mode=balance-alb miimon=100", Clients)
    for name, function in globals().copy().items():
        if name.startswith("case_"):
            cases.add(name[5:].replace("_", "-"), bench.tells(function))
    cases.add("stop", bench.close)
    try:
        return cases.main()
    finally:
        bench.close()


sys.exit(main())
