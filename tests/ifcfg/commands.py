#!/usr/bin/env python3
# SPDX-License-Identifier: LGPL-2.1-or-later
"""bondctl check, ifcfg and migrate where no bus and no bondd is: commands.py [CASE…]."""

import json
import os
import pathlib
import subprocess
import sys
import tempfile

HERE = pathlib.Path(__file__).resolve().parent
sys.path.insert(0, str(HERE.parent / "lab"))

import tap  # noqa: E402

BONDCTL = pathlib.Path(os.environ["BONDD_BUILD"]) / "daemon/bondctl/bondctl"
BOND = "# the uplink\nDEVICE=bond0\nBONDING_OPTS=\"mode=4 miimon=100 lacp_active=off\"\nIPADDR=192.0.2.3\nPREFIX=24\n"
PORT = "DEVICE=eth0\nMASTER=bond0\nSLAVE=yes\n"


def bondctl(*arguments, code=0):
    """stdout and stderr; the exit status must be @code."""
    environment = {**os.environ, "LC_ALL": "C.UTF-8", "DBUS_SYSTEM_BUS_ADDRESS": "unix:path=/nonexistent"}
    done = subprocess.run([BONDCTL, *map(str, arguments)], text=True, capture_output=True, env=environment, check=False)
    assert done.returncode == code, f"{arguments}: exit status {done.returncode}\n{done.stdout}{done.stderr}"
    return done.stdout, done.stderr


def with_files(function, **files):
    """A case with a directory of these files, - written as _."""
    def run():
        with tempfile.TemporaryDirectory() as top:
            scripts = pathlib.Path(top, "network-scripts")
            scripts.mkdir()
            for name, text in files.items():
                (scripts / name.replace("_", "-")).write_text(text, encoding="utf-8")
            function(scripts)
    return run


def check_reports(scripts):
    out, err = bondctl("check", scripts)
    assert out.split() == ["bond0", "bond", *out.split()[2:5], "eth0", "port", "of", "bond0"], out
    assert f"{scripts}/ifcfg-eth0:4: warning: there is no variable QWERTZ" in err and "    QWERTZ=1\n" in err, err


def check_refuses(scripts):
    err = bondctl("check", scripts, code=1)[1]
    assert "ifcfg-bond0:5: error: " in err and "correct the errors above" in err, err


def check_has_json(scripts):
    said = json.loads(bondctl("check", "--json", scripts)[0])
    assert said["usable"] is True and [p["device"] for p in said["profiles"]] == ["bond0", "eth0"], said
    last = said["diagnostics"][-1]
    assert last["line"] == 4 and last["severity"] == "warning" and last["text"] == "QWERTZ=1", said


def check_takes_one_file(scripts):
    out = bondctl("check", scripts / "ifcfg-bond0")[0]
    assert out.startswith("bond0  bond") and "eth0" not in out, out


def ifcfg_prints(scripts):
    out, err = bondctl("ifcfg", scripts)
    assert out == bondctl("ifcfg", "--keyfile", scripts)[0]
    assert out.startswith("# From ifcfg-bond0\n# the uplink\n") and "\n[bond]\nmiimon=100\nmode=802.3ad\n" in out, out
    assert "\n[user]\nbondd.lacp_active=off\n" in out and "\n# From ifcfg-eth0\n" in out, out
    assert "QWERTZ" in err, err
    said = json.loads(bondctl("ifcfg", "--json", scripts)[0])
    assert said["profiles"][0]["settings"]["bond"]["options"] == {"mode": "802.3ad", "miimon": "100"}, said
    assert said["profiles"][0]["extra_options"] == {"lacp_active": "off"}, said


def migrate_writes(scripts):
    out = scripts.parent / "out"
    bondctl("migrate", scripts, "--to", out, "--dry-run")
    assert not out.exists()
    told = bondctl("migrate", scripts, "--to", out)[1]
    assert "ifcfg-bond0: not carried over: bond.lacp_active" in told, told
    assert sorted(path.name for path in out.iterdir()) == ["bond0.nmconnection", "eth0.nmconnection"]
    (out / "eth0.nmconnection").unlink()
    (out / "bond0.nmconnection").write_text("mine", encoding="utf-8")
    err = bondctl("migrate", scripts, "--to", out, code=1)[1]
    assert "bond0.nmconnection exists" in err and "--force" in err, err
    assert [path.read_text(encoding="utf-8") for path in out.iterdir()] == ["mine"]
    bondctl("migrate", scripts, "--to", out, "--force")
    assert (out / "bond0.nmconnection").read_text(encoding="utf-8").startswith("# From ifcfg-bond0\n")


def migrate_refuses(scripts):
    out = scripts.parent / "out"
    err = bondctl("migrate", scripts, "--to", out, code=1)[1]
    assert "nothing was written" in err and not out.exists(), err


def migrate_needs_files(scripts):
    migrate_refuses(scripts)


def wrong_use(scripts):
    bondctl("migrate", scripts, code=2)
    bondctl("ifcfg", "--json", "--keyfile", scripts, code=2)
    bondctl("check", "--to", "x", scripts, code=2)
    for command in ("check", "ifcfg"):
        err = bondctl(command, scripts / "nowhere", code=1)[1]
        assert "nowhere cannot be read" in err, err


def main():
    cases = tap.Cases()
    good = {"ifcfg_bond0": BOND, "ifcfg_eth0": PORT + "QWERTZ=1\n"}
    broken = {"ifcfg_bond0": BOND.replace("PREFIX=24", "PREFIX=99"), "ifcfg_eth0": PORT}
    for function, files in ((check_reports, good), (check_refuses, broken), (check_has_json, good),
                            (check_takes_one_file, good), (ifcfg_prints, good), (migrate_writes, good),
                            (migrate_refuses, broken), (migrate_needs_files, {}), (wrong_use, good)):
        cases.add(function.__name__.replace("_", "-"), with_files(function, **files))
    return cases.main()


sys.exit(main())
