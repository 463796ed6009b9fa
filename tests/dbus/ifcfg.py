#!/usr/bin/env python3
# SPDX-License-Identifier: LGPL-2.1-or-later
"""What `bondctl apply` makes of ifcfg files beyond a bond and its ports: addresses of both families, aliases, routes
with attributes, rules, bridges and VLANs on bonds; and what it says of the rest. ifcfg.py [CASE…]."""

import os
import pathlib
import sys

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parent))

from world import case, equal, need  # noqa: E402

import lab  # noqa: E402
import tap  # noqa: E402

SCRIPTS = "/etc/sysconfig/network-scripts"
BOND = "DEVICE=bond0\nTYPE=Bond\nBONDING_OPTS=\"mode=1 miimon=100\"\n"


def write(**files):
    """The configuration: exactly these files; `__` in a name is a hyphen, `_C_` a colon."""
    os.makedirs(SCRIPTS, exist_ok=True)
    for path in pathlib.Path(SCRIPTS).glob("*"):
        path.unlink()
    files.update(ifcfg__eth0="DEVICE=eth0\nMASTER=bond0\nSLAVE=yes\n",
                 ifcfg__eth1="DEVICE=eth1\nMASTER=bond0\nSLAVE=yes\n")
    for name, text in files.items():
        pathlib.Path(SCRIPTS, name.replace("__", "-").replace("_C_", ":")).write_text(text, encoding="utf-8")


def apply_twice(world):
    """The second time there is nothing to do."""
    out = world.ctl("apply")
    need("nothing was changed" in world.ctl("apply"), "the second apply did something")
    return out


def addresses_and_aliases(world):
    """IPv6, secondaries, an alias with its label, and their removal."""
    write(ifcfg__bond0=BOND + "IPADDR=192.0.2.1\nPREFIX=24\nIPV6INIT=yes\nIPV6_AUTOCONF=no\n"
          "IPV6ADDR=2001:db8::1/64\nIPV6ADDR_SECONDARIES=\"2001:db8::2/64\"\nIPV6_DEFAULTGW=2001:db8::fe\n",
          ifcfg__bond0_C_7="DEVICE=bond0:7\nIPADDR=192.0.2.7\n")
    world.ctl("apply")
    seen = world.server.out("ip addr show dev bond0")
    for address in ("192.0.2.1/24", "2001:db8::1/64", "2001:db8::2/64"):
        need(f" {address} " in seen, f"{address} is missing: {seen}")
    need("192.0.2.7/24" in seen and "bond0:7" in seen, f"no alias: {seen}")
    lab.wait_for(lambda: "default via 2001:db8::fe" in world.server.out("ip -6 route"), "the default route of IPv6")
    write(ifcfg__bond0=BOND + "IPADDR=192.0.2.1\nPREFIX=24\n")
    world.ctl("apply")
    seen = world.server.out("ip addr show dev bond0")
    need("2001:db8::" not in seen and "192.0.2.7" not in seen, f"stale addresses: {seen}")


def routes_with_attributes(world):
    """Old lines: tables, metrics, sources, types; host bits of a destination do not matter."""
    write(ifcfg__bond0=BOND + "IPADDR=192.0.2.1\nPREFIX=24\n",
          route__bond0="198.51.100.9/24 via 192.0.2.254 mtu lock 1400 advmss 1300 src 192.0.2.1 metric 7\n"
          "203.0.113.0/24 via 192.0.2.254 table 100\n10.0.0.0/8 via 10.9.9.9 onlink\nblackhole 172.16.0.0/12\n"
          "192.168.0.0/16 scope link\n")
    apply_twice(world)
    main = world.server.out("ip route")
    for words in ("198.51.100.0/24 via 192.0.2.254", "src 192.0.2.1 metric 7", "mtu lock 1400", "advmss 1300",
                  "10.0.0.0/8 via 10.9.9.9 dev bond0 proto static onlink", "blackhole 172.16.0.0/12",
                  "192.168.0.0/16 dev bond0 proto static scope link"):
        need(words in main, f"{words} is missing: {main}")
    need("203.0.113.0/24 via 192.0.2.254" in world.server.out("ip route show table 100"), "table 100")
    write(ifcfg__bond0=BOND + "IPADDR=192.0.2.1\nPREFIX=24\n")
    world.ctl("apply")
    main = world.server.out("ip route show table all")
    for words in ("198.51.100.0", "172.16.0.0", "203.0.113.0"):
        need(words not in main, f"{words} stayed: {main}")


def rules(world):
    """ROUTING_RULE_n, and files of rules with the routes beside them, which NetworkManager leaves to others."""
    write(ifcfg__bond0=BOND + "IPADDR=192.0.2.1\nPREFIX=24\nROUTING_RULE_1=\"priority 50 from 192.0.2.77/24 table 7\"\n"
          "ROUTING_RULE6_1=\"priority 51 to 2001:db8::/32 fwmark 0x10/0xff table 8\"\n")
    apply_twice(world)
    need("50:\tfrom 192.0.2.0/24 lookup 7" in world.server.out("ip rule"), world.server.out("ip rule"))
    need("to 2001:db8::/32 fwmark 0x10/0xff lookup 8" in world.server.out("ip -6 rule"), "rule of IPv6")
    write(ifcfg__bond0=BOND + "IPADDR=192.0.2.1\nPREFIX=24\n", rule__bond0="from 192.0.2.0/24 lookup 9\nfrom 10.0.0.0/8 lookup 9 prio 60\n",
          route__bond0="198.51.100.0/24 via 192.0.2.254 table 9\n")
    apply_twice(world)
    seen = world.server.out("ip rule")
    need("lookup 7" not in seen and "60:\tfrom 10.0.0.0/8 lookup 9" in seen, seen)
    equal(seen.count("from 192.0.2.0/24 lookup 9"), 1, "a rule without priority")
    need("198.51.100.0/24" in world.server.out("ip route show table 9"), "the route beside the rules")
    world.ctl("ifdown bond0")
    need("lookup 9" not in world.server.out("ip rule"), "ifdown left the rule")


def bridge_on_bond(world):
    """The bridge is made with its options, gets the addresses, and carries traffic; it goes with its file."""
    server = lab.Network.SERVER
    write(ifcfg__bond0=BOND + "BRIDGE=br0\n",
          ifcfg__br0=f"DEVICE=br0\nTYPE=Bridge\nSTP=no\nIPADDR={server}\nPREFIX=24\n"
          "BRIDGING_OPTS=\"ageing_time=100 multicast_snooping=0\"\n")
    apply_twice(world)
    equal(world.link("bond0")["master"], "br0")
    data = world.link("br0")["linkinfo"]["info_data"]
    equal((data["ageing_time"], data["mcast_snooping"], data["stp_state"]), (10000, 0, 0))
    ping = f"ping -c 1 -W 1 {server}"
    lab.wait_for(lambda: world.network.client.run(ping, check=False).returncode == 0, "a ping through the bridge")
    world.ctl("ifdown br0")
    need(server not in world.server.out("ip addr show dev br0"), "ifdown left the address")
    world.ctl("ifup br0")
    lab.wait_for(lambda: world.network.client.run(ping, check=False).returncode == 0, "a ping after ifup")
    write(ifcfg__bond0=BOND)
    world.ctl("apply")
    equal(world.link("br0"), None, "the bridge stayed")


def vlan_on_bond(world):
    """Made where the kernel has VLANs; where it has none, that is what is said, and the rest is done all the same."""
    write(**{"ifcfg__bond0": BOND + "IPADDR=192.0.2.1\nPREFIX=24\n",
             "ifcfg__bond0.7": "DEVICE=bond0.7\nVLAN=yes\nIPADDR=198.51.100.1\nPREFIX=24\nMTU=1400\n"})
    done = world.daemon.ctl("apply", check=False)
    need("192.0.2.1/24" in world.server.out("ip addr show dev bond0"), "the bond has no address")
    if world.link("bond0.7") is None:
        need(done.returncode != 0 and "bond0.7: this kernel has no VLAN devices" in done.stdout, done.stdout)
        return
    equal(world.link("bond0.7")["mtu"], 1400)
    need("198.51.100.1/24" in world.server.out("ip addr show dev bond0.7"), "the VLAN has no address")
    write(ifcfg__bond0=BOND)
    world.ctl("apply")
    equal(world.link("bond0.7"), None, "the VLAN stayed")


def what_is_left_to_others(world):
    """DHCP, name servers, zones: each is named, with what to do."""
    write(ifcfg__bond0=BOND + "BOOTPROTO=dhcp\nDNS1=192.0.2.53\nZONE=internal\nETHTOOL_OPTS=\"-K bond0 gro off\"\n",
          ifcfg__eth9="DEVICE=eth9\nBOOTPROTO=dhcp\n")
    out = world.ctl("check")
    for words in ("DHCP is left to a DHCP client", "dhclient bond0", "name servers are left",
                  "zones are the firewall's", "--add-interface=bond0", "features, rings",
                  "bondd leaves the interface alone"):
        need(words in out, f"{words} is not said: {out}")


CASES = (addresses_and_aliases, routes_with_attributes, rules, bridge_on_bond, vlan_on_bond, what_is_left_to_others)


def main():
    cases = tap.Cases()
    if "--list" not in sys.argv:
        lab.enter()
    for function in CASES:
        cases.add(function.__name__.replace("_", "-"), case(function))
    return cases.main()


if __name__ == "__main__":
    sys.exit(main())
