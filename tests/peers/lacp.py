#!/usr/bin/env python3
# SPDX-License-Identifier: LGPL-2.1-or-later
"""802.3ad with partners that others wrote: lacp.py kernel|openvswitch fast|slow [CASE…].

What takes the long time-out of the slow rate (90 s) is told by the engine's tests in virtual time; here such cases run
at the fast rate only.
"""

import functools
import pathlib
import re
import sys

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parents[1] / "lab"))

import lab  # noqa: E402
import tap  # noqa: E402
from bench import RATE, Bench  # noqa: E402
from openvswitch import OpenVSwitch  # noqa: E402
from partners import KernelBond, joined  # noqa: E402

PARTNERS = {"kernel": KernelBond, "openvswitch": OpenVSwitch}
PORTS = {"fast": 4, "slow": 2}
# Time-outs of the standard are 3 s at the fast rate, and who hears nobody speaks every 30 s only. Far less than the
# slow rate's 90 s.
PATIENCE = 60
FLOOD_SECONDS = 5
FLOODS = 4
# Frames a second and port, on a machine that is busy with other things.
A_FLOOD = 1000
# Of the frames of a flow with many source ports each port must have a part; by chance it may be a small one.
SHARE = 0.02


def all_cables(bench):
    return list(range(len(bench.ports)))


def all_but(bench, *missing):
    return [n for n in all_cables(bench) if n not in missing]


def wait_for_joined(bench, wanted):
    """Until both sides collect and distribute at these cables, and at no other."""
    try:
        lab.wait_for(lambda: joined(bench.daemon.proc()) == wanted and bench.partner.joined() == wanted,
                     f"both sides to use cables {wanted}", PATIENCE, 0.1)
    except lab.Failure as failure:
        raise lab.Failure(f"{failure}\n{bench.daemon.proc()}\nThe partner:\n{bench.partner.view()}") from None


def must_work(bench):
    """All ports are in use again, and traffic is as it was."""
    wait_for_joined(bench, all_cables(bench))
    bench.wait_for_ping()
    bench.must_ping()


def words(bench):
    """What `bondctl show` says of LACP at each port."""
    return re.findall(r"^    LACP +(.*)$", bench.daemon.ctl("show bond0").stdout, re.M)


def case_up(bench):
    must_work(bench)
    bench.wait_for_links(*["up"] * len(bench.ports))
    assert all(text.startswith("works: ") for text in words(bench)), words(bench)


def case_traffic_over_all_ports(bench):
    counts = bench.frames_during(bench.flow_works)
    print(f"# frames sent by us and by the partner: {counts}")
    for cable, both in enumerate(counts):
        for name, frames in zip(("we", "the partner"), both):
            assert frames > RATE * SHARE, f"{name} sent {frames} frames at cable {cable}"


def case_port_loss(bench):
    for n in (0, all_cables(bench)[-1]):
        def pull(n=n):
            bench.pull(n)
            wait_for_joined(bench, all_but(bench, n))

        bench.flow_survives(pull)
        bench.replug(n)
        must_work(bench)


def case_all_lost(bench):
    for n in all_cables(bench):
        bench.pull(n)
    lab.wait_for(lambda: not bench.server.carrier("bond0"), "bond0 to lose its carrier")
    assert not bench.reaches()
    for n in all_cables(bench):
        bench.replug(n)
    must_work(bench)


def case_port_leaves(bench):
    """A port that is taken out says so: the partner does not wait for a time-out."""
    def leave():
        bench.daemon.ctl("remove eth1")
        wait_for_joined(bench, all_but(bench, 1))

    bench.flow_survives(leave)
    bench.server.ip("link set eth1 up")
    bench.daemon.ctl("add eth1 bond0")
    must_work(bench)


def case_partner_restart(bench):
    bench.partner.restart()
    # Who has the partner's address now has another MAC; our host is not to wait until it forgets the old one.
    bench.server.ip("neigh flush dev bond0")
    must_work(bench)


def kernel_case_partner_power_cycle(bench):
    bench.partner.power_cycle()
    bench.server.ip("neigh flush dev bond0")
    must_work(bench)


def case_our_departure(bench):
    bench.daemon.ctl("delete bond0")
    code = bench.daemon.stop()
    assert code == 0, f"bondd ended with {code}"
    lab.wait_for(lambda: bench.partner.joined() == [], "the partner to notice that we left", PATIENCE)
    bench.start_daemon()
    must_work(bench)


def kernel_slow_case_another_group(bench):
    """Cable 1 leads into another bond of the same partner, or to another partner: it is left out, and we say why."""
    same = re.search(r"system mac address: (\S+)", bench.partner.view()).group(1)
    for options, reason in ((f"ad_actor_system {same} ad_user_port_key 9", "another group: its key is 591"),
                            ("", "another partner: ")):
        bench.partner.split(1, options)
        lab.wait_for(lambda reason=reason: reason in words(bench)[1], f"to be told: {reason}", PATIENCE, 0.2)
        lab.wait_for(lambda: joined(bench.daemon.proc()) == all_but(bench, 1), "the other cables to be used", PATIENCE)
        bench.flow_works()
        bench.partner.unite(1)
        must_work(bench)


def fast_case_one_end_loses_carrier(bench):
    """A media converter may keep the carrier of one end: only the LACPDUs that stay away tell it."""
    for end, change in ((0, lambda state: bench.panel.plug(0, 0, state)),
                        (1, lambda state: bench.partner.carrier(1, state))):
        change("down")
        wait_for_joined(bench, all_but(bench, end))
        bench.flow_works()
        change("up")
        must_work(bench)


def works_by_now(bench):
    """Whether a flow works; tells what both sides believe if it does not, for timers of theirs may still run."""
    try:
        bench.flow_works()
        return True
    except lab.Failure as failure:
        text = f"{failure}\n{bench.daemon.proc()}\nThe partner:\n{bench.partner.view()}"
        print("# " + text.replace("\n", "\n# "), flush=True)
        return False


def fast_case_silent_cut(bench):
    """Cable 0 is cut; in 1 the partner hears us no more, in 2 we do not hear it: who hears nothing says so."""
    cuts = ((0, (0, 1)), (1, (0,)), (2, (1,)))
    for n, ends in cuts:
        bench.panel.silence(n, ends)
    wait_for_joined(bench, [3])
    lab.wait_for(lambda: words(bench)[0].startswith("partner does not answer"), f"{words(bench)} to tell it", PATIENCE)
    lab.wait_for(lambda: works_by_now(bench), "both sides to have settled", PATIENCE)
    for n, ends in cuts:
        bench.panel.heal(n, ends)
    must_work(bench)


def received(bench):
    """Frames that came in by each of our ports."""
    return [int(bench.server.out(f"cat /sys/class/net/{port}/statistics/rx_packets")) for port in bench.ports]


def openvswitch_fast_case_flood(bench):
    """Small packets flood every port; LACPDUs, which go another way, arrive and leave as before. A machine that stands
    still for three seconds makes both sides right to take the other for gone, so one of some floods must do."""
    for attempt in range(FLOODS):
        if sees_nothing_of_flood(bench):
            break
        assert attempt + 1 < FLOODS, "in each flood a port was given up"
        must_work(bench)
    must_work(bench)
    bench.flow_works()


def sees_nothing_of_flood(bench):
    """Whether both sides use all cables in a flood."""
    before = received(bench)
    floods = [bench.panel.flood(n, FLOOD_SECONDS) for n in all_cables(bench)]
    looks = given_up = 0
    while any(flood.poll() is None for flood in floods):
        ours, theirs = joined(bench.daemon.proc()), bench.partner.joined()
        if not ours == theirs == all_cables(bench):
            print(f"# in the flood we use cables {ours}, the partner {theirs}", flush=True)
            given_up += 1
        looks += 1
    flooded = [now - then for now, then in zip(received(bench), before)]
    print(f"# frames that came in by each port: {flooded}; {looks} looks at both sides")
    assert min(flooded) > FLOOD_SECONDS * A_FLOOD and looks > 0, "that was no flood"
    return given_up == 0


def main():
    lab.enter()
    partner, rate = sys.argv[1:3]
    del sys.argv[1:3]
    cases = tap.Cases()
    bench = Bench(f"mode=802.3ad miimon=100 lacp_rate={rate} xmit_hash_policy=layer3+4",
                  functools.partial(PARTNERS[partner], rate=rate), ports=PORTS[rate])
    for name, function in globals().copy().items():
        if name.startswith(("case_", f"{partner}_case_", f"{rate}_case_", f"{partner}_{rate}_case_")):
            cases.add(name.split("case_")[1].replace("_", "-"), bench.tells(function))
    cases.add("stop", bench.close)
    try:
        return cases.main()
    finally:
        bench.close()


sys.exit(main())
