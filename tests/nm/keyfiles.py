#!/usr/bin/env python3
# SPDX-License-Identifier: LGPL-2.1-or-later
"""Keyfiles of bondctl in front of the real NetworkManager: keyfiles.py [CASE…].

Every case of tests/ifcfg/cases is migrated, loaded by Debian's NetworkManager, and what it then says of the connection
by D-Bus is held against what we understood of the ifcfg file. Of the keyfiles in keyfiles/, which have what ifcfg files
rarely say, NetworkManager's own settings go through our writer and come back the same.
"""

import json
import os
import pathlib
import shutil
import sys

HERE = pathlib.Path(__file__).resolve().parent
sys.path.insert(0, str(HERE.parent / "lab"))

import stock  # noqa: E402
import tap  # noqa: E402

BUILD = pathlib.Path(os.environ.get("BONDD_BUILD", stock.SOURCE / "build"))
BONDCTL = BUILD / "daemon/bondctl/bondctl"
KEYFILE_OF = BUILD / "tests/nm/keyfile-of"
OUT = pathlib.Path("/run/migrated")


# What means the same as nothing, or stands elsewhere in our text.
UNWRITTEN = {"", "dns-options=", "never-default=false", "gateway=192.0.2.1", "address1=192.0.2.3/24"}


def need(condition, what):
    if not condition:
        raise stock.Failure(what)


def rows(path):
    lines = path.read_text(encoding="utf-8").splitlines()
    return [line.split("\t") for line in lines if line and not line.startswith("#")]


# CASE, SECTION.PROPERTY, and why NetworkManager says something else there than we. The user must be told.
DIFFERENCES = {(case, name) for case, name, _ in rows(HERE / "differences.tsv")}


# Since 1.46 an empty list of these is not said; since 1.52 the second is said beside the old one.
UNSAID = (".dns-search", ".mac-address-blacklist")
SAID_TWICE = (".dhcp-send-hostname-v2",)


def flat(settings):
    """Sections and properties as one dictionary; a section without any is there, too."""
    found = {f"{section}.{name}": value for section, values in settings.items() for name, value in values.items()}
    found.update({section: "" for section in settings})
    return {name: value for name, value in found.items()
            if not (name.endswith(UNSAID) and value == []) and not name.endswith(SAID_TWICE)}


def compare(case, ours, theirs):
    listed = {name for where, name in DIFFERENCES if where == case}
    ours, theirs = flat(ours), flat(stock.plain(theirs))
    wrong = [f"{name}: {ours.get(name)!r}, NetworkManager has {theirs.get(name)!r}"
             for name in sorted(set(ours) | set(theirs))
             if ours.get(name) != theirs.get(name) and name not in listed]
    if wrong:
        raise stock.Failure("\n".join(wrong))


def understood(folder):
    done = stock.run(BONDCTL, "ifcfg", "--json", folder, check=False)
    return json.loads(done.stdout)


def load(nm, keyfile):
    """The connection that NetworkManager makes of a file."""
    before = set(nm.connections())
    target = stock.KEYFILES / keyfile.name
    shutil.copyfile(keyfile, target)
    target.chmod(0o600)
    refused = nm.load(target)
    new = set(nm.connections()) - before
    if refused or len(new) != 1:
        raise stock.Failure(f"NetworkManager does not take {keyfile.name}:\n{keyfile.read_text()}\n{nm.text()[-2000:]}")
    settings = nm.settings(new.pop())
    target.unlink()
    nm.load(target)
    if set(nm.connections()) != before:
        raise stock.Failure("the connection stays")
    return settings


def is_like_the_file(nm, folder):
    said = understood(folder)
    shutil.rmtree(OUT, ignore_errors=True)
    done = stock.run(BONDCTL, "migrate", folder, f"--to={OUT}", check=False)
    if not said["usable"] or not said["profiles"]:
        if done.returncode != 1 or OUT.exists():
            raise stock.Failure(f"files with errors were migrated\n{done.stdout}")
        return
    if done.returncode != 0:
        raise stock.Failure(done.stdout)
    listed = [name for case, name in DIFFERENCES if case == folder.name]
    need(not listed or any(f"not carried over: {name}" in done.stdout for name in listed), f"not told: {done.stdout}")
    for profile in said["profiles"]:
        name = pathlib.Path(profile["file"]).name.removeprefix("ifcfg-")
        keyfile = OUT / f"{name}.nmconnection"
        if keyfile.stat().st_mode & 0o7777 != 0o600:
            raise stock.Failure(f"{keyfile} has mode {keyfile.stat().st_mode:o}")
        settings = profile["settings"]
        for section, properties in profile["routing"].items():
            settings[section].update(properties)
        if profile["extra_options"]:
            settings.setdefault("user", {"data": {}})["data"].update(
                {f"bondd.{key}": value for key, value in profile["extra_options"].items()})
        compare(folder.name, settings, load(nm, keyfile))


def comes_back(nm, keyfile):
    settings = load(nm, keyfile)
    text = json.dumps({"type": "a{sa{sv}}", "data": [settings]})
    OUT.mkdir(exist_ok=True)
    ours = OUT / f"again-{keyfile.name}"
    ours.write_text(stock.run(KEYFILE_OF, input=text).stdout, encoding="utf-8")
    ours.chmod(0o600)
    compare(keyfile.name, stock.plain(settings), load(nm, ours))
    # As NetworkManager itself writes it, but for the order.
    wanted, written = (set(path.read_text(encoding="utf-8").splitlines()) for path in (keyfile, ours))
    need(wanted - written <= UNWRITTEN, f"not written: {wanted - written}\n{written - wanted}")


def the_comparison_sees(nm):
    """A test that finds every difference finds one that is there."""
    settings = stock.plain(load(nm, HERE / "keyfiles/vlan.nmconnection"))
    compare("-", settings, settings)
    for section, name in (("vlan", "id"), ("ipv4", "address-data"), ("connection", "autoconnect")):
        changed = {key: dict(values) for key, values in settings.items()}
        del changed[section][name]
        try:
            compare("-", changed, settings)
        except stock.Failure:
            continue
        raise stock.Failure(f"{section}.{name} is not compared")


def main():
    stock.isolated()
    cases = tap.Cases()
    with stock.network_manager() as nm:
        cases.add("the comparison sees", the_comparison_sees, nm)
        for case in sorted((HERE.parent / "ifcfg/cases").iterdir()):
            cases.add(case.name, is_like_the_file, nm, case)
        for keyfile in sorted((HERE / "keyfiles").iterdir()):
            cases.add(keyfile.name, comes_back, nm, keyfile)
        return cases.main()


if __name__ == "__main__":
    sys.exit(main())
