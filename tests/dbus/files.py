#!/usr/bin/env python3
# SPDX-License-Identifier: LGPL-2.1-or-later
"""The files of the kernel's bonding driver, as bondfs shows them: read and written as scripts do it, and by Debian's
node_exporter. files.py [CASE…]."""

import contextlib
import errno
import os
import pathlib
import re
import subprocess
import sys

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parents[1] / "lab"))

import lab  # noqa: E402
import tap  # noqa: E402
from world import case, equal, need  # noqa: E402

BONDFS = lab.BUILD / "daemon/fs/bondfs"
TOP = pathlib.Path("/run/bonds")
NET = TOP / "sys/class/net"
BONDING = NET / "bond0/bonding"
EXPORTER = lab.SOURCE / ".packages/usr/bin/prometheus-node-exporter"
NOBODY = ["setpriv", "--reuid", "65534", "--regid", "65534", "--clear-groups"]


def in_network_of(host, command):
    """In the network of a host, but with the files of everybody: `ip netns exec` would hide what is mounted."""
    return ["nsenter", f"--net=/run/netns/{host.name}", *[str(word) for word in command]]


@contextlib.contextmanager
def mounted(world):
    """bondfs, for as long as it is needed; it must end well."""
    TOP.mkdir(exist_ok=True)
    process = subprocess.Popen(in_network_of(world.server, [BONDFS, "-f", "-o", "allow_other", TOP]))
    try:
        lab.wait_for(lambda: os.path.ismount(TOP), "the mount")
        yield process
    finally:
        # That alone ends it.
        subprocess.run(["umount", TOP], check=False)
        with contextlib.suppress(subprocess.TimeoutExpired):
            process.wait(60)
        code = lab.stop(process)
    equal(code, 0, "exit status of bondfs")


def with_files(function):
    """The case gets a bond of two ports and the files."""
    def run(world):
        world.create(mode="active-backup", miimon="100")
        for port in world.network.ports:
            world.manager("AddPort", port, "bond0")
        world.server.ip("link set bond0 up")
        with mounted(world) as process:
            function(world, process)
    run.__name__ = function.__name__
    return run


def write(path, text):
    """One write(), as `echo text > path` does it; the errno's name, or "" if it went well."""
    try:
        with open(path, "w", buffering=1, encoding="utf-8") as file:
            file.write(f"{text}\n")
    except OSError as error:
        return errno.errorcode[error.errno]
    return ""


def value(name):
    return (BONDING / name).read_text(encoding="utf-8").strip()


def names_under(directory):
    return sorted(entry.name for entry in directory.iterdir())


def they_read_as_the_drivers_files_do(world, _):
    equal((TOP / "proc/net/bonding/bond0").read_text(encoding="utf-8"), world.daemon.proc(), "proc")
    equal(names_under(TOP / "proc/net/bonding"), ["bond0"])
    equal(names_under(NET), ["bond0", "bonding_masters", "eth0", "eth1"])
    equal((NET / "bonding_masters").read_text(encoding="utf-8"), "bond0\n")
    equal(value("mode"), "active-backup 1")
    equal(value("slaves"), "eth0 eth1")
    equal((NET / "eth0/bonding_slave/state").read_text(encoding="utf-8"), "active\n")
    for directory, path in ((BONDING, "bond0"), (NET / "eth1/bonding_slave", "bond0/eth1")):
        interface = "org.example.Bond" if path == "bond0" else "org.example.Bond.Port"
        listed = re.findall(r"'(\w+)'", world.call(f"/org/example/Bond/{path}", f"{interface}.ListAttributes"))
        equal(names_under(directory), sorted(listed), str(directory))
        for name in listed:
            (directory / name).read_text(encoding="utf-8")


def they_have_the_permissions_of_sysfs(world, _):
    for name, mode in (("mode", 0o644), ("slaves", 0o644), ("mii_status", 0o444), ("ad_partner_mac", 0o444)):
        equal((BONDING / name).stat().st_mode & 0o777, mode, name)
    need(os.readlink(NET / "bond0/slave_eth1") == "../eth1", "slave_eth1")
    need((NET / "bond0/lower_eth0/bonding_slave/mii_status").read_text(encoding="utf-8") == "up\n", "lower_eth0")
    need((NET / "eth0/master/bonding/mode").exists(), "master")
    shell = f"cat {BONDING}/mode && ! echo 50 > {BONDING}/miimon"
    done = subprocess.run([*NOBODY, "sh", "-c", shell], text=True, capture_output=True, check=False)
    equal((done.returncode, done.stdout), (0, "active-backup 1\n"), done.stderr)
    need("Permission denied" in done.stderr, done.stderr)
    equal(value("miimon"), "100")


def what_is_written_is_set(world, _):
    for name, text, shown in (("miimon", "200", "200"), ("updelay", "400", "400"), ("primary", "eth1", "eth1"),
                              ("active_slave", "eth1", "eth1"), ("num_grat_arp", "3", "3"),
                              ("primary_reselect", "failure", "failure 2"), ("queue_id", "eth0:2", "eth0:2 eth1:0"),
                              ("arp_ip_target", "+192.0.2.1", "192.0.2.1"), ("arp_ip_target", "-192.0.2.1", "")):
        equal(write(BONDING / name, text), "", f"{text} to {name}")
        equal(value(name), shown, name)
    # As the driver's own: the ARP monitor switches miimon off.
    equal(write(BONDING / "arp_ip_target", "+172.20.43.120"), "")
    equal(write(BONDING / "arp_interval", "500"), "")
    equal((value("arp_interval"), value("miimon")), ("500", "0"))


def what_is_wrong_has_the_drivers_errno(world, _):
    for name, text, wanted in (("miimon", "many", "EINVAL"), ("miimon", "-1", "EINVAL"), ("mode", "9", "ENOTEMPTY"),
                               ("mode", "balance-rr", "ENOTEMPTY"), ("lacp_rate", "fast", "EACCES"),
                               ("primary_reselect", "sometimes", "EINVAL"), ("fail_over_mac", "1", "ENOTEMPTY"),
                               ("queue_id", "eth9:1", "EPERM"), ("queue_id", "eth0", "EPERM"),
                               ("arp_ip_target", "192.0.2.1", "EPERM"), ("active_slave", "eth9", "ENODEV")):
        equal(write(BONDING / name, text), wanted, f"{text!r} to {name}")
    equal((value("miimon"), value("mode")), ("100", "active-backup 1"))
    equal(write(BONDING / "miimon", "7" * 5000), "EINVAL", "more than a page")
    world.alive()


def ports_come_and_go(world, _):
    slaves = BONDING / "slaves"
    equal(write(slaves, "-eth0"), "")
    equal((value("slaves"), names_under(NET)), ("eth1", ["bond0", "bonding_masters", "eth1"]))
    equal(write(slaves, "-eth0"), "EINVAL", "no port any more")
    world.server.ip("link set eth0 up")
    equal(write(slaves, "+eth0"), "EPERM", "an interface that is up")
    world.server.ip("link set eth0 down")
    equal(write(slaves, "+eth0"), "")
    equal(value("slaves"), "eth1 eth0")
    for text, wanted in (("+eth0", "EBUSY"), ("+eth9", "ENODEV"), ("-eth9", "ENODEV"), ("eth0", "EINVAL"),
                         ("", "EINVAL"), ("+", "EINVAL")):
        equal(write(slaves, text), wanted, repr(text))


def bonds_come_and_go(world, _):
    masters = NET / "bonding_masters"
    equal(write(masters, "+bond7"), "")
    equal(masters.read_text(encoding="utf-8"), "bond0 bond7\n")
    equal((NET / "bond7/bonding/mode").read_text(encoding="utf-8"), "balance-rr 0\n")
    for text, wanted in (("+bond7", "EEXIST"), ("+eth0", "EEXIST"), ("-bond8", "ENODEV"), ("bond9", "EPERM"),
                         ("+a/b", "EPERM")):
        equal(write(masters, text), wanted, text)
    equal(write(masters, "-bond7"), "")
    need(not (NET / "bond7").exists(), "bond7 is there still")
    equal(write(masters, "-bond0"), "")
    equal((masters.read_text(encoding="utf-8"), names_under(TOP / "proc/net/bonding")), ("", []))


def node_exporter_reads_them(world, _):
    exporter = subprocess.Popen(
        in_network_of(world.server, [EXPORTER, "--collector.disable-defaults", "--collector.bonding",
                                     f"--path.sysfs={TOP}/sys", f"--path.procfs={TOP}/proc",
                                     "--web.listen-address=127.0.0.1:9100", "--log.level=error"]))

    def metrics():
        done = world.server.run(["python3", "-c", "import urllib.request as u; "
                                 "print(u.urlopen('http://127.0.0.1:9100/metrics').read().decode())"], check=False)
        return done.stdout if done.returncode == 0 else ""

    try:
        text = lab.wait_for(metrics, "node_exporter")
        for line in ('node_bonding_slaves{master="bond0"} 2', 'node_bonding_active{master="bond0"} 2',
                     'node_scrape_collector_success{collector="bonding"} 1'):
            need(line in text, f"no {line} in\n{text}")
        world.network.cut(1)
        lab.wait_for(lambda: 'node_bonding_active{master="bond0"} 1' in metrics(), "one port less")
    finally:
        lab.stop(exporter)


def without_bondd_reads_fail_and_come_back(world, process):
    code = world.daemon.stop()
    equal(code, 0)
    try:
        value("mode")
        raise lab.Failure("somebody answers")
    except OSError as error:
        equal(errno.errorcode[error.errno], "EIO")
    equal(names_under(TOP), ["proc", "sys"])
    world.daemon.__init__(world.server)
    equal(write(NET / "bonding_masters", "+bond5"), "")
    equal((NET / "bond5/bonding/miimon").read_text(encoding="utf-8"), "0\n")
    need(process.poll() is None, "bondfs ended")
    # This one was started when the files were mounted: its namespace has a copy of the mount, which keeps bondfs.
    equal(world.daemon.stop(), 0)


def what_is_not_there_is_not(world, _):
    for path in ("sys/class/net/eth9", "sys/class/net/bond0/bonding/speed", "proc/net/bonding/eth0", "sys/block",
                 "sys/class/net/bond0/slave_eth9", "sys/class/net/bond0/slave_", "sys/class/net/eth0/bonding",
                 "sys/class/net/bond0/bonding_slave", "proc/net/bonding/bond0/x", "sys/class/net/" + "x" * 250):
        need(not (TOP / path).exists(), path)
    for action in (lambda: (BONDING / "new").write_text(""), lambda: (BONDING / "mode").unlink(),
                   lambda: (TOP / "d").mkdir(), lambda: BONDING.read_text(), lambda: os.readlink(BONDING / "mode")):
        try:
            action()
        except OSError:
            continue
        raise lab.Failure("it was allowed")


def main():
    lab.enter()
    cases = tap.Cases()
    for function in (they_read_as_the_drivers_files_do, they_have_the_permissions_of_sysfs, what_is_written_is_set,
                     what_is_wrong_has_the_drivers_errno, ports_come_and_go, bonds_come_and_go,
                     node_exporter_reads_them, without_bondd_reads_fail_and_come_back, what_is_not_there_is_not):
        cases.add(function.__name__.replace("_", "-"), case(with_files(function)))
    return cases.main()


sys.exit(main())
