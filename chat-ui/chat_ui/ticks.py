"""The clock that everything periodic in this process shares, so that an idle CPU core wakes once for all of it.

`make bench NAMES=streams` fails its budget when each stream keeps a clock of its own.
"""

import asyncio

TICK_SECONDS = 0.04
"""A page changes at most this often."""


async def next_tick(every: int = 1) -> None:
    """Sleep until the next tick whose number `every` divides: for about `every` ticks."""
    rest = every * TICK_SECONDS
    now = asyncio.get_running_loop().time()
    number = int(now / rest + 0.25 / every) + 1  # a timer may fire some milliseconds early
    await asyncio.sleep(number * rest - now)
