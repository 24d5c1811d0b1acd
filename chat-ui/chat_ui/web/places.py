"""How many long answers one browser waits for at the same time.

Browsers open six connections to a server without HTTP/2. More tabs than that with replies in progress would use them
up, and then nothing else loads, not even the answer to Stop.
"""

from collections.abc import Callable, Iterator
from contextlib import contextmanager

MOST_STREAMS = 3
MOST_TITLES = 1
"""With the one prompt that is read ahead for a user, these leave a connection free."""


class Places:
    """Limits a browser's places of each kind; taking one too many ends the oldest answer."""

    def __init__(self) -> None:
        self._held: dict[tuple[str, str], list[Callable[[], None]]] = {}

    @contextmanager
    def hold(self, kind: str, session: str, most: int, end: Callable[[], None]) -> Iterator[None]:
        """Hold a place during the block. `end` is called when another answer takes it."""
        held = self._held.setdefault((kind, session), [])
        while len(held) >= most:
            held.pop(0)()
        held.append(end)
        try:
            yield
        finally:
            if end in held:
                held.remove(end)
            if not held:
                self._held.pop((kind, session), None)
