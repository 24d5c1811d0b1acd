"""Deleted chats, and answers that nobody may repeat any more, are dropped for good while db-api runs."""

import asyncio
import logging
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, suppress
from datetime import timedelta

from sqlalchemy.exc import SQLAlchemyError

from db_api.errors import DatabaseUnavailable
from db_api.repositories import deletion, idempotency_keys
from db_api.transactions import Transactions

LONGEST_PAUSE_SECONDS = 60.0

logger = logging.getLogger(__name__)


@asynccontextmanager
async def purging(transactions: Transactions, kept_seconds: float) -> AsyncIterator[None]:
    """Purges again and again for the length of the block; any number of processes may."""
    task = asyncio.create_task(_purge_for_ever(transactions, kept_seconds))
    try:
        yield
    finally:
        task.cancel()
        with suppress(asyncio.CancelledError):
            await task


async def _purge_for_ever(transactions: Transactions, kept_seconds: float) -> None:
    while True:
        try:
            await transactions.run(deletion.purge, timedelta(seconds=kept_seconds))
            await transactions.run(idempotency_keys.purge)
        except (SQLAlchemyError, DatabaseUnavailable):
            logger.info("the database is away or not migrated; what has expired is dropped when it is back")
        await asyncio.sleep(min(kept_seconds, LONGEST_PAUSE_SECONDS))
