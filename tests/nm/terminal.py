# SPDX-License-Identifier: LGPL-2.1-or-later
"""A terminal for one program: what it has drawn, and keys for it.

It knows of a VT100 what slang uses, which draws for newt. Keys are typed ahead: the program takes them one after the
other, so a test types, and waits for the screen that must come of it.
"""

import fcntl
import os
import pty
import re
import select
import struct
import subprocess
import termios

from world import need, wait_for

ROWS, COLUMNS = 60, 100
LIMIT = 30
TAB, ENTER, BACKSPACE = "\t", "\r", "\x7f"
STEPS = {"A": (-1, 0), "B": (1, 0), "C": (0, 1), "D": (0, -1)}
# Moves, clears, and what changes looks only.
TOKEN = re.compile(r"\x1b\[([\d;]*)([A-Za-z])|\x1b[()][A-Z0-9]|[\x00-\x1f]|[^\x00-\x1f]")
UNFINISHED = re.compile(r"\x1b(\[[\d;]*|[()])?$")


class Terminal:
    def __init__(self, *argv, env):
        self.master, slave = pty.openpty()
        fcntl.ioctl(slave, termios.TIOCSWINSZ, struct.pack("HHHH", ROWS, COLUMNS, 0, 0))
        self.process = subprocess.Popen(argv, stdin=slave, stdout=slave, stderr=slave, start_new_session=True,
                                        env={**env, "TERM": "vt100"})
        os.close(slave)
        self.cells = [[" "] * COLUMNS for _ in range(ROWS)]
        self.row = self.column = 0
        self.bytes = b""

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.process.kill()
        self.process.wait()
        os.close(self.master)

    # --- What the program says ---

    def _move(self, arguments, letter):
        numbers = [int(text or 1) for text in arguments.split(";")]
        down, right = STEPS.get(letter, (0, 0))
        self.row += down * numbers[0]
        self.column += right * numbers[0]
        if letter == "H":
            self.row, self.column = numbers[0] - 1, (numbers[1:] or [1])[0] - 1
        elif letter == "K":
            self.cells[self.row][self.column:] = [" "] * (COLUMNS - self.column)
        elif letter == "J":
            self.cells[self.row:] = [[" "] * COLUMNS for _ in range(ROWS - self.row)]

    def _put(self, character):
        if character == "\b":
            self.column -= 1
        elif character == "\r":
            self.column = 0
        elif character == "\n":
            self.row += 1
        elif character >= " ":
            self.cells[self.row][self.column] = character
            self.column += 1

    def _read(self):
        """All that has come until now."""
        while select.select([self.master], [], [], 0)[0]:
            try:
                self.bytes += os.read(self.master, 65536)
            except OSError:  # the program has ended
                break
        text = self.bytes.decode("utf-8", "ignore")
        rest = UNFINISHED.search(text)
        text = text[:rest.start()] if rest else text
        self.bytes = self.bytes[len(text.encode()):]
        for token in TOKEN.finditer(text):
            if token.group(2):
                self._move(token.group(1), token.group(2))
            elif len(token.group()) == 1:
                self._put(token.group())

    # --- For tests ---

    def lines(self):
        self._read()
        return ["".join(row).rstrip() for row in self.cells]

    def wait_text(self, pattern):
        wait_for(lambda: re.search(pattern, "\n".join(self.lines())), f"\"{pattern}\" on the screen", LIMIT)

    def wait_cursor_on(self, text):
        """The cursor stands where that text is."""
        def there():
            at = self.lines()[self.row].find(text)
            return 0 <= at <= self.column < at + len(text)
        wait_for(there, f"the cursor on \"{text}\"", LIMIT)

    def type(self, keys):
        os.write(self.master, keys.encode())

    def wait_end(self):
        def ended():
            self._read()
            return self.process.poll() is not None
        wait_for(ended, "the program to end", LIMIT)
        need(self.process.returncode == 0, f"exit status {self.process.returncode}\n" + "\n".join(self.lines()))
