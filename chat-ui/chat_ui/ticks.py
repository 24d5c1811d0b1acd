"""The moments at which everything that repeats in this process does its work, together.

Waking a processor that rests was 0.4 ms, several times what a streamed token takes. So all streams read, show and store
at the same beats: 16 of them woke it 400 times a second when each kept its own time, and 60 times at common ones.
"""

import asyncio

TICK_SECONDS = 0.04
"""As often a page changes at most."""


async def next_tick(every: int = 1) -> None:
    """Rests until the next beat whose number `every` divides: for about as many beats."""
    rest = every * TICK_SECONDS
    now = asyncio.get_running_loop().time()
    number = int(now / rest + 0.25 / every) + 1  # a timer may come some milliseconds early
    await asyncio.sleep(number * rest - now)
