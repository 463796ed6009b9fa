#!/usr/bin/env python3
# SPDX-License-Identifier: LGPL-2.1-or-later
"""bondctl as people, scripts and shells use it, against a real bondd: bondctl.py [CASE…]."""

import fcntl
import json
import os
import pathlib
import pty
import re
import select
import socket
import struct
import subprocess
import sys
import termios
import time

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parents[1] / "lab"))

import lab  # noqa: E402
import openmetrics  # noqa: E402
import tap  # noqa: E402
from world import LIMIT, Printed, case, equal, need  # noqa: E402


EXPORTER = lab.SOURCE / ".packages/usr/bin/prometheus-node-exporter"


def read(world, arguments, code=0):
    """What a command prints with --json."""
    done = world.daemon.host.run([lab.BONDCTL, "--json", *arguments.split()], check=False)
    equal(done.returncode, code, f"exit status of bondctl --json {arguments}\n{done.stdout}")
    return json.loads(done.stdout)


def bond_of_two(world, name="bond0", **options):
    """A bond that is up, with both ports."""
    settings = " ".join(f"{key}={value}" for key, value in {"mode": "active-backup", "miimon": 100, **options}.items())
    world.ctl(f"create {name} {settings} up=1")
    for port in ("eth0", "eth1"):
        world.ctl(f"add {port} {name}")
    lab.wait_for(lambda: [p["link"] for p in read(world, "show")[0]["ports"]] == ["up", "up"], "both links")


def rows(text):
    """A table's cells: columns are two blanks apart at least."""
    return [re.split(r"\s{2,}", line.strip()) for line in text.splitlines()]


# --- JSON ---


def json_says_what_the_tables_say(world):
    equal(read(world, "list"), [])
    bond_of_two(world)
    bond = read(world, "list")[0]
    equal(rows(world.ctl("list"))[1], [bond["name"], bond["mii_status"], bond["active_port"], bond["mode"]])
    for row, port in zip(rows(world.ctl("list"))[2:], bond["ports"], strict=True):
        equal(row, [port["name"], port["link"], port["state"], f"{port['speed']} Mbit/s {port['duplex']}"])
    shown = read(world, "show bond0")
    equal([b["name"] for b in shown], ["bond0"])
    text = world.ctl("show bond0")
    need(re.search(rf"Address +{shown[0]['address']}\n", text), text)
    for option, value in re.findall(r"([a-z_0-9]+)=(\S+)", text):
        seen = shown[0][option]
        wanted = {True: ("on", "1", "true"), False: ("off", "0", "false")}[seen] if isinstance(seen, bool) else \
            (",".join(seen) if isinstance(seen, list) else str(seen),)
        need(value in wanted, f"{option}: {value} in words, {seen} in JSON")
    options = {option["name"]: option for option in read(world, "options")}
    equal([row[0] for row in rows(world.ctl("options"))[1:]], list(options))
    equal(read(world, "options miimon"), options["miimon"])
    need(set(options) - set(shown[0]) <= {"slaves", "active_slave", "queue_id", "prio", "ad_actor_port_prio"},
         f"options that show has not: {set(options) - set(shown[0])}")
    equal(read(world, "proc bond0"), {"bond": "bond0", "text": world.ctl("proc bond0")})
    need(world.ctl("--json show nope", 4).startswith("bondctl: there is no bond"), "no message")


def flags_are_checked(world):
    world.create(mode="active-backup")
    for arguments, what in (("create bond1 --json", "does not take --json"), ("list --wait", "does not take --wait"),
                            ("list --follow", "does not take --follow"), ("list --frobnicate", "--frobnicate")):
        need(what in world.ctl(arguments, 2), arguments)
    for command in re.findall(r"^  ([a-z]+) ", world.ctl("--help"), re.M):
        text = world.ctl(f"{command} --help")
        need("--session" in text and "--help" in text, text)
        if "--json" in text:
            need("does not take" not in world.ctl([command, "--json", "1", "2", "3"], 2), command)


# --- Waiting ---


def wait_is_over_when_it_is_so(world):
    world.ctl("create bond0 mode=active-backup miimon=100 updelay=400 up=on --wait")
    equal(read(world, "show")[0]["up"], True)
    world.ctl("add eth0 bond0 --wait=60")
    equal(read(world, "show")[0]["ports"][0]["link"], "up")
    # Only a second port has to wait for updelay.
    world.network.cut(1)
    world.ctl("add eth1 bond0")
    waiting = world.server.start([lab.BONDCTL, "set", "eth1", "prio=5", "--wait=60s"])
    try:
        waiting.wait(0.3)
        raise lab.Failure(f"it did not wait: {waiting.stdout.read()}")
    except subprocess.TimeoutExpired:
        pass
    world.network.mend(1)
    equal(waiting.wait(60), 0)
    equal(read(world, "show")[0]["ports"][1]["link"], "up")
    world.ctl("activate eth1 --wait")
    equal(read(world, "show")[0]["active_port"], "eth1")
    world.ctl("set bond0 miimon=50 -w")
    equal(read(world, "show")[0]["miimon"], 50)


def wait_ends_in_time(world):
    world.ctl("create bond0 mode=active-backup miimon=100 up=1")
    world.network.cut(0)
    start = time.monotonic()
    # Far from the time that it waits unless it is told one.
    text = world.ctl("add eth0 bond0 --wait=300ms", 6)
    need("eth0: its link is down" in text, text)
    text = world.ctl("set bond0 miimon=50 --wait=0.1", 6)
    need("bond0: it has no carrier" in text, text)
    need(0.3 < time.monotonic() - start < LIMIT, "the time is not right")
    equal(read(world, "show")[0]["miimon"], 50)
    need("takes a time" in world.ctl("add eth1 bond0 --wait=soon", 2), "no message")
    equal(len(read(world, "show")[0]["ports"]), 1)
    world.ctl("add eth0 bond0 --wait=9", 1)


# --- LACP ---


def lacp_shows_both_ends(world):
    equal(read(world, "lacp"), [])
    partner = lab.Partner(world.network.switch, world.network.far_ends, "mode=802.3ad miimon=100")
    try:
        world.ctl("create bond0 mode=802.3ad miimon=100 lacp_rate=fast up=1")
        world.ctl("create bond1 mode=active-backup")
        world.ctl("add eth0 bond0")
        world.ctl("add eth1 bond0 --wait")
        lab.wait_for(lambda: lab.lacp_works(world.daemon.proc()), "both ports")
        bond, = read(world, "lacp")
        text = world.ctl("lacp bond0")
        need(text.startswith(f"bond0: aggregator {bond['lacp']['aggregator_id']} with 2 ports carries the traffic\n"), text)
        for part, port in zip(text.split("\n  eth")[1:], bond["ports"], strict=True):
            lacp = port["lacp"]
            lines = part.splitlines()
            equal("eth" + lines[0], f"{port['name']}: {lacp['verdict']}")
            table = {row[0]: row[1:] for row in rows("\n".join(lines[2:]))}
            for label, keys in (("Key", "{}_key"), ("System", "{}_system_priority {}_system"),
                                ("Port", "{}_port_priority {}_port")):
                equal(table[label], [", ".join(str(lacp[k.format(end)]) for k in keys.split()) for end in
                                     ("actor", "partner")], label)
            equal(table["State"], [f"0x{lacp[e + '_state']:02x}" for e in ("actor", "partner")])
            # Each end tells the other how often it wants to hear of it.
            equal(table["Wants to be told"], ["every second", "every 30 seconds"])
            equal(table["Sends"], ["yes", "yes"])
        need("does not speak LACP" in world.ctl("lacp bond1", 1), "no message")
        world.ctl("lacp nope", 4)
    finally:
        partner.stop()


# --- What would be ---


FLOW = "src=192.0.2.1 dst=192.0.2.2 proto=udp sport=4000 dport=53"
FRAME = (bytes.fromhex("ffffffffffff" "020000000001" "0800" "4500001c0000400040110000")
         + socket.inet_aton("192.0.2.1") + socket.inet_aton("192.0.2.2") + struct.pack("!HHHH", 4000, 53, 8, 0))


def explain_by_fields_and_frames(world):
    bond_of_two(world, mode="balance-xor", xmit_hash_policy="layer3+4")
    said = read(world, f"explain bond0 {FLOW}")
    equal((said["mode"], said["policy"], said["slots"], said["candidates"]),
          ("balance-xor", "layer3+4", 2, ["eth0", "eth1"]))
    equal(said["port"], said["candidates"][said["hash"] % 2])
    equal(said["fields"]["source_port"], 4000)
    text = world.ctl(f"explain bond0 {FLOW}")
    need(text.startswith(f"{said['port']}: {said['reason']}\n") and f"{said['hash']} of {said['hash_input']}" in text, text)
    # The same frame in each of the forms that people have.
    plain = FRAME.hex()
    spaced = FRAME.hex(" ", 2)
    lines = [spaced[i:i + 40].strip() for i in range(0, len(spaced), 40)]
    xxd = "\n".join(f"{i * 16:08x}: {line:39}  .….." for i, line in enumerate(lines))
    tcpdump = "\n".join(f"\t0x{i * 16:04x}:  {line}" for i, line in enumerate(lines))
    for words, text in (([plain], ""), (spaced.split(), ""), ([FRAME.hex(":")], ""), (["-"], plain), (["-"], xxd),
                        (["-"], tcpdump + "\n")):
        done = world.server.run([lab.BONDCTL, "--json", "explain", "bond0", *words], check=False, input=text)
        equal(done.returncode, 0, f"{words} {text} {done.stdout}")
        seen = json.loads(done.stdout)
        equal({k: seen[k] for k in ("port", "hash", "slot")}, {k: said[k] for k in ("port", "hash", "slot")}, done.stdout)
    other = {"eth0": "eth1", "eth1": "eth0"}[said["port"]]
    equal(read(world, f"explain bond0 {FLOW} --down {said['port']}")["ports"], [other])
    equal(read(world, f"explain bond0 {FLOW} --down=eth0 -d eth1")["port"], "")
    need(world.ctl(f"explain bond0 {FLOW} --down=eth0 --down=eth1").startswith("no port: "), "no reason")
    for words, code in (("explain bond0 src=x", 1), ("explain bond0 sport=70000", 2), ("explain bond0 xyz", 2),
                        ("explain bond0 abc", 2), ("explain bond0 what=1", 2), ("explain nope", 4), ("explain", 2),
                        ("explain bond0 --down=eth9", 4)):
        equal(world.ctl(words, code).count("\n"), 1, words)


def dry_run_changes_nothing(world):
    bond_of_two(world, mode="balance-xor", xmit_hash_policy="layer3+4")
    before = read(world, "show")[0]
    text = world.ctl("set bond0 xmit_hash_policy=layer2 miimon=50 --dry-run")
    said = read(world, "set bond0 xmit_hash_policy=layer2 miimon=50 --dry-run")
    equal(said["possible"], True)
    equal([effect["text"] for effect in said["effects"]], text.splitlines())
    need({("option", "miimon", "100", "50"), ("option", "xmit_hash_policy", "layer3+4", "layer2")} <=
         {(e["kind"], e["subject"], e["old"], e["new"]) for e in said["effects"]}, text)
    need("flows" in {e["kind"] for e in said["effects"]}, text)
    after = read(world, "show")[0]
    equal({k: after[k] for k in ("miimon", "xmit_hash_policy")}, {k: before[k] for k in ("miimon", "xmit_hash_policy")})
    need("all is so already" in world.ctl("set bond0 miimon=100 -n"), "no sentence")
    # What is refused is refused as the change itself is.
    for words in ("mode=balance-rr", "miimon=x", "nope=1", "primary=eth0"):
        done = world.daemon.ctl(f"set bond0 {words}", check=False)
        equal(world.ctl(f"set bond0 {words} --dry-run", done.returncode), done.stdout)
        refused = read(world, f"set bond0 {words} --dry-run", done.returncode)
        equal((refused["possible"], refused["effects"]), (False, []))
        need(refused["error"].startswith("org.example.Bond.Error.") and refused["message"] in done.stdout, refused)
    world.ctl("set eth0 prio=1 --dry-run", 2)
    world.ctl("set bond0 miimon=50 --json", 2)


# --- Rates ---


def are_true(rates):
    """Whether these are the rates of a ping a hundred times a second, 98 bytes each: a busy machine sends fewer."""
    return all(60 < rates[port][f"{way}_packets_per_second"] < 140
               and 98 * 8 * 60 < rates[port][f"{way}_bits_per_second"] < 98 * 8 * 140
               for port in ("", "eth0") for way in ("tx", "rx"))


def top_measures(world):
    bond_of_two(world)
    world.server.ip(f"addr add {world.network.SERVER}/24 dev bond0")
    ping = lab.Ping(world.server, world.network.CLIENT, interval=0.01)
    try:
        lab.wait_for(lambda: read(world, "show")[0]["rx_packets"] > 5, "answers")
        rates = {}

        def measured():
            rates.update({r["port"]: r for r in read(world, "top --once --interval=500ms")})
            return are_true(rates)

        try:
            lab.wait_for(measured, "the rates of the ping")
        except lab.Failure as failure:
            raise lab.Failure(f"{failure}: {rates}") from None
        table = rows(world.ctl("top --interval=0.2"))
    finally:
        ping.finish()
    equal([rates[p]["speed_bits_per_second"] for p in ("", "eth0", "eth1")], [1e10, 1e10, 1e10])
    equal(rates["eth1"]["tx_packets_per_second"], 0)
    equal([row[0] for row in table], ["NAME", "bond0", "eth0", "eth1"])


def top_owns_the_screen(world):
    bond_of_two(world)
    pid, terminal = pty.fork()
    if pid == 0:
        argv = world.server.argv(["env", "TERM=xterm", lab.BONDCTL, "top", "--interval=100ms"])
        os.execvp(argv[0], argv)
    seen = b""

    def see(mark):
        nonlocal seen
        if select.select([terminal], [], [], 0.2)[0]:
            seen += os.read(terminal, 65536)
        return mark in seen

    before = termios.tcgetattr(terminal)
    lab.wait_for(lambda: see(b"\x1b[?1049h"), "the alternate screen")
    lab.wait_for(lambda: see(b"bond0"), "a page")
    need(termios.tcgetattr(terminal)[3] & termios.ECHO == 0, "keys are echoed")
    fcntl.ioctl(terminal, termios.TIOCSWINSZ, struct.pack("HHHH", 3, 20, 0, 0))
    seen = b""

    def last_page():
        """The last whole one."""
        return [re.sub(rb"\x1b\[\S*?[A-Za-z]", b"", line) for line in seen.split(b"\x1b[H")[-2].split(b"\r\n")]

    def is_small():
        return (see(b"\x1b[J") and seen.count(b"\x1b[H") > 1
                and len(last_page()) == 3 and all(len(line) <= 20 for line in last_page()))

    try:
        lab.wait_for(is_small, "a smaller page")
    except lab.Failure as failure:
        raise lab.Failure(f"{failure}: {seen[-500:]}") from None
    os.write(terminal, b"q")
    lab.wait_for(lambda: see(b"\x1b[?1049l"), "the end")
    equal(os.waitstatus_to_exitcode(os.waitpid(pid, 0)[1]), 0)
    equal(termios.tcgetattr(terminal)[3], before[3])
    os.close(terminal)


# --- Completion ---


COMPLETED = "/run/completed"
SHELLS = {
    "bash": (["bash", "--norc", "--noprofile", "-i"],
             f"source {lab.SOURCE}/data/completions/bondctl; bind -x '\"\\C-t\": printf %s \"$READLINE_LINE\" >{COMPLETED}'"),
    "zsh": (["zsh", "-f", "-i"],
            f"fpath=({lab.SOURCE}/data/completions $fpath); autoload -U compinit; compinit -u -D; "
            f"tell() {{ print -rn -- $BUFFER >{COMPLETED} }}; zle -N tell; bindkey '^T' tell"),
}


class Shell:
    """An interactive shell on a terminal of its own, with the completions that are installed for it."""

    def __init__(self, world, name):
        argv, setup = SHELLS[name]
        self.pid, self.terminal = pty.fork()
        if self.pid == 0:
            path = f"{lab.BONDCTL.parent}:{os.environ['PATH']}"
            argv = world.server.argv(["env", "TERM=xterm", "LC_ALL=C.UTF-8", f"PATH={path}", *argv])
            os.execvp(argv[0], argv)
        self.type(f"{setup}; echo re''ady\n")
        lab.wait_for(lambda: b"ready" in self.read(), name)

    def read(self):
        return os.read(self.terminal, 65536) if select.select([self.terminal], [], [], 0.01)[0] else b""

    def type(self, text):
        os.write(self.terminal, text.encode())

    def complete(self, line):
        """What the line is after a tab; the line is thrown away."""
        pathlib.Path(COMPLETED).unlink(missing_ok=True)
        self.type(line + "\t\x14")

        def written():
            self.read()
            return os.path.exists(COMPLETED) and pathlib.Path(COMPLETED).read_text(encoding="utf-8")
        text = lab.wait_for(written, f"the completion of {line}")
        self.type("\x15")
        return text

    def stop(self):
        os.close(self.terminal)
        os.waitpid(self.pid, 0)


COMPLETIONS = (
    ("bondctl sho", "bondctl show "),
    ("bondctl show bo", "bondctl show bond0 "),
    ("bondctl delete --js", "bondctl delete --js"),
    ("bondctl show --js", "bondctl show --json "),
    ("bondctl history --lim", "bondctl history --limit="),
    ("bondctl remove eth0", "bondctl remove eth0 "),
    ("bondctl add et", "bondctl add eth2 "),
    ("bondctl add eth2 bo", "bondctl add eth2 bond0 "),
    ("bondctl set bond0 xmit_h", "bondctl set bond0 xmit_hash_policy="),
    ("bondctl set bond0 xmit_hash_policy=layer3", "bondctl set bond0 xmit_hash_policy=layer3+4 "),
    ("bondctl set bond0 lacp_r", "bondctl set bond0 lacp_r"),
    ("bondctl set eth1 pri", "bondctl set eth1 prio="),
    ("bondctl set bond0 primary=eth1", "bondctl set bond0 primary=eth1 "),
    ("bondctl create bond1 mode=802.3ad lacp_r", "bondctl create bond1 mode=802.3ad lacp_rate="),
    ("bondctl create bond1 host=v", "bondctl create bond1 host=veth "),
    ("bondctl check /roo", "bondctl check /root/"),
    ("bondctl delete /roo", "bondctl delete /roo"),
    ("bondctl metrics --output=/roo", "bondctl metrics --output=/root/"),
    ("bondctl options arp_ip", "bondctl options arp_ip_target "),
)


def completes(world, name):
    bond_of_two(world)
    shell = Shell(world, name)
    try:
        for line, wanted in COMPLETIONS:
            equal(shell.complete(line), wanted, name)
    finally:
        shell.stop()


def bash_completes(world):
    completes(world, "bash")


def zsh_completes(world):
    completes(world, "zsh")


def completion_knows_values(world):
    def answers(line):
        return [row.split("\t")[0] for row in world.ctl(["__complete", "--", *line.split(" ")]).splitlines()]

    bond_of_two(world)
    world.ctl("set bond0 miimon=70")
    commands = re.findall(r"^  ([a-z]+) ", world.ctl("--help"), re.M)
    equal(answers(""), commands)
    options = {option["name"]: option for option in read(world, "options")}
    for name, option in options.items():
        if option["type"] == "enum" and "active-backup" in option["modes"] and not option["port"]:
            equal(answers(f"set bond0 {name}="), [f"{name}={value}" for value in option["values"]])
    equal(sorted(answers("set bond0 miimon=")), ["miimon=0", "miimon=70"])
    equal(answers("remove "), ["eth0", "eth1"])
    equal(answers("top x "), [])
    equal(answers("options "), list(options))
    equal(world.daemon.stop(), 0)
    equal([line for line in world.ctl(["__complete", "--", "show", ""]).splitlines() if "\t" in line], [])


# --- Defaults ---


def defaults_are_read_from_a_file(world):
    equal(world.daemon.stop(), 0)
    conf = pathlib.Path("/etc/bondd.conf")
    conf.write_text("[defaults]\nhost=veth\nqueues=many\n", encoding="utf-8")
    daemon = lab.Daemon(world.server, log="/run/bondd.second.log")
    try:
        world.ctl("create bond0")
        world.ctl("create bond1 host=tap queues=2")
        equal([(b["host_kind"], b["queues"]) for b in read(world, "show")], [("veth", 1), ("tap", 2)])
        need("/etc/bondd.conf:3: option queues does not take" in daemon.log_text(), daemon.log_text())
    finally:
        for bond in ("bond0", "bond1"):
            world.daemon.ctl(f"delete {bond}", check=False)
        equal(daemon.stop(), 0)
        conf.unlink()


# --- Metrics ---


def metrics_are_openmetrics(world):
    bond_of_two(world, xmit_hash_policy="layer3+4")
    families = openmetrics.parse(world.ctl("metrics"))
    bond, = read(world, "show")
    samples = {name: family["samples"] for name, family in families.items()}
    of_bond = (("bond", "bond0"),)
    equal(samples["bondd_up"], {(): 1})
    equal(samples["bondd_bond_mode"], {(("bond", "bond0"), ("mode", "active-backup")): 1})
    equal(samples["bondd_bond_active_port"], {(("bond", "bond0"), ("port", "eth0")): 1})
    equal(samples["bondd_bond_ports_up"], {of_bond: 2})
    equal(samples["bondd_bond_mtu_bytes"], {of_bond: bond["mtu"]})
    need(abs(samples["bondd_bond_last_failover_timestamp_seconds"][of_bond] - time.time()) < 60, "not the time of day")
    equal(samples["bondd_port_speed_bytes"][(("bond", "bond0"), ("port", "eth1"))], 10000 * 125000)
    causes = {dict(labels)["cause"] for labels in samples["bondd_bond_drop_packets"]}
    equal(causes, set(bond["drops"]))
    equal(samples["bondd_port_lacp_forwarding"], {})
    for name, family in families.items():
        need(family["type"] == "gauge" or name.rsplit("_", 1)[-1] != "ratio", name)
    before = samples["bondd_bond_transmit_packets"][of_bond]
    world.server.ip("addr add 10.9.0.1/24 dev bond0")
    world.server.run("ping -c 3 -i 0.01 -W 0.1 10.9.0.2", check=False)
    lab.wait_for(lambda: openmetrics.parse(world.ctl("metrics"))["bondd_bond_transmit_packets"]["samples"][of_bond] >
                 before, f"more than {before} frames to be sent")


def metrics_escape_labels(world):
    name = 'b\\"x'
    world.create(name.replace("\\", "\\\\"))
    families = openmetrics.parse(world.ctl("metrics"))
    need((("bond", name),) in families["bondd_bond_up"]["samples"], families["bondd_bond_up"])


def metrics_file_is_replaced(world):
    path = pathlib.Path("/run/textfile/bondd.prom")
    path.parent.mkdir(exist_ok=True)
    path.write_text("old", encoding="utf-8")
    inode = path.stat().st_ino
    world.create()
    equal(world.ctl(f"metrics --output={path}"), "")
    need(path.stat().st_ino != inode and path.stat().st_mode & 0o777 == 0o644, "it was written in place")
    need("bondd_bond_up" in openmetrics.parse(path.read_text(encoding="utf-8")), "no bond in it")
    equal([p.name for p in path.parent.iterdir()], [path.name])
    need("No such file" in world.ctl("metrics --output=/nonexistent/x.prom", 1), "no message")
    equal(world.daemon.stop(), 0)
    world.ctl(f"metrics --output={path}", 3)
    equal(openmetrics.parse(path.read_text(encoding="utf-8"))["bondd_up"]["samples"], {(): 0})


# --- What happened ---


EVENTS = {"bond-created", "port-added", "port-link", "active-port", "carrier", "failover"}


def monitor_in_json(world):
    out = Printed(world, "--json")
    bond_of_two(world)
    world.network.cut(0)

    def told():
        return [json.loads(line) for line in out.lines()]

    try:
        lab.wait_for(lambda: EVENTS <= {e["event"] for e in told()}, f"{EVENTS}")
    except lab.Failure as failure:
        raise lab.Failure(f"{failure}\n{out.text()}") from None
    out.stop()
    equal(out.process.returncode, 0)
    events = told()
    need(all(e["bond"] == "bond0" and e["text"] and abs(e["wall"] / 1e6 - time.time()) < 60 for e in events), events)
    # The history has the same events with the same keys, and a number each.
    history = {(e["event"], e["time"], e["option"]): e for e in read(world, "history bond0 --limit 0")}
    for event in events:
        if event["event"] not in ("bond-created", "lacp-state"):
            kept = history[(event["event"], event["time"], event.get("option", ""))]
            keys = set(event) - {"text", "wall"}
            equal({key: event[key] for key in keys}, {key: kept[key] for key in keys})
            need(kept["text"].startswith(event["text"]), f"{event['text']} / {kept['text']}")


def history_tells_why_and_how_long(world):
    bond_of_two(world)
    world.ctl("create bond1")
    world.network.cut(0)
    lab.wait_for(lambda: read(world, "list")[0]["active_port"] == "eth1", "the failover")
    time.sleep(0.5)
    world.network.mend(0)
    lab.wait_for(lambda: read(world, "list")[0]["ports"][0]["link"] == "up", "the link")
    # It is told when a frame has left by eth1, within a second.
    lab.wait_for(lambda: "failover to eth1 done" in world.ctl("history bond0"), "the end of the failover")
    text = world.ctl("history bond0")
    for line in (r"the link of eth0 is down \(carrier\)", r"eth1 is active instead of eth0 \(carrier\)",
                 r"the link of eth0 is up \(carrier\), after (\d{3}\.\d ms|\d+\.\d s) without"):
        need(re.search(rf"^\d{{4}}-\d\d-\d\d \d\d:\d\d:\d\d\.\d{{6}} bond0: {line}$", text, re.M), f"no {line} in\n{text}")
    events = read(world, "history")
    # A failover is over, and told, some time after it was seen.
    times = [event["time"] for event in events if event["event"] != "failover"]
    need(all(a < b + 1e9 for a, b in zip(times, times[1:])), "not in the order of time")
    serials = [e["serial"] for e in events if e["bond"] == "bond0"]
    equal(serials, list(range(1, len(serials) + 1)))
    back = [e for e in events if "down_for" in e and e["port"] == "eth0"][-1]
    need(0.4e9 < back["down_for"] < 60e9, back)
    equal(read(world, "history --limit=2"), events[-2:])
    equal(text.splitlines()[-2:], world.ctl("history bond0 -l 2").splitlines())
    equal(read(world, "history --since=1h"), events)
    equal(read(world, "history --since=0"), [])
    equal(read(world, "history bond1"), [e for e in events if e["bond"] == "bond1"])
    need("no bond" in world.ctl("history nope", 4), "no message")
    need("takes a number" in world.ctl("history --limit=x", 2), "no message")


def history_is_followed(world):
    bond_of_two(world)
    out = world.server.start([lab.BONDCTL, "history", "bond0", "--follow", "--json", "--limit=1"])
    first = json.loads(out.stdout.readline())
    world.ctl("set bond0 miimon=50")
    # What came before it may be told after it was seen, as the end of a failover is.
    events = [first]
    while events[-1]["event"] != "option":
        events.append(json.loads(out.stdout.readline()))
    equal([events[-1][key] for key in ("option", "old", "new")], ["miimon", "100", "50"])
    equal([e["serial"] for e in events], list(range(first["serial"], first["serial"] + len(events))))
    need(len(events) > 1, "the option was there before it was set")
    equal(world.daemon.stop(), 0)
    need("not running" in out.communicate(timeout=LIMIT)[0], "no message")
    equal(out.returncode, 3)


def node_exporter_reads_the_file(world):
    """Its textfile collector, whose parser is not one of OpenMetrics."""
    bond_of_two(world)
    directory = pathlib.Path("/run/textfile")
    directory.mkdir(exist_ok=True)
    world.ctl(f"metrics --output={directory}/bondd.prom")
    families = openmetrics.parse((directory / "bondd.prom").read_text(encoding="utf-8"))
    exporter = world.server.start([EXPORTER, "--collector.disable-defaults", "--collector.textfile",
                                   f"--collector.textfile.directory={directory}", "--web.listen-address=127.0.0.1:9100",
                                   "--log.level=error"])

    def scraped():
        done = world.server.run(["python3", "-c", "import urllib.request as u; "
                                 "print(u.urlopen('http://127.0.0.1:9100/metrics').read().decode())"], check=False)
        return done.stdout if done.returncode == 0 else ""

    try:
        text = lab.wait_for(scraped, "node_exporter")
    finally:
        lab.stop(exporter)
    need("node_textfile_scrape_error 0\n" in text, text)
    seen = dict(re.findall(r"^(bondd_\w+(?:\{.*\})?) (\S+)$", text, re.M))
    wanted = 0
    for name, family in families.items():
        for labels, value in family["samples"].items():
            told = ",".join(f'{key}="{text}"' for key, text in labels)
            sample = f"{name}{openmetrics.TYPES[family['type']]}{'{' + told + '}' if told else ''}"
            equal(float(seen[sample]), value, sample)
            wanted += 1
    equal(len(seen), wanted)
    need(wanted > 40, seen)


CASES = (json_says_what_the_tables_say, flags_are_checked, wait_is_over_when_it_is_so, wait_ends_in_time,
         monitor_in_json, history_tells_why_and_how_long, history_is_followed, explain_by_fields_and_frames, dry_run_changes_nothing, top_measures, top_owns_the_screen, completion_knows_values, bash_completes,
         zsh_completes, defaults_are_read_from_a_file, metrics_are_openmetrics, metrics_escape_labels, metrics_file_is_replaced,
         node_exporter_reads_the_file)
WITH_PARTNER = (lacp_shows_both_ends,)


def main():
    cases = tap.Cases()
    if "--list" not in sys.argv:
        lab.enter()
    for function in CASES:
        ports = 3 if function.__name__.endswith("_completes") else 2
        cases.add(function.__name__.replace("_", "-"), case(function, ports))
    for function in WITH_PARTNER:
        cases.add(function.__name__.replace("_", "-"), case(function, far="partner"))
    return cases.main()


sys.exit(main())
