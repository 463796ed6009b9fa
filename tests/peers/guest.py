# SPDX-License-Identifier: LGPL-2.1-or-later
"""A small guest with the kernel's own drivers: Debian's user-mode-linux, its NICs on devices of a namespace.

It needs no KVM and boots in seconds. Commands go to init (tests/peers/init) over a serial line that is a pipe.
"""

import base64
import os
import pathlib
import select
import shlex
import shutil
import signal
import struct
import subprocess
import time

import initramfs
import lab

KERNEL = "/usr/bin/linux.uml"
INITRAMFS = pathlib.Path("/run/guest.cpio")
MEMORY_MIB = 96
BOOT_SECONDS = 120
# A packet filter: of what passes its NIC's device the guest must not hear again what it sent itself.
NOT_MY_OWN = b"".join(struct.pack("=HBBI", *instruction) for instruction in (
    (0x30, 0, 0, 0xfffff004),  # load the packet's type
    (0x15, 1, 0, 4),           # outgoing?
    (0x06, 0, 0, 0xffffffff),  # no: take it
    (0x06, 0, 0, 0),           # yes: leave it
))


class Guest:
    """A running guest; vec<n> in it is the n-th of `devices` of the namespace `host`."""

    def __init__(self, host, devices):
        if not os.path.exists(KERNEL):
            raise lab.Failure(f"there is no {KERNEL}: {initramfs.REMEDY}")
        if not INITRAMFS.exists():
            initramfs.make(INITRAMFS)
        self.number = 0
        self.pending = b""
        self.folder = pathlib.Path(f"/run/{host.name}.guest")
        self.folder.mkdir()
        self.console = self.folder / "console"
        for device in devices:
            host.run(f"sysctl -qw net.ipv6.conf.{device}.disable_ipv6=1", check=False)
            host.ip(f"link set {device} promisc on up")
        to_guest, self.request = os.pipe()
        self.answer, from_guest = os.pipe()
        self.process = self._start(host, devices, to_guest, from_guest)
        os.close(to_guest)
        os.close(from_guest)
        self._line(b"@ready", time.monotonic() + BOOT_SECONDS)

    def _start(self, host, devices, to_guest, from_guest):
        packet_filter = self.folder / "filter"
        packet_filter.write_bytes(NOT_MY_OWN)
        nics = [f"vec{n}:transport=raw,ifname={device},bpffile={packet_filter},depth=64,gro=0,"
                f"mac=52:54:00:00:00:{n + 1:02x}"
                for n, device in enumerate(devices)]
        argv = [KERNEL, f"mem={MEMORY_MIB}M", f"initrd={INITRAMFS}", "rdinit=/init", "con=null", "con0=null,fd:1",
                "ssl=null", f"ssl0=fd:{to_guest},fd:{from_guest}", f"uml_dir={self.folder}/", "quiet", *nics]
        # The guest's memory is a file; /run is ours, while /dev/shm may be small.
        environment = {**os.environ, "TMPDIR": str(self.folder), "HOME": str(self.folder)}
        with open(self.console, "wb") as console:
            return subprocess.Popen(host.argv(argv), stdin=subprocess.DEVNULL, stdout=console,
                                    stderr=subprocess.STDOUT, env=environment, pass_fds=(to_guest, from_guest),
                                    start_new_session=True)

    def _failed(self, what):
        text = self.console.read_text(encoding="utf-8", errors="replace")[-3000:]
        return lab.Failure(f"{what}; the guest's console:\n{text}")

    def _fill(self, end):
        """More bytes of the answer."""
        ready, _, _ = select.select([self.answer], [], [], max(0, end - time.monotonic()))
        if not ready:
            raise self._failed("the guest does not answer")
        data = os.read(self.answer, 65536)
        if not data:
            raise self._failed("the guest is gone")
        self.pending += data

    def _line(self, start, end):
        """The rest of the next line that starts so."""
        while start not in self.pending or b"\n" not in self.pending.split(start, 1)[1]:
            self._fill(end)
        line, self.pending = self.pending.split(start, 1)[1].split(b"\n", 1)
        return line

    def run(self, command, seconds=90, check=True):
        """Runs shell text in the guest; its output. It may be of many lines, and leave things running by `&`."""
        self.number += 1
        end = time.monotonic() + seconds
        os.write(self.request, b"%d %s\n" % (self.number, base64.b64encode(command.encode())))
        status, size = map(int, self._line(b"@%d " % self.number, end).split())
        while len(self.pending) < size:
            self._fill(end)
        output, self.pending = self.pending[:size].decode(errors="replace"), self.pending[size:]
        if check and status != 0:
            raise lab.Failure(f"[guest] {command}: exit {status}\n{output}")
        return output

    def out(self, command):
        """The same, as lab.Host has it."""
        return self.run(command)

    def start(self, command, **_):
        """Starts a command in the background, as lab.Host does."""
        words = command.split() if isinstance(command, str) else [str(w) for w in command]
        return Background(self, [os.path.basename(words[0]), *words[1:]])

    def stop(self):
        """Ends the guest as a power failure would."""
        for fd in (self.request, self.answer):
            os.close(fd)
        os.killpg(self.process.pid, signal.SIGKILL)
        self.process.wait()
        shutil.rmtree(self.folder, ignore_errors=True)


class Background:
    """A command that runs in the guest; what lab.Flow and lab.Ping want of a process."""

    def __init__(self, guest, words):
        self.guest = guest
        self.files = f"/tmp/background.{guest.number}"
        guest.run(f"( dash -c 'echo $$ > {self.files}.pid; exec \"$@\"' - {shlex.join(words)} > {self.files}.out 2>&1\n"
                  f"echo > {self.files}.end ) &\nwhile [ ! -s {self.files}.pid ]; do sleep 0.01; done")

    def send_signal(self, number):
        # It may have ended meanwhile.
        self.guest.run(f"kill -{int(number)} $(cat {self.files}.pid)", check=False)

    def communicate(self, timeout):
        """(output, None) when it has ended."""
        lab.wait_for(lambda: self.guest.run(f"ls {self.files}.end", check=False).startswith("/"),
                     f"the end of {self.files} in the guest", timeout, 0.2)
        return self.guest.run(f"cat {self.files}.out"), None
