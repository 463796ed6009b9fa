# SPDX-License-Identifier: LGPL-2.1-or-later
"""What the cases of this folder stand on: bondd with a bond, a patch panel, and a partner; made once for a program."""

import pathlib
import re
import sys
import time

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parents[1] / "lab"))

import lab  # noqa: E402
from panel import Panel  # noqa: E402

MACS = ("08:00:27:61:e4:88", "08:00:27:c8:46:40", "08:00:27:0a:0b:0c", "08:00:27:0d:0e:0f")
RATE = 1000
SECONDS = 2.5
SOURCES = 64
# What is left to a flow that loses a port on the way: most of it, however slow the machine.
MUST_ARRIVE = 0.6


class Bench:
    """bond0 with these options at `ports` cables, and `partner`, a class of partners.py, behind them."""

    ADDRESS = "172.20.43.110"

    def __init__(self, options, partner, ports=2):
        self.options = options
        self.ports = [f"eth{n}" for n in range(ports)]
        self.server = lab.Host("server")
        self.panel = Panel()
        self.bus = lab.Bus()
        self.daemon = None
        self.partner = partner(self.panel, ports)
        try:
            self._begin()
        except BaseException:
            self.close()
            raise

    def _begin(self):
        for n, port in enumerate(self.ports):
            self.panel.connect(n, self.server, port, MACS[n], self.partner.namespace, self.partner.device(n))
        self.start_daemon()
        self.partner.begin()

    def start_daemon(self):
        """bondd with bond0, which has its address."""
        self.daemon = lab.Daemon(self.server, ("--verbose",))
        self.daemon.ctl(f"create bond0 {self.options}")
        for port in self.ports:
            self.daemon.ctl(f"add {port} bond0")
        self.server.ip("link set bond0 up")
        self.server.ip(f"addr add {self.ADDRESS}/24 dev bond0")

    def close(self):
        """Ends everything, once; fails if the daemon did not end well."""
        if not self.panel:
            return
        code = self.daemon.stop() if self.daemon else 0
        self.partner.close()
        self.bus.stop()
        self.panel.remove()
        self.server.remove()
        self.panel = None
        if code:
            raise lab.Failure(f"bondd ended with {code}:\n{self.daemon.log_text()[-3000:]}")

    # What can happen to a cable

    def pull(self, n):
        """Pulls cable n: both ends lose their carrier."""
        self.panel.plug(n, 0, "down")
        self.partner.carrier(n, "down")

    def replug(self, n):
        self.partner.carrier(n, "up")
        self.panel.plug(n, 0, "up")

    # What must hold

    def links_are(self, *words):
        """Whether the ports' MII status reads so, in order."""
        return re.findall(r"^Slave Interface: \S+\nMII Status: (.*)$", self.daemon.proc(), re.M) == list(words)

    def wait_for_links(self, *words):
        lab.wait_for(lambda: self.links_are(*words), f"the ports to be {words}", 20)

    def reaches(self, target=None):
        """Whether one ping of the partner is answered."""
        return self.server.run(f"ping -n -c 1 -W 1 {target or self.partner.ADDRESS}", check=False).returncode == 0

    def wait_for_ping(self, target=None):
        lab.wait_for(lambda: self.reaches(target), "a ping of the partner to be answered", 30)

    def must_ping(self, count=20):
        """Every ping of a series is answered, once, small and at the MTU."""
        for size in (56, 1472):
            lab.must_ping(self.server, self.partner.ADDRESS, count, f"-i 0.02 -M do -s {size}")

    def tells(self, function):
        """A case that shows what bondd said when it fails."""
        def case():
            try:
                function(self)
            except Exception:
                print("# bondd's log:\n# " + "\n# ".join(self.daemon.log_text().splitlines()[-40:]), flush=True)
                raise
        return case

    def flow_works(self):
        """A short flow in both directions arrives, and in order."""
        for numbers in self.flow_survives(lambda: None, 0.9, 1):
            assert not numbers["reordered"], f"{numbers['reordered']} packets came behind a later one of their port"

    def flow_survives(self, disturb, least=MUST_ARRIVE, seconds=SECONDS):
        """Flows in both directions while disturb() runs; both must arrive in the main, once, and go on to the end.

        They have many source ports, so a policy that hashes ports spreads them. What they said is returned, ours first.
        """
        count = int(RATE * seconds)
        options = {"rate": RATE, "count": count, "sources": SOURCES}
        out = lab.Flow(self.server, self.partner.host, self.partner.ADDRESS, port=7001, **options)
        back = lab.Flow(self.partner.host, self.server, self.ADDRESS, port=7002, **options)
        time.sleep(0.5)
        disturb()
        seen = out.finish(), back.finish()
        for name, numbers in zip(("to the partner", "to us"), seen):
            print(f"# {name}: {numbers}", flush=True)
            if numbers["received"] < count * least:
                raise lab.Failure(f"{numbers['received']} of {count} packets arrived {name}")
            if numbers["duplicates"]:
                raise lab.Failure(f"{numbers['duplicates']} packets arrived twice {name}")
        return seen

    def frames_during(self, action):
        """For each cable how many frames we sent and how many the partner sent while action() ran."""
        before = [self.panel.frames(n) for n in range(len(self.ports))]
        action()
        after = [self.panel.frames(n) for n in range(len(self.ports))]
        return [(b[0] - a[0], b[1] - a[1]) for a, b in zip(before, after)]
