#!/usr/bin/env python3
# SPDX-License-Identifier: LGPL-2.1-or-later
"""Bonds of nmcli in each mode, whose cables are cut: failover.py [CASE…]."""

import pathlib
import re
import subprocess
import sys
import time

HERE = pathlib.Path(__file__).resolve().parent
sys.path.insert(0, str(HERE))

import world as nm  # noqa: E402
from world import CLIENT, LIMIT, PORTS, equal, need  # noqa: E402

MODES = ("balance-rr", "active-backup", "balance-xor", "broadcast", "802.3ad", "balance-tlb", "balance-alb")


def fails_over(mode):
    """A cable is cut under a fast ping: at most those few get lost that were on their way."""
    def run(world):
        world.add_bond(f"mode={mode},miimon=100" + (",lacp_rate=fast" if mode == "802.3ad" else ""))
        world.wait_connected()
        # Alone, 802.3ad carries by one port.
        world.must_ping()
        cut = next((n for n, port in enumerate(PORTS) if port == world.bondd.bond()["active_port"]), 0)
        ping = subprocess.Popen(["ping", "-n", "-c", "200", "-i", "0.01", "-W", "1", CLIENT], text=True,
                                stdout=subprocess.PIPE)
        time.sleep(0.7)
        world.cut(cut)
        text = ping.communicate(timeout=LIMIT)[0]
        world.cut(cut, "up")
        received = int(re.search(r"(\d+) received", text).group(1))
        print(f"# {received} of 200 answered")
        equal(world.state(), "bond connected")
        need(received >= (100 if mode == "802.3ad" else 195), text)
    run.__name__ = f"fails_over_in_{mode.replace('.', '').replace('-', '_')}"
    return run


sys.exit(nm.play([fails_over(mode) for mode in MODES]))
