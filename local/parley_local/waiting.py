"""Waiting that a request to stop ends at once."""

import queue

from parley_local.errors import StopRequested


class StopRequests:
    """May be written from a signal handler, where a threading.Event could wait for itself: SimpleQueue.put may."""

    def __init__(self) -> None:
        self._queue: queue.SimpleQueue[None] = queue.SimpleQueue()

    def add(self) -> None:
        self._queue.put(None)

    def rest(self, seconds: float | None = None) -> None:
        """Waits, without an argument for ever.

        Raises:
            StopRequested: as soon as there is a request.
        """
        try:
            self._queue.get(timeout=seconds)
        except queue.Empty:
            return
        raise StopRequested
