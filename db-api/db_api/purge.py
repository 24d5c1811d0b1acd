"""Remove deleted chats and expired idempotency keys for good, periodically while db-api runs."""

import asyncio
import logging
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, suppress
from datetime import timedelta

from sqlalchemy.exc import SQLAlchemyError

from db_api.database.transactions import Transactions
from db_api.errors import DatabaseUnavailable
from db_api.repositories import deletion, idempotency_keys

LONGEST_PAUSE_SECONDS = 60.0

logger = logging.getLogger(__name__)


@asynccontextmanager
async def purging(transactions: Transactions, kept_seconds: float) -> AsyncIterator[None]:
    """Purge periodically while the block runs; safe with any number of processes."""
    task = asyncio.create_task(_purge_forever(transactions, kept_seconds))
    try:
        yield
    finally:
        task.cancel()
        with suppress(asyncio.CancelledError):
            await task


async def _purge_forever(transactions: Transactions, kept_seconds: float) -> None:
    while True:
        try:
            await transactions.run(deletion.purge, timedelta(seconds=kept_seconds))
            await transactions.run(idempotency_keys.purge)
        except (SQLAlchemyError, DatabaseUnavailable):
            logger.info("The database is unavailable or not migrated; trying again later to purge what has expired")
        await asyncio.sleep(min(kept_seconds, LONGEST_PAUSE_SECONDS))
