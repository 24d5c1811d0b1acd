"""A command on its own terminal: read what it shows, press keys."""

import codecs
import fcntl
import os
import pty
import struct
import subprocess
import sys
import termios
import time
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from select import select

CTRL_C, CTRL_D, ENTER = "\x03", "\x04", "\r"
DEADLINE_SECONDS = 30

BECOME_FOREGROUND = """
import fcntl, os, sys, termios
fcntl.ioctl(0, termios.TIOCSCTTY, 0)
os.execv(sys.argv[1], sys.argv[1:])
"""
"""Ctrl-C signals only the terminal's foreground process."""


class Terminal:
    def __init__(self, process: "subprocess.Popen[bytes]", master: int) -> None:
        self._process = process
        self._master = master
        self._decode = codecs.getincrementaldecoder("utf-8")().decode
        self._seen = 0
        self.shown = ""

    def press(self, keys: str) -> None:
        os.write(self._master, keys.encode())

    def wait_for(self, text: str) -> None:
        """Wait until this is shown, after the text of the previous wait."""
        deadline = time.monotonic() + DEADLINE_SECONDS
        while (at := self.shown.find(text, self._seen)) < 0:
            assert self._read(deadline), f"{text!r} is not shown: {self.shown[self._seen :]!r}"
        self._seen = at + len(text)

    def wait_for_end(self) -> int:
        """Wait for the end; return the exit code."""
        deadline = time.monotonic() + DEADLINE_SECONDS
        while self._read(deadline):
            pass
        return self._process.wait(timeout=DEADLINE_SECONDS)

    def _read(self, deadline: float) -> bool:
        """Read a piece; return False at the end of the output or at the deadline."""
        if not select([self._master], [], [], max(deadline - time.monotonic(), 0))[0]:
            return False
        try:
            piece = os.read(self._master, 65536)
        except OSError:  # Linux reports a closed terminal as EIO
            return False
        self.shown += self._decode(piece)
        return bool(piece)


@contextmanager
def on_terminal(command: list[str], environment: Mapping[str, str]) -> Iterator[Terminal]:
    master, slave = pty.openpty()
    fcntl.ioctl(slave, termios.TIOCSWINSZ, struct.pack("HHHH", 24, 80, 0, 0))  # lines and columns
    process = subprocess.Popen(
        [sys.executable, "-c", BECOME_FOREGROUND, *command],
        stdin=slave,
        stdout=slave,
        stderr=slave,
        env=dict(environment) | {"TERM": "xterm-256color"},
        start_new_session=True,
    )
    os.close(slave)
    try:
        yield Terminal(process, master)
    finally:
        process.kill()
        process.wait()
        os.close(master)
