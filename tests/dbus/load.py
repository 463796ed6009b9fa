#!/usr/bin/env python3
# SPDX-License-Identifier: LGPL-2.1-or-later
"""Many clients, and those that call without end or never read: what they do to a failover. load.py [CASE…].

Figures are told as comments. What is asserted is compared within a run, not with a clock: everything here, the traffic
and the clients, shares the processors with bondd.
"""

import multiprocessing
import pathlib
import select
import statistics
import struct
import sys
import time

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parents[1] / "lab"))

import lab  # noqa: E402
import tap  # noqa: E402
import wire  # noqa: E402
from world import NAME, ROOT, World, need  # noqa: E402

CLIENTS, CALLS_PER_SECOND = 200, 10000
TURNS = 3
# What a failover may take with the load, in times of what it takes without, or of the least that is worth comparing.
WORSE, LEAST_US = 25, 500
PROPERTIES = "org.freedesktop.DBus.Properties"
OBJECTS = "org.freedesktop.DBus.ObjectManager"
BOND = f"{ROOT}/bond0"
CALLS = ((BOND, PROPERTIES, "Get", "ss", (NAME, "ActivePort")), (BOND, NAME, "GetOptions"), (BOND, NAME, "GetProcText"),
         (BOND, PROPERTIES, "Get", "ss", (NAME, "Ports")), (f"{BOND}/eth0", PROPERTIES, "Get", "ss", (f"{NAME}.Port", "Link")))


class Crowd:
    """Clients that call and count answers, which they do not look at."""

    def __init__(self, size, answered):
        self.answered = answered
        self.clients = [wire.Client(NAME) for _ in range(size)]
        self.waiting = [0] * size
        self.poll = select.poll()
        self.of_socket = {}
        for number, client in enumerate(self.clients):
            self.poll.register(client.socket, select.POLLIN)
            self.of_socket[client.socket.fileno()] = number

    def call(self, number, call):
        self.clients[number].send(*call)
        self.waiting[number] += 1

    def take(self, milliseconds):
        """What has come, or what comes until then."""
        for descriptor, _ in self.poll.poll(milliseconds):
            number = self.of_socket[descriptor]
            answers = self._count(self.clients[number])
            self.waiting[number] -= answers
            self.answered.value += answers

    @staticmethod
    def _count(client):
        client.buffer += client.socket.recv(1 << 18)
        answers = at = 0
        while len(client.buffer) - at >= 16:
            _, kind, _, _, body, _, fields = struct.unpack_from("<BBBBIII", client.buffer, at)
            size = 16 + fields + (-fields % 8) + body
            if len(client.buffer) - at < size:
                break
            answers += kind in (wire.RETURN, wire.ERROR)
            at += size
        del client.buffer[:at]
        return answers


def drive(answered, stopping):
    """All clients call in turn, so many times a second; those that wait for answers are left out."""
    crowd = Crowd(CLIENTS, answered)
    start, sent = time.monotonic(), 0
    while not stopping.is_set():
        due = int((time.monotonic() - start) * CALLS_PER_SECOND)
        for turn in range(sent, due):
            if crowd.waiting[turn % CLIENTS] < 2:
                crowd.call(turn % CLIENTS, CALLS[turn % len(CALLS)])
        sent = due
        crowd.take(5)


def overrun(answered, stopping):
    """Each client asks for everything again and again without waiting."""
    crowd = Crowd(10, answered)
    while not stopping.is_set():
        for number, waiting in enumerate(crowd.waiting):
            for _ in range(waiting, 40):
                crowd.call(number, (ROOT, OBJECTS, "GetManagedObjects"))
        crowd.take(100)


def never_read(answered, stopping):
    """They want all signals and call, and do not read a byte."""
    clients = [wire.Client(NAME) for _ in range(20)]
    for client in clients:
        client.send("/org/freedesktop/DBus", "org.freedesktop.DBus", "AddMatch", "s", ("type='signal'",),
                    destination="org.freedesktop.DBus")
        client.socket.setblocking(False)
    while not stopping.is_set():
        for client in clients:
            try:
                client.send(BOND, NAME, "GetProcText")
                answered.value += 1
            except BlockingIOError:
                pass
        time.sleep(0.02)


class Load:
    """Clients in a process of their own, for as long as a `with` lasts."""

    def __init__(self, function):
        self.answered = multiprocessing.Value("q", 0, lock=False)
        self.stopping = multiprocessing.Event()
        self.process = multiprocessing.Process(target=function, args=(self.answered, self.stopping))

    def __enter__(self):
        self.process.start()
        lab.wait_for(lambda: self.answered.value > 100, "the first answers")
        self.start, self.before = time.monotonic(), self.answered.value
        return self

    def __exit__(self, *_):
        self.rate = (self.answered.value - self.before) / (time.monotonic() - self.start)
        self.stopping.set()
        self.process.join(5)
        self.process.kill()


def outages(world):
    """How long traffic stood still, in turns: one port is cut and comes back, then the other. Microseconds."""
    seen = []
    for turn in range(TURNS):
        victim = world.daemon.active()
        flow = lab.Flow(world.network.client, world.server, lab.Network.SERVER, rate=5000, count=7500)
        time.sleep(0.4)
        world.network.cut(int(victim[-1]))
        numbers = flow.finish()
        seen.append(numbers["outage_us"])
        world.network.mend(int(victim[-1]))
        lab.wait_for(lambda: world.daemon.proc().count("MII Status: down") == 0, "the port to be back")
        time.sleep(0.2)
    return seen


class Failovers:
    """One world for all cases, so that the figures without load are those of the same run."""

    def __init__(self):
        self.world = None
        self.idle = []

    def _begin(self):
        self.world = world = World()
        world.create(mode="active-backup", miimon="100")
        for port in world.network.ports:
            world.manager("AddPort", port, "bond0")
        world.server.ip("link set bond0 up")
        world.server.ip(f"addr add {lab.Network.SERVER}/24 dev bond0")
        lab.wait_for(lambda: world.server.carrier("bond0"), "carrier")
        self.idle = outages(world)
        print(f"# outage without load: {sorted(self.idle)} us")

    def under(self, load):
        if not self.world:
            self._begin()
        with Load(load) as running:
            busy = outages(self.world)
        print(f"# {running.rate:.0f} calls answered a second, outage: {sorted(busy)} us")
        need(running.rate > 0, "nobody was answered")
        limit = WORSE * max(statistics.median(self.idle), LEAST_US)
        need(statistics.median(busy) <= limit, f"outages of {busy} us instead of {self.idle} us")
        self.world.alive()

    def close(self):
        if self.world:
            self.world.close()


CASES = {"200-clients": drive, "everything-without-waiting": overrun, "clients-that-do-not-read": never_read}


def main():
    cases = tap.Cases()
    failovers = Failovers()
    if "--list" not in sys.argv:
        lab.enter()
    for name, load in CASES.items():
        cases.add(name, failovers.under, load)
    code = cases.main()
    failovers.close()
    return code


if __name__ == "__main__":
    sys.exit(main())
