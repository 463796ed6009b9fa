#!/usr/bin/env python3
# SPDX-License-Identifier: LGPL-2.1-or-later
"""Who may change what: the real polkitd, users without rights, and passwords typed on a terminal. polkit.py [CASE…].

All stands in a private /etc: two users, what polkit's rules say of them, and how passwords are checked.
"""

import os
import pathlib
import pty
import re
import select
import shutil
import signal
import subprocess
import sys
import termios
import time
import xml.etree.ElementTree as ElementTree

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parents[1] / "lab"))

import lab  # noqa: E402
import tap  # noqa: E402
import wire  # noqa: E402
from world import LACP, MANAGER, NAME, PORT, PORT_LACP, ROOT, Refused, World, equal, need, refuses  # noqa: E402

POLKITD = "/usr/lib/polkit-1/polkitd"
RULES = pathlib.Path("/etc/polkit-1/rules.d/10-test.rules")
DENIED = "org.freedesktop.DBus.Error.AccessDenied"
UNASKED = "org.freedesktop.DBus.Error.InteractiveAuthorizationRequired"
COUNTERS = re.compile(r"'([RT]x\w+|Drops)': <.*?>")
ACCESS = "org.example.Bond.Access"

# The clerk has no rights; the boss is the administrator who gives the password, "open sesame".
USERS = """clerk:x:2001:2001::/:/bin/sh
boss:x:2002:2002::/:/bin/sh
"""
SECRETS = """clerk:*:19000::::::
boss:$6$bondd$kTSX8ehrJqOiESO9P9G8L6I4l6OKC2JsufS8yiayOWP8ZelEAXK3HEz6jhyIDomx0sFi04l9oMaOvN.4soGvF0:19000::::::
"""
PASSWORD = "open sesame"
CLERK_UID = 2001
# Calls of one client that may wait, as daemon/service/gate.c has it.
MAX_WAITING = 64
# Where everybody may run it: a checkout may be in a home that is closed to others.
BONDCTL = "/run/bondctl"
CLERK = ["setpriv", "--reuid", "2001", "--regid", "2001", "--clear-groups"]
ADMINISTRATOR = 'polkit.addAdminRule(function(action, subject) { return ["unix-user:boss"]; });\n'


def furnish():
    """Users, passwords, and the actions as they are installed."""
    for path, lines in (("/etc/passwd", USERS), ("/etc/shadow", SECRETS)):
        with open(path, "a", encoding="utf-8") as file:
            file.write(lines)
    with open("/etc/group", "a", encoding="utf-8") as file:
        file.write("clerk:x:2001:\nboss:x:2002:\n")
    pathlib.Path("/etc/pam.d/polkit-1").write_text("auth required pam_unix.so\naccount required pam_unix.so\n",
                                                   encoding="utf-8")
    for directory in ("seats", "sessions", "users", "machines"):
        os.makedirs(f"/run/systemd/{directory}")
    os.makedirs("/run/actions")
    shutil.copy(lab.BUILD / "data/org.example.Bond.policy", "/run/actions")
    subprocess.run(["mount", "--bind", "/run/actions", "/usr/share/polkit-1/actions"], check=True)
    os.makedirs(RULES.parent, exist_ok=True)
    os.chmod(RULES.parent, 0o755)
    shutil.copy("/usr/share/dbus-1/system.d/org.freedesktop.PolicyKit1.conf", "/run/dbus/polkit.conf")


class Guarded(World):
    """A world where polkitd has a rule: JavaScript that sees action and subject, and returns a polkit.Result."""

    def __init__(self, rule=""):
        RULES.write_text(f"{ADMINISTRATOR}polkit.addRule(function(action, subject) {{ {rule} }});\n", encoding="utf-8")
        super().__init__()
        self.polkitd = None
        try:
            self.start_polkitd()
        except lab.Failure:
            self.close()
            raise

    def start_polkitd(self):
        """Under load polkitd once in a hundred times did not get its name; what is tested here is bondd."""
        for last in (False, False, False, True):
            self.polkitd = subprocess.Popen([POLKITD, "--no-debug"])
            try:
                lab.wait_for(self._polkit_answers, "polkitd", 10)
                return
            except lab.Failure as failure:
                print(f"# {failure}; exit status {self.polkitd.poll()}")
                lab.stop(self.polkitd)
                if last:
                    raise

    def _polkit_answers(self):
        owner = ["busctl", "--system", "call", "org.freedesktop.DBus", "/org/freedesktop/DBus", "org.freedesktop.DBus",
                 "NameHasOwner", "s", "org.freedesktop.PolicyKit1"]
        return "true" in self.server.out(owner)

    def close(self):
        if self.polkitd:
            lab.stop(self.polkitd)
        super().close()

    def clerk(self, path, method, *args, interactive=False):
        """A call by the clerk, with busctl: arguments are a signature and words."""
        interface, _, member = method.rpartition(".")
        argv = [*CLERK, "busctl", "--system", "--timeout=40",
                f"--allow-interactive-authorization={'yes' if interactive else 'no'}", "call", NAME, path, interface,
                member, *args]
        done = self.server.run(argv, check=False, env={**os.environ, "SYSTEMD_LOG_LEVEL": "debug"})
        found = re.search(r"Got message type=error .* error-name=(\S+) error-message=(.*)", done.stdout)
        if done.returncode == 0:
            return done.stdout
        if found:
            raise Refused(found.group(1), found.group(2))
        raise lab.Failure(done.stdout)

    def clerk_of_manager(self, method, *args, **kwargs):
        return self.clerk(ROOT, f"{MANAGER}.{method}", *args, **kwargs)

    def clerk_of_bond(self, method, *args, **kwargs):
        return self.clerk(f"{ROOT}/bond0", f"{NAME}.{method}", *args, **kwargs)


class Terminal:
    """bondctl of the clerk on a terminal of its own; what is typed and what is seen."""

    def __init__(self, world, *arguments, lang="C.UTF-8"):
        self.seen = ""
        leader, follower = pty.openpty()
        self.fd = leader
        # A shell that goes on when bondctl ends: with the first process of a terminal all others on it die.
        script = '"$@"; echo "exit status $?"; read line'
        argv = [*CLERK, "env", "-u", "XDG_SESSION_ID", f"LANG={lang}", "sh", "-c", script, "sh", str(BONDCTL),
                *arguments]
        self.process = subprocess.Popen(["setsid", "--ctty", *world.server.argv(argv)], stdin=follower, stdout=follower,
                                        stderr=follower)
        os.close(follower)

    def read(self):
        """What came meanwhile; False at the end."""
        if not select.select([self.fd], [], [], 0.05)[0]:
            return True
        try:
            self.seen += os.read(self.fd, 4096).decode(errors="replace")
            return True
        except OSError:
            return False

    def wait_for(self, pattern, seconds=40):
        end = time.monotonic() + seconds
        while not re.search(pattern, self.seen):
            if not self.read() or time.monotonic() > end:
                raise lab.Failure(f"no {pattern} on the terminal: {self.seen!r}")

    def type_password(self, text):
        """Once the terminal does not show what is typed: what comes before that is thrown away."""
        lab.wait_for(lambda: not termios.tcgetattr(self.fd)[3] & termios.ECHO, "the terminal to hide the password")
        os.write(self.fd, f"{text}\n".encode())

    def end(self):
        """bondctl's exit status; all that was printed is in .seen."""
        self.wait_for(r"exit status \d+")
        return int(re.search(r"exit status (\d+)", self.seen).group(1))

    def close(self):
        """The line is cut."""
        self.process.kill()
        self.process.wait()
        os.close(self.fd)


# --- Cases ---


def methods(world, path, name):
    """(method, what it needs, signature of its arguments) of an interface, as the object shows it."""
    text = world.server.out(["gdbus", "introspect", "--system", "--dest", NAME, "--object-path", path, "--xml"])
    interface = next(i for i in ElementTree.fromstring(text[text.index("<node"):]).findall("interface")
                     if i.get("name") == name)
    for method in interface.findall("method"):
        access = [a.get("value") for a in method.findall("annotation") if a.get("name") == ACCESS]
        signature = "".join(a.get("type") for a in method.findall("arg") if a.get("direction") != "out")
        yield method.get("name"), access[0] if access else None, signature


def words_for(signature):
    """Arguments of any signature here, empty or of no meaning, as busctl takes them."""
    values = {"s": [""], "q": ["1"], "i": ["1"], "u": ["0"], "t": ["0"], "b": ["no"], "a{ss}": ["0"], "a{sv}": ["0"],
              "as": ["0"]}
    words = []
    for part in re.findall(r"a\{\w+\}|as|\w", signature):
        words += values[part]
    return [signature, *words] if signature else []


def objects(world):
    """All that can be changed."""
    return COUNTERS.sub("", world.call(ROOT, "org.freedesktop.DBus.ObjectManager.GetManagedObjects"))


def nothing_is_allowed(world):
    """Each method that is not free is refused to who has no right; each that is free answers."""
    world.create(mode="active-backup", miimon="100")
    world.bond("AddPort", "eth0")
    before = lab.settled(lambda: objects(world))
    free = 0
    for path, name in ((ROOT, MANAGER), (f"{ROOT}/bond0", NAME), (f"{ROOT}/bond0/eth0", PORT)):
        for method, access, signature in methods(world, path, name):
            need(access in ("free", "manage-bonds", "change-options", "attach-ports", "import"),
                 f"{name}.{method} does not say who may call it: annotation {ACCESS}")
            call = (path, f"{name}.{method}", *words_for(signature))
            if access != "free":
                message = refuses(DENIED, world.clerk, *call)
                need(f"{NAME}.{access}" in message, f"{method}: {message}")
                continue
            free += 1
            try:
                world.clerk(*call)
            except Refused as refused:
                need(refused.name not in (DENIED, UNASKED), f"{method} is free: {refused}")
    need(free >= 7, f"only {free} methods are free")
    equal(objects(world), before, "what changed")


# Counters, and the causes of lost frames, which are named once there are any.
UNSTEADY = re.compile(r"(?<=  Lost  ).*|\d+")


def readers_see_everything(world):
    """Each property, text and table, to who has no right; frames that are counted meanwhile aside."""
    world.create(mode="802.3ad", miimon="100")
    world.bond("AddPort", "eth0")
    commands = [f"{BONDCTL} {arguments}" for arguments in ("list", "list --json", "show bond0", "proc bond0", "options")]
    for path, interface in (("", MANAGER), ("/bond0", NAME), ("/bond0", LACP), ("/bond0/eth0", PORT),
                            ("/bond0/eth0", PORT_LACP)):
        commands.append(f"busctl --system introspect --no-pager {NAME} {ROOT}{path} {interface}")

    def shown(command):
        return [UNSTEADY.sub("0", world.server.out([*user, *command.split()])) for user in ([], CLERK)]

    for command in commands:
        # A port without a partner goes through several states.
        lab.wait_for(lambda command=command: len(set(shown(command))) == 1, f"the same to both: {command}")
        need(len(shown(command)[1]) > 60, command)


def allowed_by_rule(world):
    """Rules see what a call is about, and decide by it."""
    world.create(mode="active-backup", miimon="100")
    world.clerk_of_manager("CreateBond", "sa{sv}", "bond7", "0")
    equal(world.get(ROOT, MANAGER, "Bonds"), ["bond0", "bond7"])
    refuses(DENIED, world.clerk_of_manager, "CreateBond", "sa{sv}", "bond8", "0")
    refuses(DENIED, world.clerk_of_manager, "RemoveBond", "s", "bond0")
    world.clerk_of_manager("RemoveBond", "s", "bond7")
    world.clerk_of_manager("AddPort", "ss", "eth0", "bond0")
    refuses(DENIED, world.clerk_of_manager, "AddPort", "ss", "eth1", "bond0")
    refuses(DENIED, world.clerk_of_bond, "AddPort", "s", "eth1")
    equal(world.of_bond("Ports"), ["eth0"])
    world.clerk(f"{ROOT}/bond0/eth0", f"{PORT}.Remove")
    refuses(DENIED, world.clerk_of_manager, "IfUp", "s", "eth1")
    refuses("NoConfiguration", world.clerk_of_manager, "IfUp", "s", "eth0")
    equal(world.get(ROOT, MANAGER, "Bonds"), ["bond0"])


ALLOWED = """
if (subject.user != "clerk") return polkit.Result.NO;
if (action.id == "org.example.Bond.manage-bonds")
    return action.lookup("bond") == "bond7" || action.lookup("interface") == "eth0" ? polkit.Result.YES : polkit.Result.NO;
if (action.id == "org.example.Bond.attach-ports")
    return action.lookup("bond") != "bond1" && action.lookup("port") == "eth0" ? polkit.Result.YES : polkit.Result.NO;
if (action.id == "org.example.Bond.change-options")
    return action.lookup("bond") == "bond0" && action.lookup("option") == "miimon" ? polkit.Result.YES : polkit.Result.NO;
"""


def options_by_rule(world):
    """SetOptions() and Set() of a property are the same to a rule."""
    world.create(mode="active-backup", miimon="100")
    world.create("bond1", mode="active-backup", miimon="100")
    world.clerk_of_bond("SetOptions", "a{sv}", "1", "miimon", "u", "50")
    equal(world.of_bond("Miimon"), 50)
    refuses(DENIED, world.clerk_of_bond, "SetOptions", "a{sv}", "1", "updelay", "u", "100")
    refuses(DENIED, world.clerk_of_bond, "SetOptions", "a{sv}", "2", "miimon", "u", "60", "updelay", "u", "120")
    refuses(DENIED, world.clerk, f"{ROOT}/bond1", f"{NAME}.SetOptions", "a{sv}", "1", "miimon", "u", "50")
    equal([world.of_bond("Miimon"), world.of_bond("Miimon", "bond1"), world.of_bond("Updelay")], [50, 100, 0])
    set_property = "org.freedesktop.DBus.Properties.Set"
    world.clerk(f"{ROOT}/bond0", set_property, "ssv", NAME, "Miimon", "u", "40")
    refuses(DENIED, world.clerk, f"{ROOT}/bond0", set_property, "ssv", NAME, "XmitHashPolicy", "s", "layer3+4")
    refuses(DENIED, world.clerk, f"{ROOT}/bond1", set_property, "ssv", NAME, "Miimon", "u", "40")
    equal([world.of_bond("Miimon"), world.of_bond("Miimon", "bond1"), world.of_bond("XmitHashPolicy")],
          [40, 100, "layer2"])


def interaction_only_if_asked_for(world):
    """Without the flag the error says that a password would do; with it, and nobody to ask, that there is no agent."""
    create = ("CreateBond", "sa{sv}", "bond0", "0")
    need("password" in refuses(UNASKED, world.clerk_of_manager, *create), "no word of a password")
    need("agent" in refuses(DENIED, world.clerk_of_manager, *create, interactive=True), "no word of the agent")
    done = world.server.run([*CLERK, BONDCTL, "create", "bond0"], check=False, stdin=subprocess.DEVNULL)
    equal(done.returncode, 5, done.stdout)
    need("pkttyagent" in done.stdout, done.stdout)
    equal(world.get(ROOT, MANAGER, "Bonds"), [])


def password_on_a_terminal(world):
    terminal = Terminal(world, "create", "bond0", "mode=active-backup")
    terminal.wait_for(r"Authentication is required to make, remove, set up or set down bonds[^$]*Password: ")
    equal(world.get(ROOT, MANAGER, "Bonds"), [])
    terminal.type_password(PASSWORD)
    equal(terminal.end(), 0, terminal.seen)
    equal(world.get(ROOT, MANAGER, "Bonds"), ["bond0"])
    terminal = Terminal(world, "set", "bond0", "miimon=50", lang="zh_CN.UTF-8")
    terminal.wait_for("更改绑定 bond0 的选项需要身份验证")
    terminal.type_password("close sesame")
    equal(terminal.end(), 5, terminal.seen)
    need("the password was wrong" in terminal.seen, terminal.seen)
    equal(world.of_bond("Miimon"), 0)
    terminal = Terminal(world, "--no-ask-password", "delete", "bond0")
    equal(terminal.end(), 5, terminal.seen)
    need("password" in terminal.seen and "Password:" not in terminal.seen, terminal.seen)


def others_do_not_wait(world):
    """While the clerk looks for the password root works; and when the clerk hangs up nothing happens any more."""
    terminal = Terminal(world, "create", "bond0")
    terminal.wait_for("Password: ")
    world.create("bond1")
    world.server.out([*CLERK, BONDCTL, "list"])
    terminal.read()
    need("exit status" not in terminal.seen, "the clerk does not wait any more, either")
    bondctl = subprocess.run(["pgrep", "-x", "bondctl"], check=True, text=True, stdout=subprocess.PIPE).stdout.split()
    equal(len(bondctl), 1, "processes of bondctl")
    subprocess.run(["kill", "-KILL", *bondctl], check=True)
    equal(terminal.end(), 137)
    # Nobody here buries orphans.
    alive = ["pgrep", "--runstates", "R,S,D,T", "-x", "pkttyagent"]
    lab.wait_for(lambda: subprocess.run(alive, check=False, stdout=subprocess.DEVNULL).returncode, "the end of the prompt")
    equal(world.get(ROOT, MANAGER, "Bonds"), ["bond1"])
    world.alive()


def calls_keep_their_order(world):
    """A client that does not wait for answers: each call finds what the last one made, whoever it is."""
    for uid in (CLERK_UID, 0):
        client = wire.Client(NAME, uid)
        calls = ((ROOT, MANAGER, "CreateBond", "sa{sv}", ("bond7", {"mode": ("s", "active-backup")})),
                 (ROOT, MANAGER, "AddPort", "ss", ("eth0", "bond7")), (ROOT, MANAGER, "RemovePort", "s", ("eth0",)),
                 (ROOT, MANAGER, "RemoveBond", "s", ("bond7",)))
        serials = [client.send(*call) for _ in range(3) for call in calls]
        replies = client.wait(serials)
        equal([reply.error for reply in replies], [None] * len(serials), f"answers to {uid}")
        equal([reply.serial for reply in replies], serials, "order of the answers")
        client.close()
    equal(world.get(ROOT, MANAGER, "Bonds"), [])


def polkit_hangs(world):
    """Who is not root waits, and only so many calls; root does not, nor does who only reads."""
    world.polkitd.send_signal(signal.SIGSTOP)
    client = wire.Client(NAME, CLERK_UID)
    waiting = [client.send(ROOT, MANAGER, "CreateBond", "sa{sv}", ("bond8", {})) for _ in range(MAX_WAITING)]
    surplus = client.send(ROOT, MANAGER, "CreateBond", "sa{sv}", ("bond7", {}))
    equal(client.wait([surplus])[0].error, "org.freedesktop.DBus.Error.LimitsExceeded")
    equal(client.call(f"{ROOT}", MANAGER, "ListOptions").error, None)
    equal(client.replies, [], "answers that nobody could give yet")
    world.create()
    world.polkitd.send_signal(signal.SIGCONT)
    equal({reply.error for reply in client.wait(waiting)}, {DENIED})
    for _ in range(MAX_WAITING):
        client.send(ROOT, MANAGER, "CreateBond", "sa{sv}", ("bond7", {}))
    client.close()
    world.alive()
    lab.wait_for(lambda: wire.Client(NAME, CLERK_UID).call(ROOT, MANAGER, "RemoveBond", "s", ("bond7",)), "an answer")


def gone_meanwhile(world):
    """What a call was for is removed while polkit thinks: nothing is done to it, nor to what has its name now."""
    world.create(mode="active-backup", miimon="100")
    world.bond("AddPort", "eth0")
    world.polkitd.send_signal(signal.SIGSTOP)
    clients = [wire.Client(NAME, CLERK_UID) for _ in range(4)]
    calls = [clients[0].send(f"{ROOT}/bond0", NAME, "SetOptions", "a{sv}", ({"miimon": ("u", 50)},)),
             clients[1].send(f"{ROOT}/bond0", "org.freedesktop.DBus.Properties", "Set", "ssv",
                             (NAME, "Miimon", ("u", 50))),
             clients[2].send(f"{ROOT}/bond0/eth0", PORT, "Remove"),
             clients[3].send(ROOT, MANAGER, "AddPort", "ss", ("eth0", "bond0"))]
    for client in clients:
        equal(client.call(ROOT, MANAGER, "ListOptions").error, None)
    world.manager("RemoveBond", "bond0")
    world.create(mode="active-backup", miimon="100")
    world.polkitd.send_signal(signal.SIGCONT)
    replies = [client.wait([call])[0] for client, call in zip(clients, calls)]
    gone = "org.freedesktop.DBus.Error.UnknownObject"
    equal([reply.error for reply in replies], [gone, gone, gone, None])
    equal([world.of_bond("Miimon"), world.of_bond("Ports")], [100, ["eth0"]])
    world.alive()


def session_bus(world):
    """On a session bus the user that runs bondd needs no polkit."""
    script = ('"$0" --session & trap "kill $!; wait" EXIT; for i in $(seq 300); do "$1" --session list && break; sleep 0.1; '
              'done; "$1" --session create bond0 mode=active-backup && "$1" --session set bond0 miimon=50 && '
              '"$1" --session show bond0')
    equal(world.daemon.stop(), 0)
    done = world.server.run(["dbus-run-session", "--", "sh", "-c", script, lab.BONDD, BONDCTL], check=False)
    equal(done.returncode, 0, done.stdout)
    need("miimon=50" in done.stdout, done.stdout)


def example_of_the_manual(world):
    """The rule that bondd(8) shows lets its group do what it says, and no more."""
    text = (lab.SOURCE / "data/man/bondd.8").read_text(encoding="utf-8")
    example = re.search(r"^polkit\.addRule\(.*?^}\);$", text, re.M | re.S).group()
    lab.stop(world.polkitd)
    RULES.write_text(example.replace("netops", "clerk"), encoding="utf-8")
    world.start_polkitd()
    world.create(mode="active-backup", miimon="100")
    world.clerk_of_bond("SetOptions", "a{sv}", "1", "miimon", "u", "50")
    equal(world.of_bond("Miimon"), 50)
    refuses(UNASKED, world.clerk_of_bond, "AddPort", "s", "eth0")
    refuses(UNASKED, world.clerk_of_manager, "RemoveBond", "s", "bond0")


def polkit_goes_away(world):
    """root may as before, the others are told."""
    lab.stop(world.polkitd)
    need("polkit" in refuses(DENIED, world.clerk_of_manager, "RemoveBond", "s", "bond0"), "polkit is not named")
    world.create()


CASES = ((nothing_is_allowed, "return polkit.Result.NO;"), (readers_see_everything, "return polkit.Result.NO;"),
         (allowed_by_rule, ALLOWED), (options_by_rule, ALLOWED), (interaction_only_if_asked_for, ""),
         (password_on_a_terminal, ""), (others_do_not_wait, ""), (calls_keep_their_order, ALLOWED),
         (polkit_hangs, ALLOWED), (gone_meanwhile, ALLOWED), (session_bus, ""), (example_of_the_manual, ""),
         (polkit_goes_away, "return polkit.Result.YES;"))


def case(function, rule):
    def run():
        world = Guarded(rule)
        try:
            function(world)
        finally:
            world.close()
    return run


def main():
    cases = tap.Cases()
    if "--list" not in sys.argv:
        lab.enter()
        shutil.copy(lab.BONDCTL, BONDCTL)
        furnish()
    for function, rule in CASES:
        cases.add(function.__name__.replace("_", "-"), case(function, rule))
    return cases.main()


if __name__ == "__main__":
    sys.exit(main())
