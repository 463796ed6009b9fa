#!/usr/bin/python3
# SPDX-License-Identifier: LGPL-2.1-or-later
"""A client as scripts are: python3-dbus, without any knowledge of the types but what introspection says."""

import sys

import dbus

NAME = "org.example.Bond"
ROOT = "/org/example/Bond"


def main():
    bus = dbus.SystemBus()
    manager = dbus.Interface(bus.get_object(NAME, ROOT), f"{NAME}.Manager")
    path = manager.CreateBond("bond0", {"mode": "active-backup", "miimon": dbus.UInt32(100)})
    print("path", path)
    bond = bus.get_object(NAME, path)
    properties = dbus.Interface(bond, dbus.PROPERTIES_IFACE)
    print("port", bond.AddPort("eth0", dbus_interface=NAME))
    properties.Set(NAME, "Updelay", dbus.UInt32(200))
    properties.Set(NAME, "PrimaryReselect", "better")
    print("updelay", int(properties.Get(NAME, "Updelay")))
    everything = properties.GetAll(NAME)
    print("all", everything["Mode"], int(everything["Miimon"]), everything["PrimaryReselect"], len(everything["Drops"]))
    bond.SetOptions({"num_grat_arp": 3, "use_carrier": True}, dbus_interface=NAME)
    print("options", int(properties.Get(NAME, "NumGratArp")))
    try:
        properties.Set(NAME, "FailOverMac", "active")
    except dbus.DBusException as error:
        print("refused", error.get_dbus_name())
    possible, name, _, effects = bond.CheckOptions({"lacp_rate": "fast"}, dbus_interface=NAME)
    print("check", bool(possible), name, len(effects))
    answer = bond.Explain({"source": "192.0.2.1", "destination": "192.0.2.2"}, dbus_interface=NAME)
    print("explain", answer["mode"], bool(answer["reason"]))
    events = bond.GetHistory(dbus.UInt64(0), dbus.UInt32(0), dbus_interface=NAME)
    print("history", sorted({str(event["event"]) for event in events}))
    objects = dbus.Interface(bus.get_object(NAME, ROOT), "org.freedesktop.DBus.ObjectManager").GetManagedObjects()
    print("objects", sorted(map(str, objects)))
    manager.RemoveBond("bond0")
    return 0


sys.exit(main())
