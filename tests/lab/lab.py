# SPDX-License-Identifier: LGPL-2.1-or-later
"""A private world for whole-system tests: namespaces, a system bus, bondd, and hosts to talk to.

enter() puts the running script into namespaces of its own (mount, network, PID, IPC, UTS); whatever it makes there
dies with it, and the machine's own network is never seen. Python only drives; every part is the real one.
"""

import contextlib
import json
import os
import pathlib
import re
import shutil
import signal
import subprocess
import sys
import tempfile
import time

SOURCE = pathlib.Path(__file__).resolve().parents[2]
BUILD = pathlib.Path(os.environ.get("BONDD_BUILD", SOURCE / "build")).resolve()
BONDD = BUILD / "daemon/service/bondd"
BONDCTL = BUILD / "daemon/bondctl/bondctl"
TUTORIAL = SOURCE / "tests/lab/tutorial"
BUS_SOCKET = "/run/dbus/system_bus_socket"
INSIDE = "BONDD_LAB_INSIDE"


def enter():
    """Goes on in namespaces of our own; returns only inside them, as their first process."""
    if os.getpid() == 1 and os.environ.pop(INSIDE, None):
        _furnish()
        return
    if os.geteuid() != 0:
        sys.exit("this needs root: it makes network namespaces")
    os.environ[INSIDE] = "1"
    unshare = ["unshare", "--mount", "--net", "--pid", "--ipc", "--uts", "--fork", "--kill-child", "--mount-proc",
               "--propagation", "private"]
    os.execvp("unshare", [*unshare, sys.executable, *sys.argv])


def _mount(*args):
    subprocess.run(["mount", *args], check=True)


def _furnish():
    """An /etc and a /run that are ours, so that files and sockets can stand where users have them."""
    _mount("-t", "tmpfs", "-o", "mode=0755", "run", "/run")
    shutil.copytree("/etc", "/run/etc", symlinks=True,
                    ignore=lambda directory, names: names if directory.startswith("/etc/ssl") else [])
    _mount("--bind", "/run/etc", "/etc")
    for directory in ("/run/netns", "/run/dbus"):
        os.makedirs(directory)
    subprocess.run(["ip", "link", "set", "lo", "up"], check=True)


class Failure(Exception):
    """A command or a condition that is not as it should be."""


def wait_for(condition, what, seconds=30.0, step=0.02):
    """Waits until condition() is true; the value it gave. The time is that of a machine which is busy with other things:
    nobody waits longer than it takes."""
    end = time.monotonic() + seconds
    while True:
        value = condition()
        if value:
            return value
        if time.monotonic() > end:
            raise Failure(f"waited {seconds:g} s in vain for {what}")
        time.sleep(step)


def settled(look, times=4, step=0.1):
    """What look() gives when it gives the same so many times in a row: nothing changes any more by itself."""
    seen = []

    def is_settled():
        seen.append(look())
        return len(seen) >= times and all(value == seen[-1] for value in seen[-times:])
    wait_for(is_settled, "the end of all changes", step=step)
    return seen[-1]


class Host:
    """A network namespace with a name; `run` runs a command in it."""

    def __init__(self, name):
        self.name = name
        subprocess.run(["ip", "netns", "add", name], check=True)
        self.run("ip link set lo up")
        self.run("sysctl -qw net.ipv6.conf.default.accept_dad=0 net.ipv6.conf.all.accept_dad=0", check=False)

    def argv(self, command):
        words = command.split() if isinstance(command, str) else [str(w) for w in command]
        return ["ip", "netns", "exec", self.name, *words]

    def run(self, command, check=True, timeout=60, **kwargs):
        """Runs a command to its end; the completed process, with its text output."""
        done = subprocess.run(self.argv(command), text=True, stdout=subprocess.PIPE, stderr=subprocess.STDOUT,
                              timeout=timeout, check=False, **kwargs)
        if check and done.returncode != 0:
            raise Failure(f"[{self.name}] {command}: exit {done.returncode}\n{done.stdout}")
        return done

    def out(self, command, **kwargs):
        return self.run(command, **kwargs).stdout

    def start(self, command, **kwargs):
        """Starts a command in the background."""
        kwargs.setdefault("stdout", subprocess.PIPE)
        kwargs.setdefault("stderr", subprocess.STDOUT)
        return subprocess.Popen(self.argv(command), text=True, **kwargs)

    def ip(self, arguments):
        return self.run(f"ip {arguments}")

    def carrier(self, device):
        return " state UP " in self.out(f"ip link show {device}") or "LOWER_UP" in self.out(f"ip link show {device}")

    def remove(self):
        subprocess.run(["ip", "netns", "delete", self.name], check=False)


def cable(host_a, name_a, host_b, name_b, mac_a=None, mtu=None, index_b=None):
    """A veth pair between two hosts, one queue each way, the shape that AF_XDP on veth wants."""
    address = f"address {mac_a} " if mac_a else ""
    index = f"index {index_b} " if index_b else ""
    subprocess.run(f"ip link add {name_a} netns {host_a.name} {address}numrxqueues 1 numtxqueues 1 type veth "
                   f"peer name {name_b} netns {host_b.name} {index}numrxqueues 1 numtxqueues 1".split(), check=True)
    if mtu:
        host_a.ip(f"link set {name_a} mtu {mtu}")
        host_b.ip(f"link set {name_b} mtu {mtu}")


def no_offloads(host, device):
    """The far end of a veth hands over frames as a cable would: whole checksums, tags inside, no giant segments."""
    host.run(f"ethtool -K {device} tx off txvlan off", check=False)


class Network:
    """The tutorial's lab: a server with ports, a switch made of a kernel bridge, a client.

    far says what the server's cables end at: "bridge", ports of the switch as they are; "lag", ports that do not echo
    to each other, as the members of a static LAG; "partner", nothing yet: a Partner takes them.
    """

    CLIENT = "172.20.43.120"
    SERVER = "172.20.43.110"
    GATEWAY = "172.20.43.1"
    MACS = ("08:00:27:61:e4:88", "08:00:27:c8:46:40", "08:00:27:0a:0b:0c", "08:00:27:0d:0e:0f")

    def __init__(self, ports=2, mtu=1500, far="bridge"):
        self.server, self.switch, self.client = Host("server"), Host("switch"), Host("client")
        self.far = far
        self.ports = [f"eth{n}" for n in range(ports)]
        self.far_ends = [f"sw{n}" for n in range(ports)]
        self.switch.ip("link add br0 type bridge stp_state 0 forward_delay 0 mcast_snooping 0")
        self.switch.ip(f"link set br0 mtu {mtu} up")
        for n, (port, far_end) in enumerate(zip(self.ports, self.far_ends)):
            cable(self.server, port, self.switch, far_end, mac_a=self.MACS[n], mtu=mtu)
            no_offloads(self.switch, far_end)
            self.plug_in(far_end)
        cable(self.client, "eth0", self.switch, "swc", mtu=mtu)
        no_offloads(self.client, "eth0")
        self.switch.ip("link set swc master br0 up")
        self.client.ip("link set eth0 up")
        self.client.ip(f"addr add {self.CLIENT}/24 dev eth0")
        self.client.ip(f"addr add {self.GATEWAY}/24 dev eth0")
        self.client.ip("addr add 2001:db8:43::120/64 dev eth0 nodad")

    def plug_in(self, far_end):
        """The far end of a cable becomes what the switch has there."""
        if self.far == "partner":
            return
        self.switch.ip(f"link set {far_end} master br0 up")
        if self.far == "lag":
            # What makes a bridge behave as a switch with a static LAG: its members do not echo to each other.
            self.switch.ip(f"link set {far_end} type bridge_slave isolated on")

    def cut(self, n):
        """The far end of port n goes down: its carrier is lost as if the cable was pulled."""
        self.switch.ip(f"link set {self.far_ends[n]} down")

    def mend(self, n):
        self.switch.ip(f"link set {self.far_ends[n]} up")

    def remove(self):
        for host in (self.server, self.switch, self.client):
            host.remove()


BUS_CONFIG = """<!DOCTYPE busconfig PUBLIC "-//freedesktop//DTD D-Bus Bus Configuration 1.0//EN"
 "http://www.freedesktop.org/standards/dbus/1.0/busconfig.dtd">
<busconfig>
  <type>system</type>
  <listen>unix:path={socket}</listen>
  <auth>EXTERNAL</auth>
  <policy context="default">
    <allow user="*"/>
    <deny own="*"/>
    <deny send_type="method_call"/>
    <allow send_type="signal"/>
    <allow send_requested_reply="true" send_type="method_return"/>
    <allow send_requested_reply="true" send_type="error"/>
    <allow receive_type="method_call"/>
    <allow receive_type="method_return"/>
    <allow receive_type="error"/>
    <allow receive_type="signal"/>
    <allow send_destination="org.freedesktop.DBus" send_interface="org.freedesktop.DBus"/>
    <allow send_destination="org.freedesktop.DBus" send_interface="org.freedesktop.DBus.Introspectable"/>
    <allow send_destination="org.freedesktop.DBus" send_interface="org.freedesktop.DBus.Properties"/>
  </policy>
  <policy user="root">
    <allow send_destination="org.freedesktop.DBus" send_interface="org.freedesktop.DBus.Monitoring"/>
  </policy>
  <include>{policy}</include>
  <include ignore_missing="yes">/run/dbus/polkit.conf</include>
</busconfig>
"""


class Bus:
    """A real system bus with the project's own policy, at the usual place of this private /run or another."""

    def __init__(self, socket=BUS_SOCKET):
        self.socket = socket
        self.environment = {**os.environ, "DBUS_SYSTEM_BUS_ADDRESS": f"unix:path={socket}"}
        config = f"{socket}.conf"
        policy = next((BUILD / "data").glob("org.example.Bond.conf"), SOURCE / "data/org.example.Bond.conf")
        pathlib.Path(config).write_text(BUS_CONFIG.format(socket=socket, policy=policy), encoding="utf-8")
        # It complains about the limit of file descriptors wherever it may not raise it.
        with open("/run/dbus/lab.log", "a", encoding="utf-8") as log:
            self.process = subprocess.Popen(["dbus-daemon", f"--config-file={config}", "--nofork", "--nopidfile"],
                                            stderr=log)
        wait_for(lambda: os.path.exists(socket), "the D-Bus daemon")
        if socket == BUS_SOCKET:
            os.environ["DBUS_SYSTEM_BUS_ADDRESS"] = f"unix:path={socket}"

    def stop(self):
        stop(self.process)
        with contextlib.suppress(FileNotFoundError):
            os.unlink(self.socket)


class Daemon:
    """bondd in a host, reached by bondctl in the same host; on the bus, or one of its own."""

    def __init__(self, host, arguments=(), log=None, bus=None):
        self.host = host
        self.environment = bus.environment if bus else None
        self.log_path = log or "/run/bondd.log"
        self.log = open(self.log_path, "w", encoding="utf-8")
        if not any("--state-dir" in argument for argument in arguments):
            # One of its own: it is to know nothing of the bonds of another one.
            arguments = (f"--state-dir=/run/bondd.{host.name}.{time.monotonic_ns()}", *arguments)
        self.process = host.start([BONDD, *arguments], stdout=self.log, env=self.environment)
        wait_for(self._answers, "bondd on the bus")

    def _answers(self):
        if self.process.poll() is not None:
            raise Failure(f"bondd ended with {self.process.returncode}:\n{self.log_text()}")
        ping = "busctl --system call org.example.Bond /org/example/Bond org.freedesktop.DBus.Peer Ping"
        return self.host.run(ping, check=False, env=self.environment).returncode == 0

    def log_text(self):
        return pathlib.Path(self.log_path).read_text(encoding="utf-8", errors="replace")

    def ctl(self, arguments, check=True):
        """bondctl with these arguments; the completed process."""
        words = arguments.split() if isinstance(arguments, str) else arguments
        return self.host.run([BONDCTL, *words], check=check, env=self.environment)

    def proc(self, bond="bond0"):
        return self.ctl(f"proc {bond}").stdout

    def active(self, bond="bond0"):
        found = re.search(r"^Currently Active Slave: (\S+)$", self.proc(bond), re.M)
        return found.group(1) if found else None

    def pid(self):
        """bondd's own PID: `ip netns exec` replaces itself by it."""
        return self.process.pid

    def stop(self):
        code = stop(self.process)
        self.log.close()
        return code


def stop(process, seconds=30):
    """Ends a process politely, then not; its exit status."""
    if process.poll() is None:
        process.send_signal(signal.SIGTERM)
        try:
            process.wait(seconds)
        except subprocess.TimeoutExpired:
            process.kill()
            process.wait()
    return process.returncode


class Ping:
    """A ping that runs until finish(), which tells what it saw."""

    # What is sent in the last seconds is not looked at: the machine may be too busy to answer in time.
    LAST = 0.5

    def __init__(self, host, target, interval=0.1, size=56):
        self.interval = interval
        # A pipe that nobody reads would fill up, and then it would not ping any more.
        self.words = tempfile.TemporaryFile("w+", encoding="utf-8")
        self.process = host.start(["ping", "-n", "-i", str(interval), "-s", str(size), target], stdout=self.words)

    def finish(self):
        """(sent, received, duplicates) of those whose answers had time to come."""
        time.sleep(self.LAST + 2 * self.interval)
        self.process.send_signal(signal.SIGINT)
        text, _ = self.process.communicate(timeout=30)
        if text is None:
            self.words.seek(0)
            text = self.words.read()
        self.words.close()
        found = re.search(r"^(\d+) packets transmitted", text, re.M)
        if not found:
            raise Failure(f"ping said nothing to count:\n{text[-1000:]}")
        sent = max(1, int(found.group(1)) - int(self.LAST / self.interval) - 1)
        answers = [n for n in map(int, re.findall(r"icmp_seq=(\d+) (?:ttl|hlim)=", text)) if n <= sent]
        return sent, len(set(answers)), len(answers) - len(set(answers))


# ping waits two round trips for the last answers, which is nothing on a busy machine: those are not looked at.
LAST_PINGS = 10


def must_ping(host, target, count=20, options="", copies=False):
    """Every ping of a series is answered; but for @copies, once."""
    text = host.out(f"ping -n -c {count + LAST_PINGS} {options} {target}", check=False)
    answered = [n for n in map(int, re.findall(r"icmp_seq=(\d+) (?:ttl|hlim)", text)) if n <= count]
    if sorted(set(answered) if copies else answered) != list(range(1, count + 1)):
        raise Failure(f"answered, of 1 to {count}: {answered}\n{text[-300:]}")


class Recorded:
    """A program that runs beside the test and whose words are read while it does: as monitors and captures."""

    def __init__(self, host, command, ready=None, **kwargs):
        self.path = pathlib.Path(f"/run/recorded.{time.monotonic_ns()}")
        with self.path.open("w", encoding="utf-8") as out:
            self.process = host.start(command, stdout=out, **kwargs)
        if ready:
            self.wait(ready)

    def text(self):
        return self.path.read_text(encoding="utf-8", errors="replace")

    def wait(self, pattern):
        """The first match of @pattern, which comes sooner or later."""
        try:
            return wait_for(lambda: re.search(pattern, self.text(), re.M), f"{pattern} to be said")
        except Failure as failure:
            raise Failure(f"{failure}\n{self.text()}") from None

    def stop(self):
        """Ends it; all that it said."""
        stop(self.process)
        return self.text()


def capture(host, arguments):
    """A tcpdump that is listening already."""
    return Recorded(host, f"tcpdump -p -l -n {arguments}", r"^listening on |^tcpdump: listening")


class Partner:
    """A second bondd, at the far end: its bond0 has the far ends of the cables as ports."""

    def __init__(self, host, ports, options, log="/run/partner.log"):
        self.host, self.ports = host, ports
        self.bus = Bus("/run/dbus/partner_bus_socket")
        self.daemon = Daemon(host, ("--verbose",), log, self.bus)
        self.ctl = self.daemon.ctl
        self.proc = self.daemon.proc
        self.ctl(f"create bond0 {options}")
        for port in ports:
            self.ctl(f"add {port} bond0")
        host.ip("link set bond0 up")

    def stop(self):
        """Takes its bonds away and ends it; fails if it did not end well."""
        found = self.host.run("busctl --system --json=short get-property org.example.Bond /org/example/Bond "
                              "org.example.Bond.Manager Bonds", check=False, env=self.bus.environment)
        for bond in json.loads(found.stdout)["data"] if found.returncode == 0 else ():
            self.ctl(f"delete {bond}", check=False)
        code = self.daemon.stop()
        self.bus.stop()
        if code:
            raise Failure(f"the partner ended with {code}:\n{self.daemon.log_text()[-3000:]}")


def lacp_works(text, ports=2):
    """Whether in this text of /proc/net/bonding all ports collect and distribute, and so do their partners."""
    states = [int(state) for state in re.findall(r"^ +port state: (\d+)$", text, re.M)]
    return len(states) == 2 * ports and all(state & 0x3c == 0x3c for state in states)


@contextlib.contextmanager
def running(ports=2, mtu=1500, far="bridge", arguments=()):
    """Network, bus and daemon; all gone afterwards."""
    network = Network(ports, mtu, far)
    bus = Bus()
    daemon = None
    try:
        daemon = Daemon(network.server, arguments)
        yield network, daemon
    finally:
        code = daemon.stop() if daemon else 0
        bus.stop()
        network.remove()
        if code:
            print(f"# bondd ended with {code}:\n# " + "\n# ".join(daemon.log_text().splitlines()[-30:]))
    if code:
        raise Failure(f"bondd ended with exit status {code}")


class BusLoad:
    """Clients of bond0 on the bus that ask all the time, and others that never read; finish() tells what they got."""

    TOOL = BUILD / "tests/bench/busload"

    def __init__(self, clients, rate, silent, bond="bond0"):
        words = [self.TOOL, BUS_SOCKET, clients, rate, silent, bond]
        self.process = subprocess.Popen([str(word) for word in words], text=True, stdout=subprocess.PIPE,
                                        stderr=subprocess.STDOUT)
        line = self.process.stdout.readline()
        if line.strip() != "ready":
            raise Failure(f"busload: {line}{self.process.stdout.read()}")

    def finish(self):
        """A dictionary: calls, answers, errors, ns."""
        self.process.terminate()
        text, _ = self.process.communicate(timeout=20)
        seen = {key: int(value) for key, value in re.findall(r"(\w+)=(\d+)", text)}
        if "answers" not in seen:
            raise Failure(f"busload: {text}")
        return seen


class Flow:
    """A numbered flow of UDP packets; finish() tells what arrived."""

    TOOL = BUILD / "tests/lab/flow"
    # What is on its way when the sender has ended, and how long the receiver waits for a sender that says nothing.
    STRAGGLERS, PATIENCE = 2, 120

    def __init__(self, sender, receiver, address, rate=10000, count=20000, port=7000, size=64, sources=1):
        self.receiver = receiver.start([self.TOOL, "receive", port, count, self.PATIENCE])
        wait_for(lambda: f":{port:04X} " in receiver.out("cat /proc/net/udp"), "the flow's receiver")
        self.sender = sender.start([self.TOOL, "send", address, port, rate, count, size, sources])
        self.seconds = count / rate

    def finish(self):
        """A dictionary: received, lost, duplicates, reordered, longest_gap_us, outage_us, refused."""
        sent, _ = self.sender.communicate(timeout=self.seconds + 60)
        try:
            seen, _ = self.receiver.communicate(timeout=self.STRAGGLERS)
        except (subprocess.TimeoutExpired, Failure):
            # The last ones are lost.
            self.receiver.send_signal(signal.SIGTERM)
            seen, _ = self.receiver.communicate(timeout=30)
        numbers = {key: int(value) for key, value in re.findall(r"(\w+)=(\d+)", sent + seen)}
        if "lost" not in numbers:
            raise Failure(f"flow said: {sent}{seen}")
        return numbers
