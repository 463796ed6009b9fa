# SPDX-License-Identifier: LGPL-2.1-or-later
"""A demonstration: every step says what is done, shows what came out, and is checked."""

import sys
import time

BOLD, GREEN, RED, DIM, PLAIN = ("\033[1m", "\033[32m", "\033[31m", "\033[2m", "\033[0m") if sys.stdout.isatty() \
    else ("",) * 5


class Play:
    """Steps, their output and their verdicts."""

    def __init__(self):
        self.number = 0
        self.start = time.monotonic()
        self.failures = []
        self.pings = [0, 0]

    def step(self, title):
        self.number += 1
        print(f"\n{BOLD}{self.number}. {title}{PLAIN}", flush=True)

    def show(self, where, command, output):
        print(f"{DIM}[{where}]${PLAIN} {command}")
        for line in output.rstrip("\n").splitlines():
            print(f"    {line}")
        sys.stdout.flush()

    def check(self, good, what):
        if good:
            print(f"  {GREEN}ok{PLAIN}  {what}", flush=True)
        else:
            print(f"  {RED}FAILED{PLAIN}  {what}", flush=True)
            self.failures.append(f"step {self.number}: {what}")

    def count_pings(self, sent, received, whom, may_lose=0):
        self.pings[0] += sent
        self.pings[1] += received
        self.check(0 < sent <= received + may_lose, f"{received} of {sent} pings of {whom} answered")

    def end(self):
        """The last line; the exit status."""
        print()
        if self.failures:
            print(f"{RED}{BOLD}DEMO FAILED{PLAIN}: " + "; ".join(self.failures))
            return 1
        print(f"{GREEN}{BOLD}DEMO PASSED{PLAIN}: {self.number} steps in {time.monotonic() - self.start:.0f} s, "
              f"{self.pings[1]} of {self.pings[0]} pings answered while ports came, went and lost their cables")
        return 0
