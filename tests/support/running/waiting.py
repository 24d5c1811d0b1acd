"""Waiting for a condition, with a deadline: no test sleeps for a fixed time."""

import asyncio
import time
from collections.abc import Callable
from typing import Literal, TypeVar

POLL_SECONDS = 0.02
Value = TypeVar("Value")


def wait_until(
    condition: Callable[[], Value | Literal[False] | None],
    seconds: float = 20,
    what: Callable[[], str] = lambda: "it did not come true",
    poll_seconds: float = POLL_SECONDS,
) -> Value:
    """Return the condition's first true value.

    Args:
        what: describes the state when the time is up.
        poll_seconds: longer than the default where asking is expensive or rate-limited.

    Raises:
        AssertionError: it did not come true in this many seconds.
    """
    deadline = time.monotonic() + seconds
    while not (value := condition()):
        assert time.monotonic() < deadline, what()
        time.sleep(poll_seconds)
    return value


async def until(condition: Callable[[], object], seconds: float = 10) -> None:
    """Wait in an event loop for a state that no event announces.

    Raises:
        TimeoutError: it did not come true in this many seconds.
    """
    async with asyncio.timeout(seconds):
        while not condition():  # noqa: ASYNC110 - for states without an event
            await asyncio.sleep(0)
