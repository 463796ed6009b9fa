# SPDX-License-Identifier: LGPL-2.1-or-later
"""bondd under a service manager: one that speaks systemd's protocol for readiness, the watchdog and kept descriptors.

Supervised.start() runs bondd with what an earlier one has given away; kill() ends it as a crash would. A thread of its
own reads what bondd says and, if it is to, starts bondd anew the moment it has ended.
"""

import array
import os
import pathlib
import signal
import socket
import statistics
import subprocess
import threading
import time

import lab

FIRST_FD = 3
# The process that gets the descriptors is the one that they are for.
TRAMPOLINE = ["sh", "-c", 'LISTEN_PID=$$ WATCHDOG_PID=$$ exec "$@"', "sh"]


class Supervised(lab.Daemon):
    """bondd in a host; as lab.Daemon, but it can die and come back."""

    def __init__(self, host, arguments=(), log=None, bus=None, name="supervised", watchdog=0, keep=True):
        self.host, self.environment = host, bus.environment if bus else None
        self.log_path = log or f"/run/{name}.log"
        self.log = open(self.log_path, "a", encoding="utf-8")
        self.state_dir = f"/run/{name}.{time.monotonic_ns()}"
        self.arguments = [f"--state-dir={self.state_dir}", *arguments]
        self.watchdog, self.keep = watchdog, keep
        self.store, self.said, self.ready_at = {}, [], []
        self.ended_at, self.child, self.status, self.restart = None, 0, None, False
        self.changed = threading.Condition()
        self.path = f"/run/{name}.notify.{time.monotonic_ns()}"
        self.socket = socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM)
        self.socket.bind(self.path)
        self.listener = threading.Thread(target=self._listen, daemon=True)
        self.listener.start()
        self.start()

    # --- What bondd says ---

    def _listen(self):
        while True:
            data, ancillary, _, _ = self.socket.recvmsg(4096, socket.CMSG_SPACE(64))
            if not data:
                return
            fds = array.array("i")
            for level, kind, payload in ancillary:
                if (level, kind) == (socket.SOL_SOCKET, socket.SCM_RIGHTS):
                    fds.frombytes(payload[:len(payload) - len(payload) % fds.itemsize])
            with self.changed:
                self._hear(dict(line.split("=", 1) for line in data.decode().splitlines() if "=" in line), list(fds))
                self.changed.notify_all()

    def _end_listener(self):
        """Were its socket just closed, it would go on waiting, and at the next chance at whatever has its number then: at
        the socket of the next bondd, of whose words it took one."""
        with socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM) as last:
            last.sendto(b"", self.path)
        self.listener.join()
        self.socket.close()

    def _hear(self, message, fds):
        name = message.get("FDNAME", "stored")
        self.said.append((time.monotonic(), message))
        if message.get("READY") == "1":
            self.ready_at.append(time.monotonic())
        if "FDSTOREREMOVE" in message:
            self._forget(name)
        for fd in fds:
            # The same once more is nothing new.
            if self.keep and "FDSTORE" in message and name not in self.store:
                self.store[name] = fd
            else:
                os.close(fd)

    def _forget(self, name):
        fd = self.store.pop(name, None)
        if fd is not None:
            os.close(fd)

    def kept(self):
        with self.changed:
            return sorted(self.store)

    def last(self, key):
        """What it said last of this."""
        with self.changed:
            return next((m[key] for _, m in reversed(self.said) if key in m), None)

    def count(self, key):
        with self.changed:
            return sum(key in m for _, m in self.said)

    # --- Its life ---

    def _exec(self, names, fds):
        try:
            high = [os.dup2(fd, 200 + i) for i, fd in enumerate(fds)]
            for i, fd in enumerate(high):
                os.dup2(fd, FIRST_FD + i)
            os.closerange(FIRST_FD + len(fds), 1024)
            os.dup2(os.open(self.log_path, os.O_WRONLY | os.O_APPEND), 1)
            os.dup2(1, 2)
            environment = {**(self.environment or os.environ), "NOTIFY_SOCKET": self.path}
            if fds:
                environment |= {"LISTEN_FDS": str(len(fds)), "LISTEN_FDNAMES": ":".join(names)}
            if self.watchdog:
                environment["WATCHDOG_USEC"] = str(self.watchdog)
            argv = self.host.argv([*TRAMPOLINE, lab.BONDD, *self.arguments])
            os.execvpe(argv[0], argv, environment)
        finally:
            os._exit(127)

    def _spawn(self):
        with self.changed:
            names, fds = list(self.store), list(self.store.values())
        pid = os.fork()
        if pid == 0:
            self._exec(names, fds)
        self.child = pid
        threading.Thread(target=self._wait, args=(pid,), daemon=True).start()

    def _wait(self, pid):
        _, status = os.waitpid(pid, 0)
        with self.changed:
            self.ended_at, self.status = time.monotonic(), status
            again = self.restart
            if not again:
                self.child = 0
            self.changed.notify_all()
        if again:
            self._spawn()

    def start(self):
        """Starts it and waits until it is ready."""
        ready = len(self.ready_at)
        self.restart = True
        self._spawn()
        self.wait_ready(ready)

    def wait_ready(self, count, seconds=30):
        with self.changed:
            if not self.changed.wait_for(lambda: len(self.ready_at) > count, seconds):
                raise lab.Failure(f"bondd is not ready; child {self.child}, listener {self.listener.is_alive()}, "
                                  f"heard {self.said[-8:]}:\n{self.log_text()[-3000:]}")

    def end(self, number=signal.SIGTERM, seconds=30):
        """Ends it for good; its wait status."""
        self.restart = False
        if self.child:
            os.kill(self.child, number)
        with self.changed:
            if not self.changed.wait_for(lambda: not self.child, seconds):
                raise lab.Failure("bondd does not end")
            return self.status

    def crash(self, number=signal.SIGKILL):
        """Ends it; it is started anew at once. Returns when that one is ready, with the seconds it took from its start."""
        ready = len(self.ready_at)
        os.kill(self.child, number)
        self.wait_ready(ready)
        return self.ready_at[-1] - self.ended_at

    def own_delay(self, rounds=9):
        """ms that the manager itself takes to start a program: the same way, with one that ends at once."""
        took = []
        for _ in range(rounds):
            begin = time.monotonic()
            subprocess.run(self.host.argv([*TRAMPOLINE, "true"]), check=True)
            took.append((time.monotonic() - begin) * 1000)
        return statistics.median(took)

    def pid(self):
        return self.child

    def forget_all(self):
        """As systemd does when a service is stopped."""
        for name in self.kept():
            self._forget(name)

    def stop(self):
        code = self.end() if self.child else 0
        self.forget_all()
        self._end_listener()
        self.log.close()
        return code

    def log_text(self):
        return pathlib.Path(self.log_path).read_text(encoding="utf-8", errors="replace")
