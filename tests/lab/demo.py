#!/usr/bin/env python3
# SPDX-License-Identifier: LGPL-2.1-or-later
"""The tutorial, played: two NICs, one bond, the cable pulled, and ping goes on.

A server with eth0 and eth1, a switch and a client, each in a network namespace; the tutorial's own files, unchanged;
bondd on a system bus of its own. Every step says what is done, shows what came out, and is checked.
"""

import os
import re
import shutil
import statistics
import sys
import time

import lab
import steps

SCRIPTS = "/etc/sysconfig/network-scripts"
MODPROBE = "/etc/modprobe.d"
FLOOD_RATE = 10000
ROUNDS = 3
MOST_ROUNDS = 9
# Above the goal of 6: this is shown on any machine, however busy; tests/bench measures.
FLOOD_MAY_LOSE = 500


def finish_ping(demo, ping, changes):
    """A ping that is under way when the active port goes may be lost."""
    sent, received, _ = ping.finish()
    demo.count_pings(sent, received, lab.Network.SERVER, may_lose=changes)


def ports_of(text):
    """Names of the ports in the text of /proc/net/bonding, in order."""
    return re.findall(r"^Slave Interface: (\S+)$", text, re.M)


def active_of(text):
    return re.search(r"^Currently Active Slave: (\S+)$", text, re.M).group(1)


def write_files(demo):
    demo.step("The tutorial's files, unchanged")
    os.makedirs(SCRIPTS, exist_ok=True)
    os.makedirs(MODPROBE, exist_ok=True)
    for name in ("ifcfg-bond0", "ifcfg-eth0", "ifcfg-eth1"):
        shutil.copy(lab.TUTORIAL / name, f"{SCRIPTS}/{name}")
        demo.show("server", f"cat {SCRIPTS}/{name}", (lab.TUTORIAL / name).read_text())
    shutil.copy(lab.TUTORIAL / "bonding.conf", f"{MODPROBE}/bonding.conf")
    demo.show("server", f"cat {MODPROBE}/bonding.conf", (lab.TUTORIAL / "bonding.conf").read_text())


def ctl(demo, daemon, arguments):
    """Runs and shows a bondctl command; its output."""
    done = daemon.ctl(arguments, check=False)
    demo.show("server", f"bondctl {arguments}", done.stdout)
    if done.returncode != 0:
        demo.check(False, f"bondctl {arguments} ended with {done.returncode}")
    return done.stdout


def restart_network(demo, network, daemon):
    demo.step("Where the tutorial says `service network restart`")
    ctl(demo, daemon, "apply")
    lab.wait_for(lambda: network.server.carrier("bond0"), "bond0's carrier")
    address = network.server.out("ip -brief address show dev bond0")
    demo.show("server", "ip -brief address show dev bond0", address)
    demo.check("172.20.43.110/24" in address, "bond0 has 172.20.43.110/24")
    route = network.server.out("ip route")
    demo.show("server", "ip route", route)
    demo.check("default via 172.20.43.1 dev bond0" in route, "the gateway route goes through bond0")


def first_status(demo, daemon):
    demo.step("Where the tutorial reads /proc/net/bonding/bond0")
    text = ctl(demo, daemon, "proc bond0")
    demo.check("Bonding Mode: fault-tolerance (active-backup)" in text, "active-backup")
    demo.check(ports_of(text) == ["eth0", "eth1"], "eth0 and eth1 are ports")
    demo.check(active_of(text) == "eth0", "eth0 is active")


def first_ping(demo, network):
    demo.step("The client pings the server")
    # The switch takes a moment to see that its ports have a carrier.
    lab.wait_for(lambda: network.client.run(f"ping -n -c 1 -W 1 {network.SERVER}", check=False).returncode == 0, "the switch")
    text = network.client.run(f"ping -n -c 5 -i 0.2 {network.SERVER}", check=False).stdout
    demo.show("client", f"ping -c 5 {network.SERVER}", text)
    demo.check(", 0% packet loss" in text, "no ping lost")


def down_up_down(demo, network, daemon):
    ping = lab.Ping(network.client, network.SERVER, interval=0.1)
    time.sleep(0.5)
    demo.step("ifdown eth0, while the client pings on")
    ctl(demo, daemon, "ifdown eth0")
    text = ctl(demo, daemon, "proc bond0")
    demo.check(ports_of(text) == ["eth1"], "eth0 is gone from the status")
    demo.check(active_of(text) == "eth1", "eth1 is active")
    time.sleep(1)

    demo.step("ifup eth0")
    ctl(demo, daemon, "ifup eth0")
    text = ctl(demo, daemon, "proc bond0")
    demo.check(ports_of(text) == ["eth1", "eth0"], "eth0 is back")
    demo.check(active_of(text) == "eth1", "eth1 stays active: there is no primary")
    time.sleep(1)

    demo.step("ifdown eth1")
    ctl(demo, daemon, "ifdown eth1")
    text = ctl(demo, daemon, "proc bond0")
    demo.check(ports_of(text) == ["eth0"] and active_of(text) == "eth0", "eth0 carries on alone")
    time.sleep(1)
    finish_ping(demo, ping, 2)

    demo.step("ifup eth1: both ports again")
    ctl(demo, daemon, "ifup eth1")
    demo.check(ports_of(daemon.proc()) == ["eth0", "eth1"], "eth0 and eth1 are ports")


def cut_under_load(demo, network, daemon):
    demo.step(f"What the tutorial could not show: the far end cut under {FLOOD_RATE} packets a second")
    ping = lab.Ping(network.client, network.SERVER, interval=0.2)
    lost, outage = [], []
    # On a machine that has much else to do there are more.
    while len(lost) < ROUNDS or (statistics.median(lost) > FLOOD_MAY_LOSE and len(lost) < MOST_ROUNDS):
        old = daemon.active()
        flow = lab.Flow(network.server, network.client, network.CLIENT, FLOOD_RATE, FLOOD_RATE * 2)
        time.sleep(1)
        network.cut(int(old[-1]))
        seen = flow.finish()
        new = lab.wait_for(lambda port=old: (found := daemon.active()) != port and found, "the other port to take over")
        network.mend(int(old[-1]))
        lab.wait_for(lambda port=old: link_is_up(daemon, port), f"{old} to come back")
        lost.append(seen["lost"])
        outage.append(seen["outage_us"])
        print(f"    far end of {old} cut: {new} took over, {seen['lost']} of {FLOOD_RATE * 2} packets lost, "
              f"outage {seen['outage_us']} us", flush=True)
        demo.check(new not in (old, None, "None"), f"{new} took over from {old}")
    print(f"    median of {len(lost)}: {statistics.median(lost):g} packets lost, outage {statistics.median(outage):g} us")
    demo.check(statistics.median(lost) <= FLOOD_MAY_LOSE, f"{statistics.median(lost):g} packets lost at a failover")
    finish_ping(demo, ping, len(lost))


def link_is_up(daemon, port):
    return re.search(rf"^Slave Interface: {port}\nMII Status: up$", daemon.proc(), re.M)


def finish(demo, network, daemon):
    demo.step("The bond is deleted and bondd stops: the ports are as they were")
    daemon.ctl("delete bond0")
    code = daemon.stop()
    links = network.server.out("ip -brief link")
    demo.show("server", "ip -brief link", links)
    demo.check(code == 0, "bondd ended well")
    demo.check(all(mac in links for mac in network.MACS[:2]), "both ports have their own addresses back")
    demo.check("xdp" not in network.server.out("ip link"), "no XDP program is left behind")


def play(demo, network, daemon):
    restart_network(demo, network, daemon)
    first_status(demo, daemon)
    first_ping(demo, network)
    down_up_down(demo, network, daemon)
    cut_under_load(demo, network, daemon)
    finish(demo, network, daemon)


def main():
    lab.enter()
    demo = steps.Play()
    print("A server (eth0, eth1), a switch and a client, in network namespaces of their own.")
    try:
        write_files(demo)
        with lab.running() as (network, daemon):
            play(demo, network, daemon)
    except lab.Failure as failure:
        demo.check(False, str(failure))
    return demo.end()


sys.exit(main())
