#!/usr/bin/env python3
# SPDX-License-Identifier: LGPL-2.1-or-later
"""bondd dies, by signals that it hears of and by those that it does not, and comes back: restart.py [CASE…].

Its service manager is tests/lab/supervisor.py. What hosts see of it is what counts.
"""

import difflib
import json
import os
import pathlib
import random
import re
import shutil
import signal
import subprocess
import sys
import time

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parents[1] / "lab"))

import lab  # noqa: E402
import supervisor  # noqa: E402
import tap  # noqa: E402
from world import equal, need, plain  # noqa: E402

# Beside other tests on few cores; tests/bench/run has the figures of a machine that does nothing else.
OUTAGE_US = 1500000
# One of so many restarts is to be so short, or to go unnoticed; in the others the machine may have had other things to do.
ATTEMPTS = 6


class World:
    """A network, a bus, and a bondd that has a service manager."""

    def __init__(self, far="bridge", **kwargs):
        self.network = lab.Network(far=far)
        self.server, self.client = self.network.server, self.network.client
        self.bus = lab.Bus()
        self.daemon = supervisor.Supervised(self.server, ("--verbose",), **kwargs)
        self.ctl = self.daemon.ctl

    def close(self):
        code = self.daemon.stop()
        self.bus.stop()
        self.network.remove()
        # A signal that a case sent is no failure.
        need(os.WIFSIGNALED(code) or code == 0, f"bondd ended with {code}:\n{self.daemon.log_text()[-3000:]}")

    def bond(self, options="mode=active-backup host=tap", ports=("eth0", "eth1")):
        self.ctl(f"create bond0 miimon=100 {options}")
        for port in ports:
            self.ctl(f"add {port} bond0")
        self.server.ip(f"addr add {self.network.SERVER}/24 dev bond0")
        self.server.ip("link set bond0 up")
        self.server.ip(f"route add 192.0.2.0/24 via {self.network.GATEWAY}")
        lab.wait_for(self.answers, "an answer to ping", seconds=15)

    def answers(self):
        return self.client.run(f"ping -n -c1 -W1 {self.network.SERVER}", check=False).returncode == 0

    def seen(self, *devices):
        """What others see of the bond and its ports, but for what moves, when all has settled."""
        return lab.settled(lambda: self.look(*devices))

    def look(self, *devices):
        """The same at this moment."""
        text = self.daemon.proc()
        for device in devices or ("bond0", "eth0", "eth1"):
            text += self.server.out(f"ip -d link show {device}") + self.server.out(f"ip addr show {device}")
        text += self.server.out("ip route") + self.server.out("ip -6 route")
        return re.sub(r"xdp/id:\d+|prog/xdp id \d+.*|valid_lft.*|qlen \d+|numtxqueues \d+|promiscuity \d+|tun .*", "", text)

    def link(self, device):
        return self.server.run(f"ip link show {device}", check=False).stdout


def same(look, before, what):
    """What look() sees is again as it was, sooner or later."""
    try:
        lab.wait_for(lambda: look() == before, what)
    except lab.Failure:
        after = look()
        changes = difflib.unified_diff(before.splitlines(), after.splitlines(), "before", "after", lineterm="", n=0)
        raise lab.Failure(f"{what}:\n" + "\n".join(changes)) from None


class Talk:
    """A TCP connection from the client to the server that says a line now and then, and hears it again."""

    ECHO = ["python3", "-c", "import socket\ns = socket.create_server(('', 7007))\nc, _ = s.accept()\n"
            "while True:\n    data = c.recv(100)\n    if not data: break\n    c.sendall(data)"]
    SPEAK = ["python3", "-c", "import socket, sys, time\ns = socket.create_connection((sys.argv[1], 7007))\n"
             "print('up', flush=True)\nfor i in range(int(sys.argv[2])):\n    line = b'%7d\\n' % i\n    s.sendall(line)\n"
             "    got = b''\n    while len(got) < 8: got += s.recv(8 - len(got))\n    assert got == line\n"
             "    time.sleep(0.02)\nprint('done')"]

    def __init__(self, world, lines):
        self.echo = world.server.start(self.ECHO)
        lab.wait_for(lambda: re.search(r":1B5F \S+ 0A ", world.server.out("cat /proc/net/tcp")), "the echo")
        self.speak = world.client.start([*self.SPEAK, world.network.SERVER, lines])
        equal(self.speak.stdout.readline(), "up\n")

    def finish(self):
        text, _ = self.speak.communicate(timeout=60)
        lab.stop(self.echo)
        equal(text, "done\n", "the TCP connection")


def outlives(world, options, number=signal.SIGKILL):
    """Dies under 10000 packets a second, and is what it was."""
    world.bond(options)
    before, ifindex = world.seen(), world.link("bond0").split(":")[0]
    watch = world.server.start(["ip", "-o", "monitor", "link", "dev", "bond0"])
    for attempt in range(ATTEMPTS):
        outage_us = crashed(world, options, number)
        same(world.look, before, "after the restart")
        if outage_us < OUTAGE_US:
            break
        need(attempt + 1 < ATTEMPTS, f"the shortest outage was longer than {OUTAGE_US} us")
    equal(world.link("bond0").split(":")[0], ifindex)
    watch.terminate()
    flaps = watch.communicate()[0]
    need("NO-CARRIER" not in flaps and "state DOWN" not in flaps, f"bond0 flapped:\n{flaps}")


def crashed(world, options, number):
    """Ends it in the middle of a flow and of a TCP connection, which go on; us without packets, as the flow saw it."""
    talk = Talk(world, 75)
    flow = lab.Flow(world.client, world.server, world.network.SERVER, count=30000)
    time.sleep(0.3)
    took = world.daemon.crash(number)
    numbers = flow.finish()
    talk.finish()
    print(f"# {options}: ready {took * 1000:.0f} ms after its end, outage {numbers['outage_us'] / 1000:.0f} ms, "
          f"{numbers['lost']} lost")
    need(numbers["received"] > 1000, f"{numbers}")
    # If it is not over before the flow, what is missing tells how long it was.
    return max(numbers["longest_gap_us"], numbers["lost"] * 100)


def given_back(world):
    """Deleted at last, the bond leaves everything as it was before it."""
    world.ctl("delete bond0")
    equal(world.link("bond0").startswith("Device"), True, world.link("bond0"))
    for port, mac in zip(world.network.ports, world.network.MACS):
        need(mac in world.link(port) and "prog/xdp" not in world.link(port), world.link(port))
    lab.wait_for(lambda: not world.daemon.kept(), "the manager to keep nothing more")
    equal(re.search(r"^bond0\S*", world.server.out("ip -br link"), re.M), None)


def killed(options, number=signal.SIGKILL):
    def run(world):
        outlives(world, options, number)
        given_back(world)
    return run


def seen_by_partner(world, partner):
    """Restarts it twice; what the partner tells of it, and what has changed at both ends."""
    lab.wait_for(lambda: lab.lacp_works(world.daemon.proc()) and lab.lacp_works(partner.proc()), "LACP", 60)
    before = [lab.settled(end.proc) for end in (world.daemon, partner)]
    monitor = lab.Recorded(world.network.switch, ["gdbus", "monitor", "--system", "--dest", "org.example.Bond"],
                           "is owned by", env=partner.bus.environment)
    for number in (signal.SIGKILL, signal.SIGTERM):
        world.daemon.crash(number)
        lab.wait_for(world.answers, "an answer after the restart")
    time.sleep(1.5)
    seen = re.findall(r"(?:LacpState|Aggregator|Carrier|PortLink)Changed.*", monitor.stop())
    for end, was in zip((world.daemon, partner), before):
        now = lab.settled(end.proc)
        seen += difflib.unified_diff(was.splitlines(), now.splitlines(), lineterm="", n=0)
    return seen


def partner_sees_nothing(world):
    """LACP goes on, twice: the partner changes nothing, and hears of no state but those that it knew. Did the machine
    stand still for the better part of the three seconds that LACP waits, it would be right to."""
    partner = lab.Partner(world.network.switch, world.network.far_ends, "mode=802.3ad miimon=100 lacp_rate=fast")
    world.network.switch.ip("link set bond0 master br0")
    try:
        world.bond("mode=802.3ad lacp_rate=fast")
        for attempt in range(ATTEMPTS):
            seen = seen_by_partner(world, partner)
            if not seen:
                break
            print("# " + "\n# ".join(seen))
            need(attempt + 1 < ATTEMPTS, "each restart was seen:\n" + "\n".join(seen))
    finally:
        partner.stop()


def nothing_leaks_while_dead(world):
    """Nobody answers in its place: not the stack behind the ports, which has the bond's address, too."""
    world.bond()
    carrier = world.link("bond0")
    world.daemon.end(signal.SIGKILL)
    need("LOWER_UP" in world.link("bond0") and "LOWER_UP" in carrier, world.link("bond0"))
    world.client.ip("neigh flush all")
    need(not world.answers(), "somebody answers")
    need("lladdr" not in world.client.out(f"ip neigh show {world.network.SERVER}"), "somebody answered ARP")
    world.daemon.start()
    lab.wait_for(world.answers, "an answer")


def history(world):
    out = world.server.out("busctl --system --json=short call org.example.Bond /org/example/Bond/bond0 org.example.Bond "
                           "GetHistory tu 0 0")
    return plain(json.loads(out)["data"])[0]


def stopped_and_started(world):
    """As `systemctl stop` does it: the manager lets go of everything. The bond is there all the same."""
    world.bond("mode=active-backup primary=eth1 updelay=200")
    lab.wait_for(lambda: world.daemon.active() == "eth1", "the primary")
    before = world.seen()
    # It is told when a frame has left by it.
    lab.wait_for(lambda: any(e["event"] == "failover" and e["port"] == "eth1" for e in history(world)), "the failover")
    known = history(world)
    equal(world.daemon.end(), 0)
    world.daemon.forget_all()
    need("172.20.43.110" in world.server.out("ip addr show bond0"), "no address")
    world.daemon.start()
    lab.wait_for(world.answers, "an answer")
    same(world.look, before, "after the start")
    now = history(world)
    equal(now[:len(known)], known, "the history before the restart")
    equal([event["serial"] for event in now], list(range(1, len(now) + 1)), "serial numbers")
    given_back(world)


def killed_at_any_moment(world):
    """While ports join and leave: whatever was done to them halfway is undone in the end."""
    world.server.ip("link set eth1 up")
    world.server.ip("link set eth1 mtu 1400")
    dice = random.Random(4)
    for _ in range(10):
        world.ctl("create bond0 mode=active-backup miimon=100 up=1", check=False)
        busy = world.server.start(["sh", "-c", "for command in 'add eth0 bond0' 'add eth1 bond0' 'remove eth0' "
                                   "'remove eth1'; do $0 $command; done", lab.BONDCTL])
        time.sleep(dice.uniform(0, 0.25))
        world.daemon.crash()
        busy.communicate(timeout=20)
    if "bond0" in world.ctl("").stdout:
        world.ctl("delete bond0")
    for port, mac, words in zip(world.network.ports, world.network.MACS, (("state DOWN", "mtu 1500"), (",UP", "mtu 1400"))):
        text = world.link(port)
        need(mac in text and "xdp" not in text and all(word in text for word in words), text)
        equal(world.server.out(f"sysctl -n net.ipv6.conf.{port}.disable_ipv6"), "0\n", port)
    need("bond0" not in world.server.out("ip -br link"), "bond0 is left")
    lab.wait_for(lambda: not world.daemon.kept(), "the manager to keep nothing more")


def things_happen_while_away(world):
    """A cable is cut, the other port gets another name, and so does the bond."""
    world.bond()
    world.daemon.end(signal.SIGKILL)
    world.network.cut(0)
    world.server.ip("link set eth1 down")
    world.server.ip("link set eth1 name lan1")
    world.server.ip("link set lan1 up")
    world.server.ip("link set bond0 name team0")
    world.daemon.start()
    lab.wait_for(lambda: world.daemon.active("team0") == "lan1", "lan1 to be active")
    lab.wait_for(world.answers, "an answer by the other port")
    lab.wait_for(lambda: "Slave Interface: eth0\nMII Status: down" in world.daemon.proc("team0"), "eth0 to be down")
    # A port is taken out of the host.
    world.daemon.end(signal.SIGKILL)
    world.server.ip("link delete eth0")
    world.daemon.start()
    equal(re.findall(r"Slave Interface: (\S+)", world.daemon.proc("team0")), ["lan1"])
    # And the bond's interface: then it is no bond any more.
    world.daemon.end(signal.SIGKILL)
    world.server.ip("link delete team0")
    world.daemon.start()
    equal(world.ctl("").stdout.count("team0"), 0)
    need(world.network.MACS[1] in world.link("lan1") and "prog/xdp" not in world.link("lan1"), world.link("lan1"))
    lab.wait_for(lambda: not world.daemon.kept(), "the manager to keep nothing more")


def broken_files(world):
    """Each is set aside with a message; bondd starts, and keeps what it has from then on."""
    state = pathlib.Path(world.daemon.state_dir) / "state"

    def text(content):
        state.write_text(content, encoding="utf-8")
        state.chmod(0o600)

    def link():
        state.symlink_to("/etc/passwd")

    def owned(whole):
        text(whole)
        os.chown(state, 1, 1)

    def writable(whole):
        text(whole)
        state.chmod(0o666)

    world.ctl("create bond0 mode=active-backup miimon=100")
    world.daemon.end()
    whole = state.read_text(encoding="utf-8")
    breakers = ((text, whole[:len(whole) // 2]), (text, ""), (text, "\0\1\2" * 100), (text, "x" * (5 << 20)),
                (text, whole.replace("mtu=1500", "mtu=15000000")), (owned, whole), (writable, whole), (link,),
                (os.mkfifo, state))
    for number, (breaker, *arguments) in enumerate(breakers, 1):
        state.unlink()
        breaker(*arguments)
        world.daemon.start()
        world.daemon.end()
        # They are named by the second.
        aside = list(state.parent.glob("state.corrupt-*"))
        need(aside, f"number {number} is not set aside")
        equal(world.daemon.log_text().count("cannot be used ("), number, f"messages about {arguments!r:.50}")
        need(state.is_file() and not state.is_symlink(), "no new file")
        for path in aside:
            path.unlink()
    equal(pathlib.Path("/etc/passwd").is_file(), True)
    world.server.ip("link delete bond0")
    world.daemon.start()


def newer_file(world):
    """What a newer bondd has written an older one reads: after a downgrade as well as an upgrade."""
    world.bond("mode=balance-xor xmit_hash_policy=layer3+4")
    before = world.seen()
    world.daemon.end()
    state = pathlib.Path(world.daemon.state_dir) / "state"
    text = state.read_text(encoding="utf-8")
    text = text.replace("version=1", "version=2").replace("[bond 0]\n", "[bond 0]\noption.of_tomorrow=1\nx-ray=5\n")
    state.write_text(text.replace("[end]", "[ports of tomorrow]\na=b\n\n[end]"), encoding="utf-8")
    world.daemon.start()
    same(world.look, before, "after the upgrade")


def applied_files(world):
    """What was made of files is known to be: `apply` takes away what is in none any more, ifdown and ifup go on."""
    directory = pathlib.Path("/etc/sysconfig/network-scripts")
    shutil.copytree(lab.TUTORIAL, directory, dirs_exist_ok=True)
    try:
        need("created" in world.ctl("apply").stdout, "nothing was made")
        lab.wait_for(world.answers, "an answer")
        before = lab.settled(world.daemon.proc)
        world.daemon.crash()
        same(world.daemon.proc, before, "after the restart")
        need("nothing was changed" in world.ctl("apply").stdout, "what is there was made once more")
        world.ctl("ifdown bond0")
        world.daemon.crash()
        world.ctl("ifup bond0")
        lab.wait_for(world.answers, "an answer")
        world.daemon.crash()
        (directory / "ifcfg-eth1").unlink()
        equal(re.findall(r"(\S+) +port-removed", world.ctl("apply").stdout), ["eth1"])
        world.daemon.crash()
        for path in directory.iterdir():
            path.unlink()
        equal(re.findall(r"(\S+) +removed", world.ctl("apply").stdout), ["bond0"])
        need("bond0" not in world.server.out("ip -br link"), "bond0 is there")
    finally:
        shutil.rmtree(directory)


def another_boot(world):
    """Where the state is kept over a boot, bonds are made again: their interfaces are not there, but their cards are."""
    world.bond("mode=balance-xor xmit_hash_policy=layer3+4 updelay=200", ports=("eth1", "eth0"))
    before = lab.settled(world.daemon.proc)
    world.daemon.end()
    world.daemon.forget_all()
    world.server.ip("link delete bond0")
    for port, mac in zip(world.network.ports, world.network.MACS):
        world.server.ip(f"link set {port} down")
        world.server.ip(f"link set {port} address {mac}")
    state = pathlib.Path(world.daemon.state_dir) / "state"
    text = re.sub(r"^boot=.*$", "boot=3b5e2c1e-0000-0000-0000-000000000000", state.read_text(encoding="utf-8"), flags=re.M)
    state.write_text(text, encoding="utf-8")
    world.daemon.start()
    same(world.daemon.proc, before, "after the boot")
    world.server.ip(f"addr add {world.network.SERVER}/24 dev bond0")
    lab.wait_for(world.answers, "an answer")
    given_back(world)


def a_second_one(world):
    """Another bondd with the same state would take its ports: it does not start."""
    world.bond()
    second = world.server.run([lab.BONDD, f"--state-dir={world.daemon.state_dir}"], check=False)
    need(second.returncode == 1 and "another bondd" in second.stdout, f"{second}")
    lab.wait_for(world.answers, "an answer")


def what_systemd_hears(world):
    """READY, STATUS and WATCHDOG; and no WATCHDOG when it hangs."""
    daemon = world.daemon
    need(daemon.last("READY") == "1", "not ready")
    equal(daemon.last("STATUS"), "no bonds")
    world.bond()
    lab.wait_for(lambda: daemon.last("STATUS") == "bond0: eth0 active of 2 ports", f"STATUS: {daemon.last('STATUS')}")
    world.network.cut(0)
    lab.wait_for(lambda: daemon.last("STATUS") == "bond0: eth1 active of 2 ports", f"STATUS: {daemon.last('STATUS')}")
    beats = daemon.count("WATCHDOG")
    lab.wait_for(lambda: daemon.count("WATCHDOG") > beats + 2, "WATCHDOG")
    # One of its workers hangs: its threads are stopped one by one.
    worker = next(t for t in pathlib.Path(f"/proc/{daemon.pid()}/task").iterdir()
                  if (t / "comm").read_text().startswith("bond0-"))
    tracer = stop_thread(int(worker.name))
    lab.wait_for(lambda: has_no_beat(daemon, 1), "an end of its saying that it is alive")
    # A thread that is traced is dead only when its tracer knows.
    tracer.kill()
    tracer.wait()
    daemon.crash(signal.SIGKILL)
    equal(daemon.end(), 0)
    equal(daemon.last("STOPPING"), "1")


def has_no_beat(daemon, seconds):
    beats = daemon.count("WATCHDOG")
    time.sleep(seconds)
    return daemon.count("WATCHDOG") == beats


def stop_thread(tid):
    """Stops one thread as a debugger does, until its process ends or this one does."""
    tracer = subprocess.Popen([sys.executable, "-c", "import ctypes, sys, time\n"
                               "libc = ctypes.CDLL(None, use_errno=True)\n"
                               "assert libc.ptrace(0x4206, int(sys.argv[1]), 0, 0) == 0\n"
                               "assert libc.ptrace(0x4207, int(sys.argv[1]), 0, 0) == 0\n"
                               "print('stopped', flush=True)\ntime.sleep(600)", str(tid)], stdout=subprocess.PIPE)
    equal(tracer.stdout.readline(), b"stopped\n")
    return tracer


CASES = {
    "killed-tap": (killed("mode=active-backup host=tap"), {}),
    "killed-veth": (killed("mode=active-backup host=veth"), {}),
    "killed-mixed": (killed("mode=active-backup host=mixed"), {}),
    "terminated-balance-alb": (killed("mode=balance-alb host=tap", signal.SIGTERM), {}),
    "partner-sees-nothing": (partner_sees_nothing, {"far": "partner"}),
    "nothing-leaks-while-dead": (nothing_leaks_while_dead, {}),
    "stopped-and-started": (stopped_and_started, {}),
    "killed-at-any-moment": (killed_at_any_moment, {}),
    "things-happen-while-away": (things_happen_while_away, {}),
    "broken-files": (broken_files, {}),
    "newer-file": (newer_file, {}),
    "applied-files": (applied_files, {}),
    "another-boot": (another_boot, {}),
    "a-second-one": (a_second_one, {}),
    "what-systemd-hears": (what_systemd_hears, {"watchdog": 300000}),
}


def case(function, options):
    def run():
        world = World(**options)
        failed = True
        try:
            function(world)
            failed = False
        finally:
            if failed:
                print("# " + world.daemon.log_text()[-2500:].replace("\n", "\n# "))
            try:
                world.close()
            except lab.Failure:
                if not failed:
                    raise
    return run


def main():
    cases = tap.Cases()
    if "--list" not in sys.argv:
        lab.enter()
    for name, (function, options) in CASES.items():
        cases.add(name, case(function, options))
    return cases.main()


if __name__ == "__main__":
    sys.exit(main())
