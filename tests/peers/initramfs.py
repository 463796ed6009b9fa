# SPDX-License-Identifier: LGPL-2.1-or-later
"""Makes the root of the guest: an archive for the kernel of Debian's package user-mode-linux.

In it: busybox, dash, iproute2, ping, our flow of numbered packets with their libraries, the modules that a network
partner needs in the order they must be loaded, and init. It is written as the kernel reads it ("newc"); no tool for
archives is needed, no root either.
"""

import pathlib
import re
import shutil
import stat
import subprocess

import lab

HERE = pathlib.Path(__file__).resolve().parent
MODULES = pathlib.Path("/usr/lib/uml/modules")
# The shell is dash: busybox's own prefers its lesser ip and ping to ours.
PROGRAMS = ("busybox", "dash", "ip", "tc", "bridge", "ping")
WANTED = ("bonding", "bridge", "veth", "act_mirred", "act_gact", "cls_matchall", "sch_ingress")
DIRECTORIES = ("bin", "dev", "etc", "lib", "lib64", "modules", "proc", "root", "run", "run/netns", "sys", "tmp", "usr")
REMEDY = "`./bootstrap packages` installs what is missing"


class Archive:
    """Entries of a newc archive."""

    def __init__(self):
        self.parts = []
        self.names = set()

    def _entry(self, name, mode, data=b"", device=(0, 0)):
        self.names.add(name)
        fields = (len(self.names), mode, 0, 0, 1, 0, len(data), 0, 0, *device, len(name) + 1, 0)
        header = b"070701" + b"".join(b"%08X" % field for field in fields) + name.encode() + b"\0"
        for part in (header, data):
            self.parts.append(part + b"\0" * (-len(part) % 4))

    def directory(self, name):
        """A folder and those above it, once each."""
        parent = str(pathlib.PurePath(name).parent)
        if name in self.names or name == ".":
            return
        self.directory(parent)
        self._entry(name, stat.S_IFDIR | 0o755)

    def file(self, name, data, mode=0o644):
        if name not in self.names:
            self.directory(str(pathlib.PurePath(name).parent))
            self._entry(name, stat.S_IFREG | mode, data)

    def character_device(self, name, major, minor):
        self._entry(name, stat.S_IFCHR | 0o600, device=(major, minor))

    def bytes(self):
        self._entry("TRAILER!!!", 0)
        return b"".join(self.parts)


def find_program(name):
    path = shutil.which(name, path="/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin")
    if path is None:
        raise lab.Failure(f"there is no {name}: {REMEDY}")
    return pathlib.Path(path)


def add_program(archive, path, name):
    """A program and the libraries it is linked with, each where the loader looks for it."""
    archive.file(f"bin/{name}", path.read_bytes(), 0o755)
    listed = subprocess.run(["ldd", path], capture_output=True, text=True, check=False)
    for library in re.findall(r"(/\S+) \(0x", listed.stdout):
        archive.file(library.lstrip("/"), pathlib.Path(library).read_bytes(), 0o755)


def loading_order(folder, wanted):
    """Paths of the wanted modules and of what they depend on, dependencies first."""
    needs = {}
    for line in (folder / "modules.dep").read_text(encoding="utf-8").splitlines():
        module, _, others = line.partition(":")
        needs[pathlib.PurePath(module).stem] = (module, others.split())
    order = []
    for name in wanted:
        if name not in needs:
            raise lab.Failure(f"{folder} has no module {name}")
        module, others = needs[name]
        order += [path for path in [*reversed(others), module] if path not in order]
    return [folder / path for path in order]


def newest_modules():
    folders = sorted(MODULES.glob("*/modules.dep"))
    if not folders:
        raise lab.Failure(f"{MODULES} has no modules: {REMEDY}")
    return folders[-1].parent


def add_modules(archive, folder, wanted):
    """Modules of a kernel and what they need, numbered in the order in which they must be loaded."""
    for number, path in enumerate(loading_order(folder, wanted)):
        archive.file(f"modules/{number:02}-{path.name}", path.read_bytes())


def make(output):
    """Writes the archive; half a second."""
    archive = Archive()
    for name in DIRECTORIES:
        archive.directory(name)
    archive.character_device("dev/console", 5, 1)
    archive.file("init", (HERE / "init").read_bytes(), 0o755)
    for name in PROGRAMS:
        add_program(archive, find_program(name), name)
    add_program(archive, lab.Flow.TOOL, "flow")
    add_modules(archive, newest_modules(), WANTED)
    output.write_bytes(archive.bytes())
