#!/usr/bin/env python3
# SPDX-License-Identifier: LGPL-2.1-or-later
"""bondd.service as it is built, run by a real systemd: what it shuts off, and that bondd works. unit.py [CASE…].

The systemd is the first process of a PID and cgroup namespace in the lab's server; its only units are bondd's and empty
ones for what that names. There are two drop-ins: where messages go, and, on machines that let not even systemd lift the
limit of locked memory, CAP_IPC_LOCK instead.
"""

import contextlib
import json
import os
import pathlib
import re
import resource
import shutil
import subprocess
import sys
import time

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parents[1] / "lab"))

import lab  # noqa: E402
import openmetrics  # noqa: E402
import tap  # noqa: E402
from world import NAME, PORT_LACP, ROOT, equal, need  # noqa: E402

UNIT = lab.BUILD / "data/bondd.service"
# Those that run bondctl.
HELPERS = [lab.BUILD / "data/bondd-ifcfg.service", lab.BUILD / "data/bondd-metrics.service"]
EXPOSURE = 2.5
CAPABILITIES = {"net_admin": 12, "net_raw": 13, "bpf": 39}
IPC_LOCK = 14
UNITS = pathlib.Path("/run/units")
CGROUPS = pathlib.Path("/run/cgroups")
LOG = "/run/bondd.log"
METRICS = pathlib.Path("/var/lib/prometheus/node-exporter/bondd.prom")
STUBS = ("default.target", "sysinit.target", "basic.target", "shutdown.target", "network-pre.target", "network.target")

# The first process of the namespaces becomes systemd.
BECOME_SYSTEMD = """set -e
mount -t cgroup2 cgroup2 /sys/fs/cgroup
export container=bondd SYSTEMD_UNIT_PATH=$1
exec /lib/systemd/systemd --system --log-target=null --show-status=no
"""


def setting(name, unit=UNIT):
    """The values of a setting in a unit."""
    return re.findall(rf"^{name}=(.*)$", unit.read_text(encoding="utf-8"), re.M)


def memory_may_be_unlimited():
    """Whether a limit of locked memory can be lifted here by anybody."""
    try:
        resource.setrlimit(resource.RLIMIT_MEMLOCK, (resource.RLIM_INFINITY, resource.RLIM_INFINITY))
        return True
    except (ValueError, PermissionError):
        return False


def install():
    """The programs where the units look for them, in this mount namespace only; and the units."""
    for number, (unit, built) in enumerate(((UNIT, lab.BONDD), (HELPERS[0], lab.BONDCTL))):
        program = pathlib.Path(setting("ExecStart", unit)[0].split()[0])
        lower = next(path for path in program.parents if path.is_dir())
        upper, work = (pathlib.Path(f"/run/installed.{number}/{name}") for name in ("upper", "work"))
        for directory in (upper, work):
            directory.mkdir(parents=True)
        subprocess.run(["mount", "-t", "overlay", "-o", f"lowerdir={lower},upperdir={upper},workdir={work}", "overlay",
                        str(lower)], check=True)
        program.parent.mkdir(parents=True, exist_ok=True)
        shutil.copy(built, program)
    # /var is the machine's.
    subprocess.run(["mount", "-t", "tmpfs", "none", "/var/lib"], check=True)
    drop_in = UNITS / "bondd.service.d"
    drop_in.mkdir(parents=True)
    for unit in (UNIT, *HELPERS):
        shutil.copy(unit, UNITS)
    for stub in STUBS:
        (UNITS / stub).write_text("[Unit]\nDefaultDependencies=no\n", encoding="utf-8")
    (drop_in / "log.conf").write_text(f"[Service]\nStandardOutput=append:{LOG}\nStandardError=append:{LOG}\n",
                                      encoding="utf-8")
    if not memory_may_be_unlimited():
        (drop_in / "memory.conf").write_text("[Service]\nCapabilityBoundingSet=CAP_IPC_LOCK\n", encoding="utf-8")


class Supervisor:
    """A systemd of its own in a host; cgroups of its own, removed at the end."""

    def __init__(self, host):
        self.host = host
        CGROUPS.mkdir(exist_ok=True)
        if not os.path.ismount(CGROUPS):
            subprocess.run(["mount", "-t", "cgroup2", "cgroup2", str(CGROUPS)], check=True)
        here = next(line for line in pathlib.Path("/proc/self/cgroup").read_text(encoding="utf-8").splitlines()
                    if line.startswith("0::"))
        self.cgroup = CGROUPS / here[3:].strip("/") / f"bondd-unit-{time.monotonic_ns()}"
        self.cgroup.mkdir()
        unshare = ["unshare", "--mount", "--pid", "--cgroup", "--fork", "--kill-child", "--mount-proc", "--propagation",
                   "private", "sh", "-c", BECOME_SYSTEMD, "sh", str(UNITS)]
        join = ["sh", "-c", 'echo $$ >"$0"/cgroup.procs; exec "$@"', str(self.cgroup)]
        # In the cgroup first: /sys is another one behind `ip netns exec`.
        self.process = subprocess.Popen([*join, *host.argv(unshare)], stdout=subprocess.DEVNULL)
        try:
            lab.wait_for(lambda: self.systemctl("is-active default.target", check=False).returncode == 0, "systemd")
        except lab.Failure:
            self.stop()
            raise

    def systemctl(self, arguments, check=True):
        """systemctl in the namespaces of the systemd, which answers to nobody else."""
        first = subprocess.run(["pgrep", "-P", str(self.process.pid)], check=False, text=True, stdout=subprocess.PIPE)
        enter = ["nsenter", "--pid", "--mount", "--target", first.stdout.strip() or "0"]
        return self.host.run([*enter, "systemctl", *arguments.split()], check=check)

    def property(self, name):
        return self.systemctl(f"show --property={name} --value bondd").stdout.strip()

    def stop(self):
        self.process.kill()
        self.process.wait()
        # They can be removed when their last process is gone.
        lab.wait_for(self._remove_cgroups, "the end of all processes in it")

    def _remove_cgroups(self):
        with contextlib.suppress(OSError):
            for path, _, _ in os.walk(self.cgroup, topdown=False):
                os.rmdir(path)
        return not self.cgroup.exists()


class Daemon(lab.Daemon):
    """bondd as the unit starts it."""

    def __init__(self, host, supervisor):
        self.host, self.supervisor = host, supervisor
        self.environment = None
        self.log_path = LOG
        done = supervisor.systemctl("start bondd", check=False)
        if done.returncode != 0:
            raise lab.Failure(f"{done.stdout}{supervisor.property('ExecMainStatus')}: {self.log_text()}")

    def status(self):
        """/proc/PID/status of bondd as a dictionary; it is the one process of this name here."""
        pid = subprocess.run(["pgrep", "-x", "bondd"], check=True, text=True, stdout=subprocess.PIPE).stdout.strip()
        text = pathlib.Path(f"/proc/{pid}/status").read_text(encoding="utf-8")
        return dict(line.split(":\t", 1) for line in text.splitlines() if ":\t" in line)

    def stop(self):
        self.supervisor.systemctl("stop bondd")
        return 0 if self.supervisor.property("Result") == "success" else 1


class World:
    def __init__(self):
        # What another case's bondd left for its next start is of another network.
        shutil.rmtree("/run/bondd", ignore_errors=True)
        self.network = lab.Network()
        self.server = self.network.server
        self.bus = lab.Bus()
        self.supervisor = None
        try:
            self.supervisor = Supervisor(self.server)
            self.daemon = Daemon(self.server, self.supervisor)
        except lab.Failure:
            self.close()
            raise
        self.ctl = self.daemon.ctl

    def close(self):
        if self.supervisor:
            self.supervisor.stop()
        self.bus.stop()
        self.network.remove()
        if os.path.exists(LOG):
            os.unlink(LOG)
        # The next world is another network, and knows nothing of this one's bonds.
        shutil.rmtree("/run/bondd", ignore_errors=True)


# --- Cases ---


def exposure_is_low(_):
    """What systemd says of the units as they are installed."""
    for unit in (UNIT, *HELPERS):
        text = subprocess.run(["systemd-analyze", "security", "--offline=true", str(unit)], check=True, text=True,
                              stdout=subprocess.PIPE, stderr=subprocess.STDOUT).stdout
        found = re.search(rf"Overall exposure level for {unit.name}: ([\d.]+)", text)
        need(found and float(found.group(1)) <= EXPOSURE, f"more than {EXPOSURE}:\n{text}")
    equal(setting("CapabilityBoundingSet"), [" ".join(f"CAP_{name.upper()}" for name in CAPABILITIES)])


def mask(capabilities):
    return sum(1 << number for number in capabilities)


def has_what_it_needs(world):
    """The sets of the process: those of the unit and no others, for ever."""
    status = world.daemon.status()
    wanted = mask(CAPABILITIES.values()) | (0 if memory_may_be_unlimited() else mask([IPC_LOCK]))
    for name in ("CapPrm", "CapEff", "CapBnd"):
        equal(int(status[name], 16), wanted, name)
    for name in ("CapInh", "CapAmb"):
        equal(int(status[name], 16), 0, name)
    equal((status["NoNewPrivs"], status["Seccomp"]), ("1", "2"))
    need("warning" not in world.daemon.log_text().lower(), world.daemon.log_text())


def without_the_unit(_):
    """Started by root with all that root may, bondd keeps as little."""
    with lab.running() as (_, daemon):
        status = pathlib.Path(f"/proc/{daemon.pid()}/status").read_text(encoding="utf-8")
        sets = dict(re.findall(r"^(Cap\w+|NoNewPrivs):\t(\w+)$", status, re.M))
        allowed = mask(CAPABILITIES.values()) | (0 if memory_may_be_unlimited() else mask([IPC_LOCK]))
        for name in ("CapPrm", "CapEff", "CapBnd"):
            equal(int(sets[name], 16), allowed, name)
        equal((int(sets["CapInh"], 16), int(sets["CapAmb"], 16), sets["NoNewPrivs"]), (0, 0, "1"))
        for thread in os.listdir(f"/proc/{daemon.pid()}/task"):
            text = pathlib.Path(f"/proc/{daemon.pid()}/task/{thread}/status").read_text(encoding="utf-8")
            equal(int(re.search(r"^CapEff:\t(\w+)$", text, re.M).group(1), 16), allowed, f"thread {thread}")


def each_capability_is_needed(_):
    """Without any one of them bondd does not start, or no bond gets a port; and it said at its start what it lacks."""
    for name, number in CAPABILITIES.items():
        network, bus = lab.Network(), lab.Bus()
        log = open("/run/lacking.log", "w+", encoding="utf-8")
        server = network.server
        process = server.start(["setpriv", f"--bounding-set=-cap_{number}", lab.BONDD], stdout=log)
        try:
            lab.wait_for(lambda process=process, server=server: process.poll() is not None or
                         server.run([lab.BONDCTL, "list"], check=False).returncode == 0, "bondd")
            made = server.run([lab.BONDCTL, "create", "bond0", "mode=802.3ad", "miimon=100"], check=False)
            added = server.run([lab.BONDCTL, "add", "eth0", "bond0"], check=False)
            need(added.returncode != 0, f"CAP_{name.upper()} is not needed: {made.stdout}{added.stdout}")
            log.seek(0)
            need(f"without CAP_{name.upper()} it cannot" in log.read(), f"nothing was said of CAP_{name.upper()}")
        finally:
            lab.stop(process)
            log.close()
            bus.stop()
            network.remove()


def ping(world, target):
    lab.wait_for(lambda: world.server.run(f"ping -n -c 1 -W 1 {target}", check=False).returncode == 0,
                 f"{target} to answer")


def failover(world, options, host):
    """A bond that carries traffic, loses a cable, and goes."""
    world.ctl(f"create bond0 {options} host={host}")
    for port in world.network.ports:
        world.ctl(f"add {port} bond0")
    world.server.ip("link set bond0 up")
    world.server.ip(f"addr add {lab.Network.SERVER}/24 dev bond0")
    lab.wait_for(lambda: world.server.carrier("bond0"), "carrier of bond0")
    ping(world, lab.Network.CLIENT)
    world.network.cut(0)
    lab.wait_for(lambda: "MII Status: down" in world.daemon.proc(), "the loss of eth0")
    ping(world, lab.Network.CLIENT)
    world.network.mend(0)
    lab.wait_for(lambda: world.daemon.proc().count("MII Status: down") == 0, "eth0 to be back")
    world.ctl("delete bond0")


def sent_lacpdus(host):
    counters = host.out(["busctl", "--system", "--json=short", "get-property", NAME, f"{ROOT}/bond0/eth0", PORT_LACP,
                         "Counters"])
    return json.loads(counters)["data"]["lacpdu-tx"]


def bonds_work(world):
    """All kinds of host side, monitors, LACP's sockets, IPv6 of ports, each carrying traffic."""
    disable = "sysctl -n net.ipv6.conf.eth0.disable_ipv6"
    before = world.server.out(disable)
    failover(world, "mode=active-backup miimon=100", "tap")
    failover(world, "mode=active-backup miimon=100", "veth")
    failover(world, "mode=balance-alb miimon=100", "mixed")
    world.ctl("create bond0 mode=802.3ad miimon=100 lacp_rate=fast up=1 queues=1")
    world.ctl("add eth0 bond0")
    need(world.server.out(disable).strip() == "1", "IPv6 is not off on a port")
    lab.wait_for(lambda: sent_lacpdus(world.server) > 0, "an LACPDU to be sent")
    world.ctl("delete bond0")
    equal(world.server.out(disable), before)
    log = world.daemon.log_text().lower()
    for word in ("permitted", "denied", "warning", "critical"):
        need(word not in log, log)


def files_are_applied(world):
    """The network scripts of /etc, which it only reads, by the unit that does it at boot; and metrics of what runs."""
    shutil.copytree(lab.TUTORIAL, "/etc/sysconfig/network-scripts", dirs_exist_ok=True)
    os.makedirs(METRICS.parent, exist_ok=True)
    try:
        world.supervisor.systemctl("start bondd-ifcfg")
        ping(world, lab.Network.CLIENT)
        world.supervisor.systemctl("start bondd-metrics")
        need("bond0" in METRICS.read_text(encoding="utf-8"), "bond0 is not in the metrics")
        equal(METRICS.stat().st_mode & 0o777, 0o644, "who may read the metrics")
    finally:
        shutil.rmtree("/etc/sysconfig/network-scripts")


def killed_and_back(world):
    """systemd's own store keeps what the next one goes on with; and `restart` is no other thing."""
    world.ctl("create bond0 mode=active-backup miimon=100 up=1")
    for port in ("eth0", "eth1"):
        world.ctl(f"add {port} bond0")
    world.server.ip(f"addr add {lab.Network.SERVER}/24 dev bond0")
    ping(world, lab.Network.CLIENT)
    seen, ifindex = world.ctl("proc bond0").stdout, world.server.out("ip -o link show bond0").split(":")[0]
    watch = world.server.start(["ip", "-o", "monitor", "link", "dev", "bond0"])
    for number, end in enumerate(("kill --signal=KILL --kill-who=main bondd", "restart bondd"), 1):
        pid = world.supervisor.property("MainPID")
        lab.wait_for(lambda: world.supervisor.property("NFileDescriptorStore") == "5", "five descriptors in the store")
        world.supervisor.systemctl(end)
        lab.wait_for(lambda pid=pid: world.supervisor.property("MainPID") not in ("0", pid)
                     and world.supervisor.property("ActiveState") == "active", "systemd to start it anew")
        ping(world, lab.Network.CLIENT)
        equal(world.ctl("proc bond0").stdout, seen)
        equal(world.server.out("ip -o link show bond0").split(":")[0], ifindex)
        lab.wait_for(lambda: world.supervisor.property("StatusText") == "bond0: eth0 active of 2 ports", "StatusText")
        print(f"# {number}: {world.supervisor.property('NRestarts')} restarts by itself")
    watch.terminate()
    flaps = watch.communicate()[0]
    need("NO-CARRIER" not in flaps, flaps)
    # A stop, too, leaves the bond as it is, but then systemd keeps nothing.
    world.supervisor.systemctl("stop bondd")
    need(lab.Network.SERVER in world.server.out("ip addr show bond0"), "bond0 or its address is gone")
    world.supervisor.systemctl("start bondd")
    ping(world, lab.Network.CLIENT)
    equal(world.ctl("proc bond0").stdout, seen)
    equal(world.server.out("ip -o link show bond0").split(":")[0], ifindex)
    world.ctl("delete bond0")
    lab.wait_for(lambda: world.supervisor.property("NFileDescriptorStore") == "0", "an empty store")


def metrics_are_written(world):
    """bondd-metrics.timer, with its program and its directory elsewhere, and twice a second."""
    collected = pathlib.Path("/run/textfile")
    collected.mkdir(exist_ok=True)
    shutil.copy(lab.BONDCTL, "/run/bondctl")
    for name in ("bondd-metrics.service", "bondd-metrics.timer"):
        text = (lab.BUILD / "data" / name).read_text(encoding="utf-8")
        text = re.sub(r"^ExecStart=\S+", "ExecStart=/run/bondctl", text, flags=re.M)
        text = text.replace("/var/lib/prometheus/node-exporter", str(collected)).replace("=15\n", "=500ms\n")
        (UNITS / name).write_text(text.replace("AccuracySec=1", "AccuracySec=10ms"), encoding="utf-8")
    world.supervisor.systemctl("daemon-reload")
    world.supervisor.systemctl("start bondd-metrics.timer")
    path = collected / "bondd.prom"

    def bonds():
        families = openmetrics.parse(path.read_text(encoding="utf-8")) if path.exists() else {}
        return families.get("bondd_bond_up", {"samples": {}})["samples"]
    lab.wait_for(path.exists, f"{path}\n{world.supervisor.systemctl('status bondd-metrics.service', check=False).stdout}")
    equal(bonds(), {})
    world.ctl("create bond0")
    lab.wait_for(lambda: bonds() == {(("bond", "bond0"),): 0}, "the bond in the next file")
    world.ctl("delete bond0")
    world.supervisor.systemctl("stop bondd-metrics.timer")


def stops_in_peace(world):
    world.ctl("create bond0 mode=active-backup miimon=100 up=1")
    world.ctl("add eth0 bond0")
    equal(world.daemon.stop(), 0)
    equal(world.supervisor.property("ActiveState"), "inactive")
    equal(world.supervisor.property("ExecMainStatus"), "0")


CASES = ((exposure_is_low, False), (without_the_unit, False), (each_capability_is_needed, False), (has_what_it_needs, True), (bonds_work, True),
         (files_are_applied, True), (killed_and_back, True), (metrics_are_written, True),
         (stops_in_peace, True))


def case(function, running):
    def run():
        world = World() if running else None
        try:
            function(world)
        finally:
            if world:
                world.close()
    return run


def main():
    cases = tap.Cases()
    if "--list" not in sys.argv:
        lab.enter()
        install()
    for function, running in CASES:
        cases.add(function.__name__.replace("_", "-"), case(function, running))
    return cases.main()


if __name__ == "__main__":
    sys.exit(main())
