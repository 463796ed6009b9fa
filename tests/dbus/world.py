# SPDX-License-Identifier: LGPL-2.1-or-later
"""What the cases of service.py stand on: a network, a bus and a daemon each, and clients to call it with."""

import json
import pathlib
import re
import sys
import xml.etree.ElementTree as ElementTree

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parents[1] / "lab"))

import lab  # noqa: E402

NAME = "org.example.Bond"
ROOT = "/org/example/Bond"
MANAGER = f"{NAME}.Manager"
PORT = f"{NAME}.Port"
LACP = f"{NAME}.Lacp"
PORT_LACP = f"{NAME}.Port.Lacp"
ERROR = f"{NAME}.Error."
INTROSPECTION = lab.SOURCE / "introspection"
LIMIT = 40


class Refused(Exception):
    """A call that the service refused; the name of the error and its message."""

    def __init__(self, name, message):
        super().__init__(f"{name}: {message}")
        self.name = name
        self.message = message


def need(condition, what):
    if not condition:
        raise lab.Failure(what)


def members(interface):
    """Methods, signals and properties of an interface element, with their types."""
    found = set()
    for element in interface:
        args = tuple((a.get("type"), a.get("direction", "-")) for a in element.findall("arg"))
        if element.tag in ("method", "signal", "property"):
            found.add((element.tag, element.get("name"), element.get("type"), element.get("access"), args))
    return found


def shown_as_written(world, path, name):
    """The object shows the interface as its XML file has it."""
    text = world.server.out(["gdbus", "introspect", "--system", "--dest", NAME, "--object-path", path, "--xml"])
    seen = ElementTree.fromstring(text[text.index("<node"):])
    shown = next(i for i in seen.findall("interface") if i.get("name") == name)
    written = ElementTree.parse(INTROSPECTION / f"{name}.xml").getroot().find("interface")
    equal(members(shown), members(written), name)


def plain(value):
    if isinstance(value, dict):
        if set(value) == {"type", "data"}:
            return plain(value["data"])
        return {key: plain(item) for key, item in value.items()}
    return [plain(item) for item in value] if isinstance(value, list) else value


def as_dict(options):
    """Text of an a{sv} whose values are strings."""
    settings = ", ".join(f"{json.dumps(key)}: <{json.dumps(str(value), ensure_ascii=False)}>"
                         for key, value in options.items())
    return f"@a{{sv}} {{{settings}}}"


def equal(seen, wanted, what=""):
    if seen != wanted:
        raise lab.Failure(f"{what}: {seen!r} instead of {wanted!r}")


class World:
    """The network, the bus and the daemon; made anew for each case."""

    def __init__(self, ports=2, far="bridge"):
        self.context = lab.running(ports=ports, far=far, arguments=("--verbose",))
        self.network, self.daemon = self.context.__enter__()
        self.server = self.network.server

    def close(self):
        self.context.__exit__(None, None, None)

    def call(self, path, method, *args, prefix=()):
        """A method by gdbus, arguments as GVariant text; the answer as text."""
        argv = [*prefix, "gdbus", "call", "--system", "--timeout", str(LIMIT), "--dest", NAME, "--object-path", path,
                "--method", method, *args]
        done = self.server.run(argv, check=False, timeout=LIMIT + 5)
        found = re.search(r"GDBus\.Error:(\S+?): (.*)", done.stdout, re.S)
        if found:
            raise Refused(found.group(1), found.group(2).strip())
        if done.returncode != 0:
            raise lab.Failure(f"{method}: {done.stdout}")
        return done.stdout.strip()

    def manager(self, method, *args, **kwargs):
        return self.call(ROOT, f"{MANAGER}.{method}", *args, **kwargs)

    def bond(self, method, *args, bond="bond0"):
        return self.call(f"{ROOT}/{bond}", f"{NAME}.{method}", *args)

    def create(self, name="bond0", **options):
        return self.manager("CreateBond", name, as_dict(options))

    def set(self, bond="bond0", **options):
        """SetOptions with the values as text."""
        return self.bond("SetOptions", as_dict(options), bond=bond)

    def get(self, path, interface, prop):
        """A property as JSON has it."""
        done = self.server.run(["busctl", "--system", "--json=short", "get-property", NAME, path, interface, prop],
                               check=False)
        if done.returncode != 0:
            raise lab.Failure(f"{prop} of {path}: {done.stdout}")
        return json.loads(done.stdout)["data"]

    def of_bond(self, prop, bond="bond0"):
        return self.get(f"{ROOT}/{bond}", NAME, prop)

    def of_port(self, prop, port="eth0", bond="bond0"):
        return self.get(f"{ROOT}/{bond}/{port}", PORT, prop)

    def of_lacp(self, prop, port=None, bond="bond0"):
        """What LACP says of a port, or of the bond."""
        if port:
            return self.get(f"{ROOT}/{bond}/{port}", PORT_LACP, prop)
        return self.get(f"{ROOT}/{bond}", LACP, prop)

    def link(self, device):
        """What `ip` says of a device, or None."""
        done = self.server.run(["ip", "-j", "-d", "link", "show", "dev", device], check=False)
        return json.loads(done.stdout)[0] if done.returncode == 0 else None

    def ctl(self, arguments, code=0):
        done = self.daemon.ctl(arguments, check=False)
        equal(done.returncode, code, f"exit status of bondctl {arguments}\n{done.stdout}")
        return done.stdout

    def alive(self):
        """The daemon still answers, and it is the same process."""
        self.manager("ListOptions")
        need(self.daemon.process.poll() is None, "bondd died")


class Monitor(lab.Recorded):
    """Signals of the service as lines of gdbus monitor."""

    def __init__(self, world):
        super().__init__(world.server, ["gdbus", "monitor", "--system", "--dest", NAME], "is owned by")


class Printed(lab.Recorded):
    """What `bondctl monitor` prints. It says nothing by itself: it listens when it tells of a bond that is made for it."""

    HERALD = "herald0"

    def __init__(self, world, *arguments):
        super().__init__(world.server, [lab.BONDCTL, "monitor", *arguments])
        lab.wait_for(lambda: self._hears(world), "bondctl monitor to listen")

    def _hears(self, world):
        world.ctl(f"create {self.HERALD}")
        world.ctl(f"delete {self.HERALD}")
        return self.HERALD in self.text()

    def lines(self):
        """All but what is of that bond, up to the last whole line."""
        return [line for line in self.text().split("\n")[:-1] if self.HERALD not in line]


def case(function, ports=2, far="bridge"):
    """A case with a world of its own, given back whatever happens."""
    def run():
        world = World(ports, far)
        failed = True
        try:
            function(world)
            failed = False
        finally:
            try:
                world.close()
            except lab.Failure:
                if not failed:
                    raise
    return run


def refuses(name, function, *args, **kwargs):
    """The call must be refused with this error, and with a message that is one."""
    try:
        function(*args, **kwargs)
    except Refused as refused:
        wanted = name if "." in name else ERROR + name
        equal(refused.name, wanted, refused.message)
        need(len(refused.message) > 10, f"no message: {refused}")
        return refused.message
    raise lab.Failure(f"{args} was not refused with {name}")
