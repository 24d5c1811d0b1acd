"""Waits that a request to stop ends at once."""

import queue

from parley_local.errors import StopRequested


class StopRequests:
    """Requests to stop.

    `SimpleQueue.put` is reentrant, so a signal handler may call `add`; `threading.Event.set` could deadlock there.
    """

    def __init__(self) -> None:
        self._queue: queue.SimpleQueue[None] = queue.SimpleQueue()

    def add(self) -> None:
        self._queue.put(None)

    def rest(self, seconds: float | None = None) -> None:
        """Wait for `seconds`, or forever.

        Raises:
            StopRequested: a stop was requested.
        """
        try:
            self._queue.get(timeout=seconds)
        except queue.Empty:
            return
        raise StopRequested
