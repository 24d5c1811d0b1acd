"""The writers' side of replies, across users: database functions that check the lease."""

from uuid import UUID

from sqlalchemy import Connection, bindparam, text
from sqlalchemy.dialects.postgresql import ARRAY, JSONB
from sqlalchemy.orm import Session
from sqlalchemy.types import Integer, Text, Uuid

from db_api.errors import InvalidRequest, LeaseLost
from db_api.models import RUNNING
from db_api.repositories.replies import Lease, read_opened
from db_api.schemas.replies import ClaimedReply, Claims, Gap, ReplyChange, ReplyWrite, ReplyWritesRefused

_SET_USER = text("SELECT set_config('app.user_id', cast(:user_id AS text), true)")
_WRITE = text(
    "SELECT refused_id, length FROM write_replies(:lease_id, :lease, :reply_ids, :statuses, :positions, :texts)"
).bindparams(
    bindparam("reply_ids", type_=ARRAY(Uuid)),
    bindparam("statuses", type_=ARRAY(Text)),
    bindparam("positions", type_=ARRAY(Integer)),
    bindparam("texts", type_=ARRAY(Text)),
)
_OUTCOME = ", ".join(f"p_{name} => :{name}" for name in ReplyChange.model_fields)
_END = text(f"SELECT end_reply(:lease_id, :reply_id, {_OUTCOME})").bindparams(
    bindparam("timings", type_=JSONB(none_as_null=True))
)
_CLAIM = text("SELECT claimed_id, claimed_chat_id, claimed_user_id FROM claim_replies(:lease_id, :lease, :limit)")
_RELEASE = text("SELECT release_replies(:lease_id)")


def write(connection: Connection, lease: Lease, writes: list[ReplyWrite]) -> ReplyWritesRefused:
    """Store text of any number of replies, renew their leases, and return the refused writes."""
    refused = connection.execute(
        _WRITE,
        {
            "lease_id": lease.writer_id,
            "lease": lease.duration,
            "reply_ids": [write.reply_id for write in writes],
            "statuses": [write.status for write in writes],
            "positions": [write.position for write in writes],
            "texts": [write.text for write in writes],
        },
    ).all()
    return ReplyWritesRefused(
        lost=[row.refused_id for row in refused if row.length is None],
        gaps=[Gap(reply_id=row.refused_id, length=row.length) for row in refused if row.length is not None],
    )


def end(connection: Connection, lease: Lease | None, reply_id: UUID, outcome: ReplyChange) -> None:
    """Store the whole reply and how it ended. Safe to repeat.

    Raises:
        LeaseLost: This writer does not hold the reply.
        InvalidRequest: The outcome has no content or no final status, or no writer sent it.
    """
    if lease is None or outcome.status in RUNNING or outcome.content is None:
        raise InvalidRequest("To end a reply, a writer sends X-Lease-ID, the content and a final status.")
    if not connection.scalar(_END, {"lease_id": lease.writer_id, "reply_id": reply_id, **outcome.model_dump()}):
        raise LeaseLost


def claim(database: Session, lease: Lease, limit: int) -> Claims:
    """Take over replies without a writer, each with the path to it."""
    claimed = database.execute(_CLAIM, {"lease_id": lease.writer_id, "lease": lease.duration, "limit": limit}).all()
    return Claims(items=[_read_claimed(database, *row) for row in claimed])


def release(database: Session, lease: Lease) -> None:
    """Release this writer's replies, so that others can claim them at once."""
    database.execute(_RELEASE, {"lease_id": lease.writer_id})


def _read_claimed(database: Session, reply_id: UUID, chat_id: UUID, user_id: UUID) -> ClaimedReply:
    # Read as that user, under the same row-level security as any request.
    database.execute(_SET_USER, {"user_id": str(user_id)})
    opened = read_opened(database, chat_id, reply_id)
    return ClaimedReply(reply=opened.reply, chat=opened.chat, user_id=user_id)
