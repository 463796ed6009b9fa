# SPDX-License-Identifier: LGPL-2.1-or-later
"""A D-Bus client that does what libraries do not let one do: send before it reads, say anything, be anybody."""

import os
import select
import socket
import struct
import time

import lab

CALL, RETURN, ERROR = 1, 2, 3
ALLOW_INTERACTION = 0x4
FIXED = {"y": "B", "b": "I", "n": "h", "q": "H", "i": "i", "u": "I", "x": "q", "t": "Q", "d": "d"}
TEXT = "sog"


def element(signature, at=0):
    """The end of the complete type that begins there."""
    if signature[at] == "a":
        return element(signature, at + 1)
    if signature[at] in "({":
        at += 1
        while signature[at] not in ")}":
            at = element(signature, at)
    return at + 1


def split(signature):
    """The complete types of a signature."""
    types, at = [], 0
    while at < len(signature):
        end = element(signature, at)
        types.append(signature[at:end])
        at = end
    return types


def alignment(kind):
    if kind in FIXED:
        return struct.calcsize(FIXED[kind])
    return {"v": 1, "g": 1, "s": 4, "o": 4, "a": 4}.get(kind, 8)


class Writer:
    """Values to bytes, by a signature; a variant is a pair of its signature and its value."""

    def __init__(self):
        self.data = bytearray()

    def pad(self, size):
        self.data += bytes(-len(self.data) % size)

    def put(self, signature, value):
        kind = signature[0]
        self.pad(alignment(kind))
        if kind in FIXED:
            self.data += struct.pack("<" + FIXED[kind], value)
        elif kind in TEXT:
            text = value.encode()
            self.data += struct.pack("<B" if kind == "g" else "<I", len(text)) + text + b"\0"
        elif kind == "v":
            self.put("g", value[0])
            self.put(value[0], value[1])
        elif kind == "a":
            self._array(signature[1:], value)
        else:
            for part, item in zip(split(signature[1:-1]), value):
                self.put(part, item)

    def _array(self, part, value):
        self.data += bytes(4)
        length_at = len(self.data) - 4
        self.pad(alignment(part[0]))
        start = len(self.data)
        if part == "y":
            self.data += bytes(value)
        else:
            for item in value.items() if isinstance(value, dict) else value:
                self.put(part, item)
        struct.pack_into("<I", self.data, length_at, len(self.data) - start)


class Reader:
    """Bytes to values, by a signature."""

    def __init__(self, data, at=0):
        self.data, self.at = data, at

    def get(self, signature):
        kind = signature[0]
        self.at += -self.at % alignment(kind)
        if kind in FIXED:
            return self._fixed(FIXED[kind])
        if kind in TEXT:
            size = self._fixed("B" if kind == "g" else "I")
            text = self.data[self.at:self.at + size].decode()
            self.at += size + 1
            return text
        if kind == "v":
            return self.get(self.get("g"))
        if kind == "a":
            return self._array(signature[1:])
        return tuple(self.get(part) for part in split(signature[1:-1]))

    def _fixed(self, code):
        value, = struct.unpack_from("<" + code, self.data, self.at)
        self.at += struct.calcsize(code)
        return value

    def _array(self, part):
        size = self._fixed("I")
        self.at += -self.at % alignment(part[0])
        end = self.at + size
        items = []
        while self.at < end:
            items.append(self.get(part))
        return dict(items) if part[0] == "{" else items


class Reply:
    """What came back: the error's name or None, and the values."""

    def __init__(self, serial, error, values):
        self.serial, self.error, self.values = serial, error, values

    def __repr__(self):
        return f"{self.error or 'return'} {self.values!r}"


class Client:
    """A connection to the lab's bus as any user."""

    def __init__(self, destination, uid=0):
        self.destination = destination
        self.serial = 0
        self.buffer = bytearray()
        self.replies = []
        self.socket = socket.socket(socket.AF_UNIX)
        # The bus believes the kernel, who believes the user that connects.
        os.seteuid(uid)
        try:
            self.socket.connect(lab.BUS_SOCKET)
        finally:
            os.seteuid(0)
        self.socket.sendall(b"\0AUTH EXTERNAL " + str(uid).encode().hex().encode() + b"\r\n")
        answer = self.socket.recv(200)
        if not answer.startswith(b"OK "):
            raise lab.Failure(f"the bus does not want us: {answer}")
        self.socket.sendall(b"BEGIN\r\n")
        hello = self.send("/org/freedesktop/DBus", "org.freedesktop.DBus", "Hello", destination="org.freedesktop.DBus")
        self.wait([hello])

    def close(self):
        self.socket.close()

    def send(self, path, interface, method, signature="", values=(), flags=0, destination=None):
        """Sends a call; its serial number."""
        self.serial += 1
        body = Writer()
        for part, value in zip(split(signature), values):
            body.put(part, value)
        fields = [(1, ("o", path)), (2, ("s", interface)), (3, ("s", method)),
                  (6, ("s", destination or self.destination))]
        if signature:
            fields.append((8, ("g", signature)))
        message = Writer()
        message.put("(yyyyuu)", (ord("l"), CALL, flags, 1, len(body.data), self.serial))
        message.put("a(yv)", fields)
        message.pad(8)
        self.socket.sendall(message.data + body.data)
        return self.serial

    def call(self, *args, seconds=60, **kwargs):
        """Sends a call and waits for its answer."""
        return self.wait([self.send(*args, **kwargs)], seconds)[0]

    def wait(self, serials, seconds=60):
        """The answers to these calls, in the order in which they came."""
        end = time.monotonic() + seconds
        wanted = set(serials)
        while not wanted <= {reply.serial for reply in self.replies}:
            left = end - time.monotonic()
            if left <= 0 or not select.select([self.socket], [], [], left)[0]:
                raise lab.Failure(f"{len(wanted)} calls, {len(self.replies)} answers in {seconds} s")
            data = self.socket.recv(1 << 16)
            if not data:
                raise lab.Failure("the bus hung up")
            self.buffer += data
            self._take_messages()
        found = [reply for reply in self.replies if reply.serial in wanted]
        self.replies = [reply for reply in self.replies if reply.serial not in wanted]
        return found

    def _take_messages(self):
        while len(self.buffer) >= 16:
            _, kind, _, _, body, _, fields = struct.unpack_from("<BBBBIII", self.buffer)
            start = 16 + fields + (-fields % 8)
            if len(self.buffer) < start + body:
                return
            if kind in (RETURN, ERROR):
                self._take_reply(bytes(self.buffer[:start + body]), start)
            del self.buffer[:start + body]

    def _take_reply(self, message, start):
        header = dict(Reader(message, 12).get("a(yv)"))
        reader = Reader(message[start:])
        values = [reader.get(part) for part in split(header.get(8, ""))]
        self.replies.append(Reply(header[5], header.get(4), values))
