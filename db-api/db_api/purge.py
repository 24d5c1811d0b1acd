"""Remove for good what is deleted, expired or unused, periodically while db-api runs."""

import asyncio
import logging
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager, suppress
from datetime import timedelta

from sqlalchemy import text
from sqlalchemy.exc import SQLAlchemyError
from sqlalchemy.orm import Session

from db_api.database.transactions import Transactions
from db_api.errors import DatabaseUnavailable
from db_api.repositories import deletion, idempotency_keys, sessions, usage

LONGEST_PAUSE_SECONDS = 60.0
BATCH = 1_000
MOST_BATCHES = 100
"""Of each kind in a row; the rest follows after the pause."""

# An arbitrary number that nothing else in this database uses.
ADVISORY_LOCK = 7_275_540
_LOCK = text("SELECT pg_try_advisory_xact_lock(:lock), set_config('statement_timeout', '60s', true)")

Batch = Callable[[Session], int]
"""Removes some rows and returns their number."""

logger = logging.getLogger(__name__)


@asynccontextmanager
async def purging(transactions: Transactions, chats_kept: timedelta, guests_kept: timedelta) -> AsyncIterator[None]:
    """Purge periodically while the block runs; with any number of processes, one at a time does."""
    batches = _batches(chats_kept, guests_kept)
    task = asyncio.create_task(_purge_forever(transactions, batches, chats_kept.total_seconds()))
    try:
        yield
    finally:
        task.cancel()
        with suppress(asyncio.CancelledError):
            await task


def _batches(chats_kept: timedelta, guests_kept: timedelta) -> list[Batch]:
    return [
        lambda database: deletion.purge(database, chats_kept),
        lambda database: idempotency_keys.purge(database, BATCH),
        lambda database: sessions.purge(database, BATCH),
        lambda database: usage.purge(database, BATCH),
        lambda database: sessions.purge_guests(database, guests_kept, BATCH),
    ]


async def _purge_forever(transactions: Transactions, batches: list[Batch], longest_pause: float) -> None:
    while True:
        try:
            for batch in batches:
                await _purge(transactions, batch)
        except (SQLAlchemyError, DatabaseUnavailable):
            logger.info("The database is unavailable or not migrated; trying again later to purge what has expired")
        await asyncio.sleep(min(longest_pause, LONGEST_PAUSE_SECONDS))


async def _purge(transactions: Transactions, batch: Batch) -> None:
    for _ in range(MOST_BATCHES):
        if not await transactions.run(_run_alone, batch):
            return


def _run_alone(database: Session, batch: Batch) -> int:
    """Run the batch unless another process is purging, in which case nothing is left to do here."""
    is_alone = database.execute(_LOCK, {"lock": ADVISORY_LOCK}).one()[0]
    return batch(database) if is_alone else 0
