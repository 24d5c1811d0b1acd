"""One log for all services: each line has its time and its service's name and colour."""

import datetime
import os
import threading
from collections import defaultdict
from collections.abc import Callable
from typing import TextIO

from honcho.colour import get_colours  # type: ignore[import-untyped]
from honcho.printer import Message, Printer  # type: ignore[import-untyped]

OWN_NAME = "parley"
NAME_WIDTH = len("chat-ui")


class Log:
    """honcho's printer, made thread-safe. Its manager starts all services at once, while ours have an order."""

    def __init__(self, output: TextIO, *, when_lost: Callable[[], None]) -> None:
        """Create a log that calls `when_lost` if its output is closed, such as a terminal or a pager."""
        self._printer = Printer(output, width=NAME_WIDTH, colour="NO_COLOR" not in os.environ)
        self._when_lost = when_lost
        colours = get_colours()
        self._colours: defaultdict[str, str] = defaultdict(lambda: next(colours))
        self._lock = threading.Lock()

    def write(self, name: str, line: str | bytes) -> None:
        now = datetime.datetime.now().astimezone()
        with self._lock:
            message = Message(type="line", data=line, time=now, name=name, colour=self._colours[name])
            try:
                self._printer.write(message)
            except OSError:
                self._when_lost()

    def say(self, sentence: str) -> None:
        """Print a line in the runner's own name."""
        self.write(OWN_NAME, sentence)
