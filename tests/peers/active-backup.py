#!/usr/bin/env python3
# SPDX-License-Identifier: LGPL-2.1-or-later
"""active-backup at two ports of a switch, which is the bridge of another kernel: active-backup.py mii|arp [CASE…].

Only the ARP monitor can notice that a cable is cut behind a carrier that stays.
"""

import pathlib
import sys

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parents[1] / "lab"))

import lab  # noqa: E402
import tap  # noqa: E402
from bench import MACS, RATE, Bench  # noqa: E402
from partners import KernelBridge  # noqa: E402

MONITORS = {"mii": "miimon=100", "arp": f"arp_interval=200 arp_ip_target={KernelBridge.ADDRESS} arp_validate=all"}
FEW = 100


def active(bench):
    """Number of the active port."""
    return int(bench.daemon.active()[-1])


def wait_for_active(bench, n):
    lab.wait_for(lambda: bench.daemon.active() == f"eth{n}", f"eth{n} to be active", 20)
    # bond0 has the address of its first port; the switch must have learned where it now is.
    lab.wait_for(lambda: bench.partner.learned(MACS[0]) == [n], f"the switch to look for us at cable {n}", 20)


def case_up(bench):
    bench.wait_for_links("up", "up")
    bench.wait_for_ping()
    bench.must_ping()
    # The ARP monitor begins with the port that it happens to probe when the switch is there.
    assert "arp_interval" in bench.options or active(bench) == 0
    wait_for_active(bench, active(bench))


def case_only_the_active_port_sends(bench):
    bench.wait_for_ping()
    counts = bench.frames_during(bench.flow_works)
    print(f"# frames sent by us and by the switch: {counts}")
    now = active(bench)
    assert counts[now][0] > RATE * 0.9, "the active port did not carry the flow"
    assert counts[1 - now][0] < FEW, "the backup port sent"
    assert counts[1 - now][1] < FEW, "the switch sent to the backup port"


def case_port_loss(bench):
    for _ in range(2):
        old = active(bench)

        def pull(old=old):
            bench.pull(old)
            wait_for_active(bench, 1 - old)

        bench.flow_survives(pull)
        bench.replug(old)
        bench.wait_for_links("up", "up")
        assert active(bench) == 1 - old, "without a primary the active port stays"
        bench.must_ping()


def case_backup_loss(bench):
    """The loss of the backup port is no event for the traffic."""
    old = active(bench)

    def pull():
        bench.pull(1 - old)
        lab.wait_for(lambda: "down" in bench.daemon.proc(), "the backup to be down")

    for seen in bench.flow_survives(pull, least=0.9):
        assert seen["lost"] < RATE, seen
    assert active(bench) == old
    bench.replug(1 - old)
    bench.wait_for_links("up", "up")


def case_both_lost(bench):
    """Without any carrier there is no active port; the first that is back takes over."""
    for n in range(2):
        bench.pull(n)
    # The ARP monitor goes on probing and calls the port it probes "going back"; neither is up.
    lab.wait_for(lambda: bench.daemon.active() == "None", "no port to be active")
    lab.wait_for(lambda: not bench.server.carrier("bond0"), "bond0 to lose its carrier")
    assert not bench.reaches()
    bench.replug(1)
    wait_for_active(bench, 1)
    bench.wait_for_ping()
    bench.replug(0)
    bench.wait_for_links("up", "up")
    assert active(bench) == 1
    bench.must_ping()


def case_switch_restart(bench):
    """The switch loses its power and boots; no carrier is lost. Traffic goes on when it is back."""
    old = active(bench)
    bench.partner.restart()
    bench.wait_for_ping()
    bench.wait_for_links("up", "up")
    assert "arp_interval" in bench.options or active(bench) == old, "without an event nothing is to be decided"
    bench.must_ping()


def arp_case_silent_cut(bench):
    """Frames get lost in the active port's cable, both ways or one way, while the carrier stays."""
    for ends in ((0, 1), (0,), (1,)):
        old = active(bench)

        def cut(old=old, ends=ends):
            bench.panel.silence(old, ends)
            wait_for_active(bench, 1 - old)

        bench.flow_survives(cut)
        bench.panel.heal(old, ends)
        bench.wait_for_links("up", "up")
        assert active(bench) == 1 - old, "without a primary the active port stays"
        bench.must_ping()


def main():
    lab.enter()
    monitor = sys.argv.pop(1)
    cases = tap.Cases()
    bench = Bench(f"mode=active-backup {MONITORS[monitor]}", KernelBridge)
    for name, function in globals().copy().items():
        if name.startswith(("case_", f"{monitor}_case_")):
            cases.add(name.split("case_")[1].replace("_", "-"), bench.tells(function))
    cases.add("stop", bench.close)
    try:
        return cases.main()
    finally:
        bench.close()


sys.exit(main())
