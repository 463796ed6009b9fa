#!/usr/bin/env python3
# SPDX-License-Identifier: LGPL-2.1-or-later
"""The tutorial, played through nmcli: its files become NetworkManager's, and bondd carries the bond.

An unmodified NetworkManager with bondd's plugin, bondd, two cables to a switch and a client there, in namespaces that
die with this. Every step says what is done, shows what came out, and is checked.
"""

import os
import pathlib
import re
import shlex
import shutil
import subprocess
import sys
import time

HERE = pathlib.Path(__file__).resolve().parent
sys.path[:0] = [str(HERE), str(HERE.parent / "lab")]
os.environ.setdefault("BONDD_BUILD", str(HERE.parents[1] / "build"))

import steps  # noqa: E402
import stock  # noqa: E402
import world as nm  # noqa: E402

SCRIPTS = pathlib.Path("/etc/sysconfig/network-scripts")
TUTORIAL = HERE.parent / "lab/tutorial"
SERVER, CLIENT, GATEWAY = "172.20.43.110", "172.20.43.120", "172.20.43.1"
# On any machine, however busy; tests/bench measures what a failover costs.
PINGS, MAY_LOSE = 200, 5


def nmcli(demo, arguments):
    """Runs and shows a command of nmcli; its output."""
    done = stock.run(stock.PACKAGES / "usr/bin/nmcli", *shlex.split(arguments), check=False, env=stock.environment())
    # It wipes out its own progress.
    demo.show("server", f"nmcli {arguments}", re.sub(r"\x1b\[2K\s*", "", done.stdout.replace("\r", "")))
    if done.returncode != 0:
        demo.check(False, f"nmcli {arguments} ended with {done.returncode}")
    return done.stdout


def ctl(demo, world, arguments):
    done = world.bondd.ctl(*arguments.split(), check=False)
    demo.show("server", f"bondctl {arguments}", done.stdout)
    return done


def connected(text, *devices):
    return all(re.search(rf"^{device} +(bond|ethernet) +connected ", text, re.M) for device in devices)


def migrate(demo, world):
    demo.step("The tutorial's files, unchanged, become profiles of NetworkManager")
    SCRIPTS.mkdir(parents=True)
    for name in ("ifcfg-bond0", "ifcfg-eth0", "ifcfg-eth1"):
        shutil.copy(TUTORIAL / name, SCRIPTS)
    done = ctl(demo, world, f"migrate --to {stock.KEYFILES}")
    demo.check("ifcfg-bond0" in done.stdout, "bondctl says what becomes of each file")
    demo.show("server", f"cat {stock.KEYFILES}/bond0.nmconnection",
              (stock.KEYFILES / "bond0.nmconnection").read_text(encoding="utf-8"))


def activate(demo, world):
    demo.step("Where the tutorial says `service network restart`")
    start = time.monotonic()
    nmcli(demo, "connection reload")
    world.wait_connected()
    print(f"    connected, with both ports, {time.monotonic() - start:.2f} s after the reload")
    text = nmcli(demo, "device")
    demo.check(connected(text, "bond0", "eth0", "eth1"), "bond0, eth0 and eth1 are connected; bond0 is a bond")
    text = stock.run("ip", "-brief", "address", "show", "dev", "bond0").stdout
    demo.show("server", "ip -brief address show dev bond0", text)
    demo.check(f"{SERVER}/24" in text, f"bond0 has {SERVER}/24")
    text = stock.run("ip", "route").stdout
    demo.show("server", "ip route", text)
    demo.check(f"default via {GATEWAY} dev bond0" in text, "the gateway route goes through bond0")


def status(demo, world):
    demo.step("Where the tutorial reads /proc/net/bonding/bond0")
    text = ctl(demo, world, "proc bond0").stdout
    demo.check("Bonding Mode: fault-tolerance (active-backup)" in text, "active-backup")
    demo.check(sorted(re.findall("^Slave Interface: (.*)$", text, re.M)) == ["eth0", "eth1"], "both are its ports")


def fail_over(demo, world):
    demo.step("The cable of the active port is pulled, under a hundred pings a second")
    old = world.bondd.bond()["active_port"]
    ping = subprocess.Popen(["ping", "-n", "-q", "-c", str(PINGS), "-i", "0.01", "-W", "1", CLIENT], text=True,
                            stdout=subprocess.PIPE)
    time.sleep(1)
    world.cut(int(old[-1]))
    nm.wait_for(lambda: world.bondd.bond()["active_port"] not in (old, ""), "the other port to take over")
    new = world.bondd.bond()["active_port"]
    text = ping.communicate(timeout=nm.LIMIT)[0]
    demo.show("server", f"ping -q -c {PINGS} -i 0.01 {CLIENT}", text)
    demo.count_pings(PINGS, int(re.search(r"(\d+) received", text).group(1)), CLIENT, MAY_LOSE)
    demo.check(new != old, f"{new} took over from {old}")
    demo.check(connected(nmcli(demo, "device"), "bond0", new), "bond0 stays connected")
    world.cut(int(old[-1]), "up")


def leave_and_come(demo, world):
    demo.step("A port is taken out, and comes back")
    nmcli(demo, "device disconnect eth0")
    demo.check(world.bondd.ports() == ["eth1"], "eth1 carries on alone")
    demo.count_pings(20, world.ping(host=CLIENT), CLIENT)
    nmcli(demo, "device connect eth0")
    world.wait_connected()
    demo.check(world.bondd.ports() == ["eth0", "eth1"], "both are its ports again")


def reapply(demo, world):
    demo.step("Another option, without an interruption")
    nmcli(demo, "connection modify 'Bond bond0' +bond.options primary=eth1")
    nmcli(demo, "device reapply bond0")
    nm.wait_for(lambda: world.bondd.bond()["active_port"] == "eth1", "eth1 to be active")
    ctl(demo, world, "list")
    demo.check(world.bondd.bond()["primary"] == "eth1", "eth1 is the primary, and active")
    demo.count_pings(20, world.ping(host=CLIENT), CLIENT)


def down(demo, world):
    demo.step("The profile is taken down: the ports are as they were")
    nmcli(demo, "connection down 'Bond bond0'")
    nm.wait_for(lambda: world.state() is None and world.bondd.bond() is None, "bond0 to go")
    text = stock.run("ip", "-brief", "link").stdout
    demo.show("server", "ip -brief link", text)
    demo.check("bond0" not in text, "bond0 is gone")
    demo.check("xdp" not in stock.run("ip", "link").stdout, "no XDP program is left behind")


def main():
    stock.isolated()
    demo = steps.Play()
    print("A server with NetworkManager (eth0, eth1) and a switch with a client, in namespaces of their own.")
    try:
        with stock.network_manager("keyfile", [nm.PLUGIN]) as manager:
            world = nm.World(manager)
            for address in (CLIENT, GATEWAY):
                stock.run("ip", "-n", "switch", "address", "add", f"{address}/24", "dev", "br0")
            for act in (migrate, activate, status, fail_over, leave_and_come, reapply, down):
                act(demo, world)
            world.bondd.stop()
    except stock.Failure as failure:
        demo.check(False, str(failure))
    return demo.end()


sys.exit(main())
