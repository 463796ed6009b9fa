#!/usr/bin/env python3
# SPDX-License-Identifier: LGPL-2.1-or-later
"""What bondd says to the network by itself, and what it tells of it: LACP with a second bondd, the ARP monitor against
a switch, addresses that balance-alb gives its clients. control.py [CASE…]."""

import pathlib
import re
import sys
import time

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parents[1] / "lab"))

import lab  # noqa: E402
import tap  # noqa: E402
from world import LACP, PORT_LACP, ROOT, Monitor, Printed, case, equal, need, shown_as_written  # noqa: E402

FAST = "mode=802.3ad miimon=100 lacp_rate=fast"
WORKS = ["activity", "timeout", "aggregation", "synchronization", "collecting", "distributing"]
FLOOD_SECONDS = 20
ATTEMPTS = 3
CLIENT, SERVER = lab.Network.CLIENT, lab.Network.SERVER


# --- LACP ---


def create_lacp(world, ports=("eth0", "eth1")):
    """Our end: 802.3ad at the fast rate, up."""
    world.create(mode="802.3ad", miimon="100", lacp_rate="fast")
    for port in ports:
        world.manager("AddPort", port, "bond0")
    world.server.ip("link set bond0 up")


def with_partner(function):
    """The case gets the world and a partner that works with it."""
    def run(world):
        partner = lab.Partner(world.network.switch, world.network.far_ends, FAST)
        try:
            create_lacp(world)
            wait_for_lacp(world, partner)
            function(world, partner)
        finally:
            partner.stop()
    run.__name__ = function.__name__
    return run


def wait_for_lacp(world, partner):
    for daemon in (world.daemon, partner):
        lab.wait_for(lambda daemon=daemon: lab.lacp_works(daemon.proc()), "LACP on both ports", 60)


def wait_for_verdict(world, port, name, seconds=60):
    try:
        lab.wait_for(lambda: world.of_lacp("VerdictName", port) == name, f"verdict {name} of {port}", seconds)
    except lab.Failure as failure:
        raise lab.Failure(f"{failure}: it is {world.of_lacp('Verdict', port)}") from None


def lacp_interfaces_come_with_the_mode(world):
    world.create(mode="802.3ad", miimon="100")
    shown_as_written(world, f"{ROOT}/bond0", LACP)
    world.manager("AddPort", "eth0", "bond0")
    shown_as_written(world, f"{ROOT}/bond0/eth0", PORT_LACP)
    world.manager("RemovePort", "eth0")
    world.set(mode="balance-xor")
    world.manager("AddPort", "eth0", "bond0")
    objects = world.call(ROOT, "org.freedesktop.DBus.ObjectManager.GetManagedObjects")
    need("Lacp'" not in objects.replace("LacpRate", ""), objects)
    need(LACP not in objects and PORT_LACP not in objects, objects)


def nobody_answers(world):
    """Far ends that are a plain switch: one port works alone, as with the kernel's driver, and is told so."""
    create_lacp(world)
    for port in ("eth0", "eth1"):
        wait_for_verdict(world, port, "no-partner")
        equal(world.of_lacp("PartnerSystem", port), "")
        need("defaulted" in world.of_lacp("ActorStateWords", port), world.of_lacp("ActorStateWords", port))
    lab.wait_for(lambda: world.of_lacp("Counters", "eth0")["lacpdu-tx"] > 0, "an LACPDU to be sent")
    equal(world.of_lacp("Counters", "eth0")["lacpdu-rx"], 0)
    text = world.ctl("show bond0")
    need(re.search(r"^    LACP +works alone: partner does not answer", text, re.M), text)


def partner_is_told(world):
    monitor = Monitor(world)
    printed = Printed(world)
    with_partner(partner_works)(world)
    monitor.wait(rf"{re.escape(LACP)}\.AggregatorChanged \(uint16 0, uint16 [12], '[a-z-]+', uint64 \d+, uint64 \d+\)")
    monitor.wait(rf"{re.escape(LACP)}\.LacpStateChanged \('eth0', byte 0x\w+, byte 0x3f, byte 0x\w+, byte 0x3f, 'works: in ")
    monitor.stop()
    for line in ("bond0: LACP on eth1: works: in step", "bond0: aggregator [12] is active", "bond0: created"):
        printed.wait(line)
    equal(printed.stop().count("bond0: created"), 1)


def partner_works(world, partner):
    system = re.search(r"^System MAC address: (\S+)$", partner.proc(), re.M).group(1)
    for port in ("eth0", "eth1"):
        wait_for_verdict(world, port, "up")
        equal(world.of_lacp("Verdict", port), f"works: in step with partner {system}")
        equal(world.of_lacp("PartnerSystem", port), system)
        equal(world.of_lacp("ActorKey", port), 15)
        equal(world.of_lacp("PartnerKey", port), 15)
        equal(world.of_lacp("ActorStateWords", port), WORKS)
        equal(world.of_lacp("PartnerStateWords", port), WORKS)
        equal(world.of_lacp("ActorState", port), 0x3f)
        equal(world.of_lacp("Forwarding", port), True)
        equal(world.of_lacp("AggregatorActive", port), True)
    equal(world.of_lacp("AggregatorPorts"), 2)
    equal(world.of_lacp("PartnerSystem"), system)
    text = world.ctl("show bond0")
    need(re.search(rf"^    LACP +works: in step with partner {system}$", text, re.M), text)
    need(re.search(r"^    Partner +\S+, key 15, port \d$", text, re.M), text)
    # It is that of the port whose partner answered first.
    need(re.search(r"^  Active aggregator +[12], with 2 ports$", text, re.M), text)


def partner_with_two_groups(world):
    """The far end puts the links into different groups; and then it is two systems."""
    far = world.network.switch
    partner = lab.Partner(far, ["sw0"], f"{FAST} ad_actor_system=02:00:00:00:0a:0a ad_user_port_key=3")
    try:
        partner.ctl(f"create bond1 {FAST} ad_actor_system=02:00:00:00:0a:0a ad_user_port_key=9 up=1")
        partner.ctl("add sw1 bond1")
        # Which group carries the traffic is the first one's to say.
        create_lacp(world, ["eth0"])
        wait_for_verdict(world, "eth0", "up")
        world.manager("AddPort", "eth1", "bond0")
        wait_for_verdict(world, "eth1", "other-key")
        keys = [world.of_lacp("PartnerKey", port) for port in ("eth0", "eth1")]
        equal(keys, [3 << 6 | 15, 9 << 6 | 15])
        equal(world.of_lacp("Verdict", "eth1"),
              f"partner put this link into another group: its key is {keys[1]}, that of the ports that work {keys[0]}")
        equal(world.of_lacp("Forwarding", "eth1"), False)
        need(world.of_lacp("VerdictDetails", "eth1")["group-key"] == str(keys[0]), "details")
        partner.ctl("remove sw1")
        far.ip("link set bond1 down")
        partner.ctl("set bond1 ad_actor_system=02:00:00:00:0b:0b")
        far.ip("link set bond1 up")
        partner.ctl("add sw1 bond1")
        wait_for_verdict(world, "eth1", "other-system")
        need("02:00:00:00:0b:0b answers here" in world.of_lacp("Verdict", "eth1"), world.of_lacp("Verdict", "eth1"))
    finally:
        partner.stop()


def partner_goes_and_comes(world, partner):
    """It dies without a word, with the links up; another one takes its place."""
    monitor = Monitor(world)
    partner.daemon.process.kill()
    partner.daemon.process.wait()
    # It is called silent for three seconds; whoever looks now and then may miss them.
    monitor.wait(r"LacpStateChanged \('eth0', .*\b0x\w+, '[^']*has fallen silent")
    monitor.stop()
    wait_for_verdict(world, "eth0", "no-partner")
    partner.daemon = lab.Daemon(partner.host, ("--verbose",), bus=partner.bus, log="/run/partner.second.log")
    partner.ctl, partner.proc = partner.daemon.ctl, partner.daemon.proc
    partner.host.ip("link delete bond0")
    partner.ctl(f"create bond0 {FAST}")
    for port in partner.ports:
        partner.ctl(f"add {port} bond0")
    partner.host.ip("link set bond0 up")
    wait_for_lacp(world, partner)


def lacp_without_traffic(world, partner):
    """Several times the three seconds after which a partner counts as gone."""
    watch_lacp(world, partner, lambda: time.sleep(10), "without traffic")


def lacp_under_a_flood(world, partner):
    """Small frames on every port, in both directions, as fast as they can be made."""
    def flood():
        tool = lab.BUILD / "tests/bench/pktgen"
        floods = [host.start([tool, device, "flood", 60, 8, FLOOD_SECONDS])
                  for host, device in ((world.network.switch, "sw0"), (world.network.switch, "sw1"),
                                       (world.server, "bond0"))]
        before = sum(world.of_port("RxPackets", port) for port in world.network.ports)
        for process in floods:
            process.wait(FLOOD_SECONDS + 20)
        count = sum(world.of_port("RxPackets", port) for port in world.network.ports) - before
        print(f"# {count / FLOOD_SECONDS:.0f} frames a second received meanwhile")
        need(count > 100000, f"only {count} frames: that was no flood")

    watch_lacp(world, partner, flood, "under a flood")


def watch_lacp(world, partner, wait, when):
    """No state changes at either end meanwhile; PDUs go both ways. A machine that stands still for three seconds makes
    both right to take the other for gone, so one of some times must do."""
    for attempt in range(ATTEMPTS):
        try:
            watch_lacp_once(world, partner, wait, when)
            return
        except lab.Failure as failure:
            if attempt + 1 == ATTEMPTS:
                raise
            print(f"# {failure}".replace("\n", "\n# "))
            wait_for_lacp(world, partner)


def watch_lacp_once(world, partner, wait, when):
    time.sleep(0.5)  # signals of the last change come with the next tick
    monitor = Monitor(world)
    before = [world.of_lacp("Counters", port) for port in world.network.ports]
    start = time.monotonic()
    wait()
    seconds = time.monotonic() - start
    after = [world.of_lacp("Counters", port) for port in world.network.ports]
    text = monitor.stop()
    need("LacpStateChanged" not in text and "AggregatorChanged" not in text, f"LACP changed {when}:\n{text}")
    for was, now in zip(before, after):
        for name in ("lacpdu-rx", "lacpdu-tx"):
            need(now[name] - was[name] > seconds * 0.7, f"{now[name] - was[name]} {name} in {seconds:.0f} s {when}")
    need(lab.lacp_works(world.daemon.proc()) and lab.lacp_works(partner.proc()), f"LACP does not work {when}")


def slow_frames_without_end(world):
    """Somebody sends frames to the group as fast as it can: the daemon goes on, and so do its calls."""
    create_lacp(world)
    sender = world.network.switch.start(["python3", "-c", SLOW_FLOOD])
    try:
        for _ in range(20):
            start = time.monotonic()
            world.alive()
            need(time.monotonic() - start < 10, "a call took too long")
        lab.wait_for(lambda: sum(world.of_lacp("Counters", "eth0").values()) > 1000, "the frames to be counted")
    finally:
        lab.stop(sender)


SLOW_FLOOD = """
import socket
fd = socket.socket(socket.AF_PACKET, socket.SOCK_RAW)
fd.bind(("sw0", 0))
frame = bytes.fromhex("0180c2000002" "020000000099" "8809" "01") + bytes(109)
while True:
    try:
        fd.send(frame)
    except OSError:
        pass
"""


# --- The ARP monitor ---


def create_monitored(world, mode, address=SERVER, **options):
    world.create(mode=mode, arp_interval="100", **options)
    for port in world.network.ports:
        world.manager("AddPort", port, "bond0")
    world.server.ip("link set bond0 up")
    world.server.run(f"ip addr add {address} dev bond0 {'nodad' if ':' in address else ''}")


def links(world):
    return [world.of_port("Link", port) for port in world.network.ports]


def wait_for_links(world, *wanted):
    lab.wait_for(lambda: links(world) == list(wanted), f"the links to be {wanted}")


def target_falls_silent(world):
    """The carrier stays all the time: it is the target's answers that count. (Did the backup count any frame, the
    active port's own requests would do.)"""
    create_monitored(world, "active-backup", f"{SERVER}/24", arp_ip_target=CLIENT, arp_validate="all")
    wait_for_links(world, "up", "up")
    lab.wait_for(lambda: world.of_bond("Carrier"), "carrier")
    world.network.client.ip(f"addr del {CLIENT}/24 dev eth0")
    lab.wait_for(lambda: "up" not in links(world), "both ports to be given up")
    need(all(world.of_port("Carrier", port) for port in world.network.ports), "a carrier was lost")
    world.network.client.ip(f"addr add {CLIENT}/24 dev eth0")
    lab.wait_for(lambda: "up" in links(world), "a port to be found again")
    lab.wait_for(lambda: world.of_bond("Carrier"), "carrier")


def cable_cut_behind_a_carrier(world):
    """The active port's cable ends nowhere: the other takes over, and back in its turn."""
    switch = world.network.switch
    create_monitored(world, "active-backup", f"{SERVER}/24", arp_ip_target=CLIENT, arp_validate="all", primary="eth0")
    lab.wait_for(lambda: links(world) == ["up", "up"] and world.of_bond("ActivePort") == "eth0", "eth0 to be active")
    monitor = Monitor(world)
    switch.ip("link set sw0 nomaster")
    lab.wait_for(lambda: world.of_bond("ActivePort") == "eth1", "the failover")
    monitor.wait(r"ActivePortChanged \('eth0', 'eth1', 'monitor'")
    monitor.stop()
    switch.ip("link set sw0 master br0")
    lab.wait_for(lambda: world.of_bond("ActivePort") == "eth0", "eth0 to be active again")


def each_port_is_asked(world):
    """Modes in which every port probes: one that hears nothing is out."""
    create_monitored(world, "balance-xor", f"{SERVER}/24", arp_ip_target=CLIENT)
    wait_for_links(world, "up", "up")
    world.network.switch.ip("link set sw1 nomaster")
    wait_for_links(world, "up", "down")
    world.network.switch.ip("link set sw1 master br0")
    wait_for_links(world, "up", "up")


def neighbours_by_ipv6(world):
    """NS targets: the source is the routing's, and the answer goes to the group of the address."""
    create_monitored(world, "active-backup", "2001:db8:43::110/64", ns_ip6_target="2001:db8:43::120",
                     arp_validate="all")
    wait_for_links(world, "up", "up")
    lab.wait_for(lambda: world.of_bond("ActivePort"), "an active port")
    world.network.client.ip("addr del 2001:db8:43::120/64 dev eth0")
    lab.wait_for(lambda: "up" not in links(world), "both ports to be given up")
    world.network.client.ip("addr add 2001:db8:43::120/64 dev eth0 nodad")
    lab.wait_for(lambda: "up" in links(world), "a port to be found again")


def said_nothing_for(seconds, said):
    """Whether nothing is added to what said() returns for so long."""
    before = said()
    time.sleep(seconds)
    return said() == before


def target_elsewhere(world):
    """The route to a target leads out by another interface, or there is none."""
    create_monitored(world, "active-backup", f"{SERVER}/24", arp_ip_target="203.0.113.1")
    watch = lab.capture(world.network.client, "-i eth0 arp and host 203.0.113.1")

    def askers():
        return re.findall(r"ARP, Request who-has 203.0.113.1 tell (\S+),", watch.text())

    # Without a route it is asked for all the same, by nobody.
    lab.wait_for(lambda: len(askers()) >= 5, "the target to be asked for")
    world.server.ip("link add other0 type veth peer name other1")
    world.server.ip("link set other0 up")
    world.server.ip("link set other1 up")
    world.server.ip("route add 203.0.113.0/24 dev other0")
    # Where the route leads elsewhere it is not asked for: no word in as long as fifteen would take.
    lab.wait_for(lambda: said_nothing_for(1.5, askers), "the end of the questions")
    equal(set(askers()), {"0.0.0.0"}, watch.stop())


# --- balance-alb ---


def more_clients(world, count):
    """Further hosts on the switch; with the first, their namespaces."""
    clients = [world.network.client]
    for n in range(count):
        host = lab.Host(f"client{n}")
        lab.cable(host, "eth0", world.network.switch, f"swc{n}")
        lab.no_offloads(host, "eth0")
        world.network.switch.ip(f"link set swc{n} master br0 up")
        host.ip("link set eth0 up")
        host.ip(f"addr add 172.20.43.{130 + n}/24 dev eth0")
        clients.append(host)
    return clients


def mac_at(client):
    """The server's address as the client has it."""
    found = re.search(rf"^{re.escape(SERVER)} .*lladdr (\S+)", client.out("ip neigh"), re.M)
    return found.group(1) if found else None


def clients_are_shared_out(world):
    """Each client learns the address of one port, both ports get some; a port that dies gives its clients away."""
    clients = more_clients(world, 5)
    try:
        world.create(mode="balance-alb", miimon="100")
        for port in world.network.ports:
            world.manager("AddPort", port, "bond0")
        world.server.ip("link set bond0 up")
        world.server.ip(f"addr add {SERVER}/24 dev bond0")
        macs = {world.of_port("Address", port) for port in world.network.ports}
        equal(len(macs), 2)
        lab.wait_for(lambda: world.server.carrier("bond0"), "carrier")
        for client in clients:
            lab.wait_for(lambda client=client: client.run(f"ping -c 1 -W 1 {SERVER}", check=False).returncode == 0,
                         f"a ping from {client.name}")
        # Which one a client has may still change until each port has its share.
        lab.wait_for(lambda: {mac_at(client) for client in clients} == macs, "clients of both ports")
        pings = [lab.Ping(client, SERVER, interval=0.1) for client in clients]
        time.sleep(1)
        cut = time.monotonic()
        world.network.cut(1)
        lab.wait_for(lambda: world.of_port("Link", "eth1") == "down", "eth1 to be down")
        left = lab.wait_for(lambda: {mac_at(client) for client in clients}
                            if len({mac_at(client) for client in clients}) == 1 else None, "one address for all")
        # What was sent to the lost port until its clients knew better, and a few.
        may_be_lost = 10 * (time.monotonic() - cut) + 5
        time.sleep(3)
        results = [ping.finish() for ping in pings]
        print(f"# all clients at {left}; pings sent, answered, twice: {results}; {may_be_lost:.0f} may be lost")
        for sent, received, twice in results:
            need(received >= sent - may_be_lost, f"{received} of {sent} pings were answered")
            equal(twice, 0, "pings answered twice")
    finally:
        for client in clients[1:]:
            client.remove()


CASES = ((lacp_interfaces_come_with_the_mode, "bridge"), (nobody_answers, "lag"), (partner_is_told, "partner"),
         (partner_with_two_groups, "partner"), (with_partner(partner_goes_and_comes), "partner"),
         (with_partner(lacp_without_traffic), "partner"), (with_partner(lacp_under_a_flood), "partner"),
         (slow_frames_without_end, "lag"), (target_falls_silent, "bridge"), (cable_cut_behind_a_carrier, "bridge"),
         (each_port_is_asked, "lag"), (neighbours_by_ipv6, "bridge"), (target_elsewhere, "bridge"),
         (clients_are_shared_out, "bridge"))


def main():
    cases = tap.Cases()
    if "--list" not in sys.argv:
        lab.enter()
    for function, far in CASES:
        cases.add(function.__name__.replace("_", "-"), case(function, far=far))
    return cases.main()


if __name__ == "__main__":
    sys.exit(main())
