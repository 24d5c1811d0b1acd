"""One log for all services: each line with its time and the name of its service, in that service's colour."""

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
    """honcho's printer, for many threads. (Its manager starts and stops all at once; our services have an order.)"""

    def __init__(self, output: TextIO, *, when_lost: Callable[[], None]) -> None:
        """`when_lost` is called when nobody reads the log any more: a closed terminal, an ended pager."""
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
        """Prints a line of the runner's own."""
        self.write(OWN_NAME, sentence)
