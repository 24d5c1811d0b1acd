"""Ends a process that makes no progress, so that its supervisor starts a new one.

Docker and systemd restart a process that ends, not one that merely fails its health check.
"""

import asyncio
import faulthandler
import logging
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager

STALLED_SECONDS = 30.0

logger = logging.getLogger(__name__)


@asynccontextmanager
async def watchdog(is_stuck: Callable[[], bool], seconds: float = STALLED_SECONDS) -> AsyncIterator[None]:
    """End the process if the event loop stands still, or `is_stuck` holds, for `seconds` during the block.

    The timer needs neither the event loop nor the interpreter's lock, so that a regular expression without end is
    ended too. The tracebacks of all threads go to standard error.
    """
    faulthandler.dump_traceback_later(seconds, exit=True)
    task = asyncio.create_task(_postpone(is_stuck, seconds))
    try:
        yield
    finally:
        task.cancel()
        faulthandler.cancel_dump_traceback_later()


async def _postpone(is_stuck: Callable[[], bool], seconds: float) -> None:
    was_stuck = False
    while True:
        stuck = is_stuck()
        if stuck and not was_stuck:
            logger.error("no progress: this process ends in %.0f s", seconds)
        if not stuck:
            faulthandler.dump_traceback_later(seconds, exit=True)
        was_stuck = stuck
        await asyncio.sleep(seconds / 30)
