# SPDX-License-Identifier: LGPL-2.1-or-later
"""Debian's unmodified NetworkManager, unpacked into .packages, in namespaces and on a bus of its own.

A test calls isolated() first: it runs the script again in namespaces that die with it. Then NetworkManager() is a
context in which the real daemon runs, on /etc and /run of that world only.
"""

import contextlib
import glob
import json
import os
import pathlib
import re
import shutil
import subprocess
import sys
import time

SOURCE = pathlib.Path(__file__).resolve().parents[2]
PACKAGES = pathlib.Path(os.environ.get("BONDD_PACKAGES", SOURCE / ".packages"))
DAEMON = PACKAGES / "usr/sbin/NetworkManager"
NAME = "org.freedesktop.NetworkManager"
ROOT = "/org/freedesktop/NetworkManager"
SETTINGS = f"{ROOT}/Settings"
KEYFILES = pathlib.Path(os.environ.get("BONDD_KEYFILES", "/etc/NetworkManager/system-connections"))
INSIDE = "BONDD_NM_WORLD"
# An emulated machine asks for more.
PATIENCE = int(os.environ.get("BONDD_PATIENCE", "1"))
LIMIT = 20 * PATIENCE

BUS = """<!DOCTYPE busconfig PUBLIC "-//freedesktop//DTD D-Bus Bus Configuration 1.0//EN"
 "http://www.freedesktop.org/standards/dbus/1.0/busconfig.dtd">
<busconfig>
  <type>system</type>
  <listen>unix:path=/run/dbus/system_bus_socket</listen>
  <auth>EXTERNAL</auth>
  <limit name="max_replies_per_connection">50000</limit>
  <policy context="default">
    <allow user="*"/><allow own="*"/><allow send_destination="*"/><allow eavesdrop="false"/>
  </policy>
</busconfig>
"""

CONF = """[main]
plugins={plugins}
dns=none
rc-manager=unmanaged
dhcp=internal
hostname-mode=none
no-auto-default=*
systemd-resolved=false
auth-polkit=root-only
configure-and-quit=no
[keyfile]
path={keyfiles}
[connectivity]
enabled=false
[logging]
level={level}
"""


class Failure(Exception):
    """What a test did not want to see."""


def isolated():
    """Goes on in namespaces of its own; from there it returns."""
    if not DAEMON.exists():
        sys.exit(f"{DAEMON} is missing: ./bootstrap packages unpacks it")
    if os.environ.get(INSIDE):
        return
    argv = ["unshare", "--mount", "--net", "--pid", "--uts", "--ipc", "--fork", "--kill-child", "--mount-proc",
            "--propagation", "private", sys.executable, *sys.argv]
    os.execvpe("unshare", argv, {**os.environ, INSIDE: "1"})


def run(*argv, check=True, **kwargs):
    done = subprocess.run([str(a) for a in argv], text=True, stdout=subprocess.PIPE, stderr=subprocess.STDOUT,
                          timeout=LIMIT, check=False, **kwargs)
    if check and done.returncode != 0:
        raise Failure(f"{' '.join(map(str, argv))}: exit status {done.returncode}\n{done.stdout}")
    return done


def _mounts():
    """A world without a trace of the machine's own NetworkManager, and without udev: sysfs is read-only."""
    run("mount", "-t", "tmpfs", "tmpfs", "/run")
    os.makedirs("/run/etc/upper")
    os.makedirs("/run/etc/work")
    run("mount", "-t", "overlay", "overlay", "-o", "lowerdir=/etc,upperdir=/run/etc/upper,workdir=/run/etc/work", "/etc")
    for path in ("/var/lib/NetworkManager", "/usr/lib/NetworkManager"):
        os.makedirs(path, exist_ok=True)
        run("mount", "-t", "tmpfs", "tmpfs", path)
    run("mount", "-t", "sysfs", "-o", "ro", "sysfs", "/sys")
    shutil.rmtree("/etc/NetworkManager", ignore_errors=True)
    KEYFILES.mkdir(parents=True)
    os.makedirs("/run/dbus")
    run("ip", "link", "set", "lo", "up")


def _plugins(modules):
    """The daemon looks for its plugins where Debian would have put them; ours are beside them."""
    for path in PACKAGES.glob("usr/lib/*/NetworkManager"):
        target = pathlib.Path("/") / path.relative_to(PACKAGES)
        if not target.is_dir():
            # Beside what is installed there, without changing it.
            scratch = pathlib.Path("/run/lib")
            for part in ("upper", "work"):
                (scratch / part).mkdir(parents=True, exist_ok=True)
            run("mount", "-t", "overlay", "overlay", "-o",
                f"lowerdir={target.parent},upperdir={scratch}/upper,workdir={scratch}/work", target.parent)
            target.mkdir()
        run("mount", "--bind", path, target)
        directory = next(target.glob("[0-9]*"), None)
        if modules and directory:
            ours = pathlib.Path("/run/plugins")
            shutil.copytree(directory, ours)
            for module in modules:
                shutil.copy(module, ours)
            run("mount", "--bind", ours, directory)


def plain(value):
    """A value of busctl without the types; a list of bytes stays one."""
    if isinstance(value, dict):
        if set(value) == {"type", "data"}:
            return plain(value["data"])
        return {key: plain(inner) for key, inner in value.items()}
    return [plain(inner) for inner in value] if isinstance(value, list) else value


def environment():
    libraries = ":".join(glob.glob(f"{PACKAGES}/usr/lib/*-linux-gnu"))
    return {**os.environ, "LD_LIBRARY_PATH": libraries, "LC_ALL": "C.UTF-8", "PATH": os.environ["PATH"] + ":/usr/sbin:/sbin"}


class Daemon:
    """A running NetworkManager."""

    def __init__(self, plugins, level="INFO"):
        pathlib.Path("/run/bus.conf").write_text(BUS, encoding="utf-8")
        pathlib.Path("/etc/NetworkManager/NetworkManager.conf").write_text(CONF.format(plugins=plugins, level=level, keyfiles=KEYFILES), encoding="utf-8")
        # It complains about the limit of file descriptors wherever it may not raise it.
        with open("/run/dbus.log", "w", encoding="utf-8") as log:
            self.bus = subprocess.Popen(["dbus-daemon", "--config-file=/run/bus.conf", "--nofork", "--nopidfile"],
                                        stderr=log)
        self._wait(lambda: os.path.exists("/run/dbus/system_bus_socket"), "the bus")
        self.log = open("/run/NetworkManager.log", "w", encoding="utf-8")  # pylint: disable=consider-using-with
        self.start()

    def start(self):
        self.process = subprocess.Popen([DAEMON, "--debug"], env=environment(), stdout=self.log, stderr=self.log)
        try:
            self._wait(lambda: self.call(SETTINGS, f"{NAME}.Settings", "ListConnections", check=False), "NetworkManager")
        except Failure:
            self.stop()
            raise

    def _wait(self, condition, what):
        end = time.monotonic() + LIMIT
        while time.monotonic() < end:
            if condition():
                return
            time.sleep(0.05 * PATIENCE)
        raise Failure(f"{what} does not start\n{self.text()}")

    @staticmethod
    def version():
        """As numbers: (1, 42, 4)."""
        text = run(DAEMON, "--version", env=environment()).stdout
        return tuple(int(part) for part in re.match(r"[\d.]+", text)[0].strip(".").split("."))

    @staticmethod
    def text():
        path = pathlib.Path("/run/NetworkManager.log")
        return path.read_text(encoding="utf-8") if path.exists() else ""

    def stop(self):
        for process in (self.process, self.bus):
            process.terminate()
            process.wait(LIMIT)
        self.log.close()

    @staticmethod
    def call(path, interface, method, *arguments, check=True):
        """A method by busctl; the answer as JSON with types, or None if it was refused."""
        done = run("busctl", "--system", "--json=short", "call", NAME, path, interface, method, *arguments, check=check)
        if done.returncode != 0:
            return None
        return json.loads(done.stdout)["data"] if done.stdout.strip() else []

    def connections(self):
        return self.call(SETTINGS, f"{NAME}.Settings", "ListConnections")[0]

    def settings(self, path):
        """GetSettings() of a connection, each value as {type, data}."""
        return self.call(path, f"{NAME}.Settings.Connection", "GetSettings")[0]

    def load(self, *files):
        """`nmcli connection load`; what NetworkManager did not take."""
        answer = self.call(SETTINGS, f"{NAME}.Settings", "LoadConnections", "as", str(len(files)), *files)
        return answer[1]

    @staticmethod
    def nmcli(*arguments, check=True):
        return run(PACKAGES / "usr/bin/nmcli", *arguments, check=check, env=environment()).stdout


@contextlib.contextmanager
def network_manager(plugins="keyfile", modules=(), level="INFO"):
    """The daemon in the world that isolated() made, with modules of ours among its plugins."""
    _mounts()
    _plugins(modules)
    daemon = Daemon(plugins, level)
    try:
        yield daemon
    finally:
        daemon.stop()
