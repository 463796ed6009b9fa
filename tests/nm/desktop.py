# SPDX-License-Identifier: LGPL-2.1-or-later
"""A desktop for one test: an X server without a screen, a session bus, and the bus of assistive technologies.

Widgets are found there by role and name, or by the label that stands before them, as a screen reader finds them. All of
it lives and ends in the namespaces that stock.isolated() made.
"""

import os
import pathlib
import subprocess

import dbus
import stock
from world import equal, need, wait_for

SESSION = "/run/user/bus"
SOCKETS = pathlib.Path("/tmp/.X11-unix")
ATSPI = "org.a11y.atspi"
REGISTRY = f"{ATSPI}.Registry"
SENSITIVE, SHOWING = 24, 25  # bits of a state, and a kind of relation, as AT-SPI numbers them
LABEL_FOR = 1
# What has nothing below that a test looks for, each of which would have to be asked.
LEAVES = {"label", "push button", "text", "spin button", "check box", "table cell", "table column header", "scroll bar",
          "menu item", "icon"}
LIMIT = 30  # s; programs with windows start slowly on a busy machine


def wait_window(condition, what):
    """Waits for something of a program with windows, in which widgets come and go meanwhile."""
    def tried():
        try:
            return condition()
        except dbus.DBusException:
            return None
    return wait_for(tried, what, LIMIT)


def _x_server():
    """Its name for clients. Neither its socket nor a lock file is seen outside of this mount namespace."""
    SOCKETS.mkdir(exist_ok=True)
    stock.run("mount", "-t", "tmpfs", "tmpfs", SOCKETS)
    ours, its = os.pipe()
    with open("/run/x.log", "w", encoding="utf-8") as log:
        subprocess.Popen(["Xvfb", "-displayfd", str(its), "-nolock", "-nolisten", "tcp", "-screen", "0", "1024x768x24"],
                         pass_fds=[its], stdout=log, stderr=log)
    os.close(its)
    with os.fdopen(ours, encoding="ascii") as pipe:
        number = pipe.readline().strip()
    need(number, "Xvfb does not start; its messages are in /run/x.log")
    return f":{number}"


class Widget:
    """What AT-SPI shows of a widget or a window. Nothing is remembered: each question is asked of the program."""

    def __init__(self, bus, name, path):
        self.bus = bus
        self.address = (name, path)

    def ask(self, interface, method, signature="", *arguments):
        return self.bus.call_blocking(*self.address, f"{ATSPI}.{interface}", method, signature, arguments,
                                      timeout=LIMIT)

    def get(self, interface, name):
        return self.bus.call_blocking(*self.address, dbus.PROPERTIES_IFACE, "Get", "ss", (f"{ATSPI}.{interface}", name),
                                      timeout=LIMIT)

    @property
    def name(self):
        return str(self.get("Accessible", "Name"))

    @property
    def role(self):
        return str(self.ask("Accessible", "GetRoleName"))

    @property
    def text(self):
        """What is written in it, or chosen."""
        if self.role == "combo box":
            return self.name
        return str(self.ask("Text", "GetText", "ii", 0, -1))

    def usable(self):
        """Whether the user sees it and it is not grey."""
        low = int(self.ask("Accessible", "GetState")[0])
        return bool(low >> SHOWING & 1 and low >> SENSITIVE & 1)

    def children(self):
        return [Widget(self.bus, *address) for address in self.ask("Accessible", "GetChildren")]

    def _look(self, role, name, found):
        try:
            mine = self.role
            if mine == role and name in (None, self.name):
                found.append(self)
            # The items of a combo box, unless they are meant.
            if mine in LEAVES or mine == "menu" and role != "menu item":
                return
            children = self.children()
        except dbus.DBusException:  # it has gone meanwhile
            return
        for child in children:
            child._look(role, name, found)  # pylint: disable=protected-access

    def find(self, role, name=None):
        """All of that role and name, itself or below, in the order of the tree."""
        found = []
        self._look(role, name, found)
        return found

    def the(self, role, name=None):
        """The first of them that the user can use, once it is there."""
        return wait_window(lambda: next((widget for widget in self.find(role, name) if widget.usable()), None),
                           f"the {role} \"{name}\"")

    def _fields(self, label):
        for each in self.find("label", label):
            for kind, targets in each.ask("Accessible", "GetRelationSet"):
                if kind == LABEL_FOR:
                    yield Widget(self.bus, *targets[0])

    def labelled(self, label):
        """The widget that a label belongs to, once the user can use it."""
        return wait_window(lambda: next((widget for widget in self._fields(label) if widget.usable()), None),
                           f"a field with the label \"{label}\"")

    def cells(self):
        """What the tables below say."""
        return wait_window(lambda: (True, [cell.name for cell in self.find("table cell")]), "the tables to settle")[1]

    def write(self, text):
        need(self.ask("EditableText", "SetTextContents", "s", text), f"\"{text}\" was not taken")
        equal(self.text, text, "text")

    def turn(self, number):
        """Sets a spin button."""
        self.bus.call_blocking(*self.address, dbus.PROPERTIES_IFACE, "Set", "ssv",
                               (f"{ATSPI}.Value", "CurrentValue", dbus.Double(number)), timeout=LIMIT)
        equal(self.text, str(number), "number")

    def choose(self, name):
        """An item of a combo box."""
        names = [item.name for item in self.find("menu item")]
        need(name in names, f"\"{name}\" is not among {names}")
        need(self.ask("Selection", "SelectChild", "i", names.index(name)), f"\"{name}\" was not chosen")
        wait_window(lambda: self.name == name, f"\"{name}\" to be chosen")

    def turn_to(self, page):
        """Shows that page of the tabs below."""
        tabs = self.the("page tab list")
        names = [tab.name for tab in tabs.children()]
        need(tabs.ask("Selection", "SelectChild", "i", names.index(page)), f"\"{page}\" was not shown")

    def press(self):
        """As a screen reader does it."""
        need(self.ask("Action", "DoAction", "i", 0), f"\"{self.name}\" was not pressed")

    def click(self):
        """With the mouse: a button that opens a modal dialog would not answer anybody until the dialog is closed."""
        seen = [None]

        def still():
            seen[:] = [*seen[-1:], tuple(map(int, self.ask("Component", "GetExtents", "u", 0)))]
            return seen[-1] == seen[0]

        wait_window(still, f"\"{self.name}\" to stay where it is")
        x, y, width, height = seen[-1]
        self.bus.call_blocking(REGISTRY, "/org/a11y/atspi/registry/deviceeventcontroller",
                               f"{ATSPI}.DeviceEventController", "GenerateMouseEvent", "iis",
                               (x + width // 2, y + height // 2, "b1c"), timeout=LIMIT)


class Desktop:
    """What programs with windows need, and a look at all of them."""

    def __init__(self):
        for path in ("/run/home", "/run/user"):
            os.makedirs(path, mode=0o700)
        os.environ.update(DISPLAY=_x_server(), HOME="/run/home", XDG_RUNTIME_DIR="/run/user", LANGUAGE="",
                          DBUS_SESSION_BUS_ADDRESS=f"unix:path={SESSION}", GSETTINGS_BACKEND="memory",
                          GDK_BACKEND="x11", XDG_DATA_DIRS=f"{stock.PACKAGES}/usr/share:/usr/local/share:/usr/share")
        with open("/run/session.log", "w", encoding="utf-8") as log:
            subprocess.Popen(["dbus-daemon", "--session", f"--address=unix:path={SESSION}", "--nofork", "--nopidfile"],
                             stdout=log, stderr=log)
        wait_for(lambda: os.path.exists(SESSION), "the session bus")
        session = dbus.bus.BusConnection(f"unix:path={SESSION}")
        address = session.call_blocking("org.a11y.Bus", "/org/a11y/bus", "org.a11y.Bus", "GetAddress", "", (),
                                        timeout=LIMIT)
        self.root = Widget(dbus.bus.BusConnection(str(address)), REGISTRY, "/org/a11y/atspi/accessible/root")
        wait_window(lambda: self.root.role, "the registry of AT-SPI")

    def windows(self):
        found = []
        for program in self.root.children():
            try:
                found += program.children()
            except dbus.DBusException:  # it has ended
                pass
        return found

    def window(self, title, role="frame"):
        """The window of that title once it is there."""
        return wait_window(lambda: next((window for window in self.windows()
                                         if (window.role, window.name) == (role, title)), None),
                           f"the window \"{title}\"")

    def wait_gone(self, title):
        wait_window(lambda: ("frame", title) not in [(window.role, window.name) for window in self.windows()],
                    f"the window \"{title}\" to close")
