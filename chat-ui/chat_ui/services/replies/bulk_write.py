"""Storing new text of all running replies in few calls, so that text of one that is refused holds up no other."""

import logging
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from uuid import UUID

from chat_ui.clients.database.replies import RepliesClient
from chat_ui.errors import DatabaseUnavailable, ParleyError
from chat_ui.models.replies import Chunk

BATCH_CHARS = 200_000
"""Text in one call; with six bytes a character it stays below db-api's limit for a request."""

BATCH_REPLIES = 1_000
"""Replies in one call, as db-api limits them."""

logger = logging.getLogger(__name__)


@dataclass
class BulkResult:
    lost: set[UUID] = field(default_factory=set)
    """Replies that this process no longer owns."""
    gaps: dict[UUID, int] = field(default_factory=dict)
    """Replies whose stored text is shorter than assumed, with its length in characters."""
    unstorable: set[UUID] = field(default_factory=set)
    """Replies whose chunk db-api refuses even alone."""


async def write_chunks(replies: RepliesClient, lease: UUID, chunks: Iterable[Chunk]) -> BulkResult:
    """Store the chunks and renew the leases.

    Raises:
        DatabaseUnavailable: some chunks may not be stored.
    """
    result = BulkResult()
    for batch in _batches(chunks):
        await _write_batch(replies, lease, batch, result)
    return result


async def _write_batch(replies: RepliesClient, lease: UUID, batch: Sequence[Chunk], result: BulkResult) -> None:
    try:
        refused = await replies.append(lease, batch)
    except DatabaseUnavailable:
        raise
    except (ParleyError, RuntimeError):
        if len(batch) == 1:
            logger.exception("db-api refuses text of reply %s", batch[0].reply_id)
            result.unstorable.add(batch[0].reply_id)
            return
        middle = len(batch) // 2
        await _write_batch(replies, lease, batch[:middle], result)
        await _write_batch(replies, lease, batch[middle:], result)
    else:
        result.lost |= refused.lost
        result.gaps |= {gap.reply_id: gap.length for gap in refused.gaps}


def _batches(chunks: Iterable[Chunk]) -> Iterator[list[Chunk]]:
    batch: list[Chunk] = []
    for chunk in chunks:
        if batch and (len(batch) == BATCH_REPLIES or sum(len(c.text) for c in (*batch, chunk)) > BATCH_CHARS):
            yield batch
            batch = []
        batch.append(chunk)
    if batch:
        yield batch
