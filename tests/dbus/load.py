#!/usr/bin/env python3
# SPDX-License-Identifier: LGPL-2.1-or-later
"""Two hundred clients that ask all the time, and some that never read: what they cost traffic, and bondd's memory."""

import pathlib
import re
import sys
import time

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parents[1] / "lab"))

import lab  # noqa: E402
import tap  # noqa: E402
from world import case, equal, need  # noqa: E402

RATE = 10000
COUNT = 12000
CUT_AFTER = 0.4
# Of an idle service a cut costs a handful. GLib's own order of things made it 1000 and more under the load.
MAX_LOST = 100
# As many as it takes for one in which the machine has nothing else to do.
TURNS = 10
MAX_GROWTH = 48 << 10


def prepared(world):
    world.create(mode="active-backup", miimon=100)
    for port in ("eth0", "eth1"):
        world.bond("AddPort", port)
    world.server.ip(f"addr add {lab.Network.SERVER}/24 dev bond0")
    world.server.ip("link set bond0 up")
    lab.wait_for(lambda: world.server.run(f"ping -n -c 1 -W 1 {lab.Network.CLIENT}", check=False).returncode == 0,
                 "an answer of the client")


def lost_in_failover(world, port):
    """Packets of 10000 a second that are lost while the active port, eth@port, loses its far end."""
    flow = lab.Flow(world.server, world.network.client, lab.Network.CLIENT, rate=RATE, count=COUNT)
    start = time.monotonic()
    time.sleep(CUT_AFTER)
    world.network.cut(port)
    too_late = time.monotonic() - start >= flow.seconds
    lost = flow.finish()["lost"]
    return COUNT if too_late else lost


def mend(world, port):
    lab.wait_for(lambda: world.daemon.active() == f"eth{1 - port}", "the other port to be active")
    world.network.mend(port)
    lab.wait_for(lambda: world.daemon.proc().count("MII Status: up") == 3, "both ports to be up")


def memory(world):
    """Resident, in KiB."""
    text = pathlib.Path(f"/proc/{world.daemon.pid()}/status").read_text(encoding="ascii")
    return int(re.search(r"^VmRSS:\s+(\d+)", text, re.M).group(1))


def fewest_lost(world, loaded):
    """The least of some turns, and what the clients got: in one the machine may have had something else to do."""
    fewest, seen = COUNT, None
    for _ in range(TURNS):
        load = lab.BusLoad(clients=200, rate=RATE, silent=10) if loaded else None
        port = int(world.daemon.active()[-1])
        fewest = min(fewest, lost_in_failover(world, port))
        seen = load.finish() if load else None
        mend(world, port)
        if fewest <= MAX_LOST:
            break
    return fewest, seen


def failover_under_load(world):
    prepared(world)
    idle, _ = fewest_lost(world, False)
    before = memory(world)
    lost, seen = fewest_lost(world, True)
    growth = memory(world) - before
    print(f"# {lost} packets lost, {idle} without load; {seen['answers']} answers in {seen['ns'] / 1e9:.1f} s; "
          f"bondd grew by {growth} KiB")
    need(seen["calls"] > 1000 and seen["answers"] > 0, f"that was no load: {seen}")
    equal(seen["errors"], 0, "errors")
    need(lost <= idle + MAX_LOST, f"{lost} packets lost, {idle} without load")
    need(growth <= MAX_GROWTH, f"bondd grew by {growth} KiB")
    world.alive()


def main():
    cases = tap.Cases()
    if "--list" not in sys.argv:
        lab.enter()
    cases.add("failover-under-load", case(failover_under_load))
    return cases.main()


sys.exit(main())
