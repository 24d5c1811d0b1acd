"""Requests with an Idempotency-Key: carried out once, and answered alike when they are repeated."""

from datetime import timedelta
from uuid import UUID

from sqlalchemy import delete, func, select, text, update
from sqlalchemy.orm import Session

from db_api.errors import IdempotencyKeyInUse, IdempotencyKeyReused
from db_api.models import IdempotencyKey
from db_api.schemas.idempotency_keys import AnswerKept, AnswerRead, RequestClaim

ANSWER_KEPT = timedelta(days=1)
MAX_KEYS = 1_000
MAX_ANSWER_BYTES = 20_000_000
"""Per user; the oldest are dropped first."""

_CLAIM = text("""
    INSERT INTO idempotency_keys AS known (token, request, expires_at) VALUES (:token, :request, now() + :duration)
    ON CONFLICT (user_id, token) DO UPDATE
    SET request = excluded.request, answer = NULL, created_at = now(), expires_at = excluded.expires_at
    WHERE known.expires_at < now()
    RETURNING true
""")
# Deleting by size and number reads no answer: their lengths are known without them.
_FORGET_OLDEST = text("""
    DELETE FROM idempotency_keys WHERE token IN (
        SELECT token FROM (
            SELECT token, row_number() OVER newest_first AS place,
                sum(octet_length(answer)) OVER newest_first AS bytes
            FROM idempotency_keys WINDOW newest_first AS (ORDER BY created_at DESC, token)
        ) known WHERE place > :most OR bytes > :bytes
    )
""")
_PURGE = text("SELECT purge_answers(:limit)")


def claim(database: Session, wanted: RequestClaim, duration: timedelta) -> AnswerRead:
    """Return the answer to this request, or claim the request for the caller.

    The claim lasts for `duration` unless `keep` renews it.

    Raises:
        IdempotencyKeyReused: The key was used for a different request.
        IdempotencyKeyInUse: Another caller holds the claim.
    """
    if database.scalar(_CLAIM, wanted.model_dump() | {"duration": duration}):
        _forget_oldest(database)
        return AnswerRead(answer=None)
    known = database.scalar(select(IdempotencyKey).where(IdempotencyKey.token == wanted.token))
    if known and known.request != wanted.request:
        raise IdempotencyKeyReused
    if known is None or known.answer is None:
        raise IdempotencyKeyInUse
    return AnswerRead(answer=known.answer)


def keep(database: Session, token: UUID, kept: AnswerKept, duration: timedelta) -> None:
    """Store the answer, which ends the claim; without an answer, renew the claim."""
    own = update(IdempotencyKey).where(IdempotencyKey.token == token, IdempotencyKey.answer.is_(None))
    lifetime = duration if kept.answer is None else ANSWER_KEPT
    database.execute(own.values(answer=kept.answer, expires_at=func.now() + lifetime))


def release(database: Session, token: UUID) -> None:
    """Drop the claim of a failed request, so that it can be tried again."""
    database.execute(delete(IdempotencyKey).where(IdempotencyKey.token == token, IdempotencyKey.answer.is_(None)))


def purge(database: Session, limit: int) -> int:
    """Remove expired keys of all users, at most `limit`; return how many there were."""
    count: int = database.execute(_PURGE, {"limit": limit}).scalar_one()
    return count


def _forget_oldest(database: Session) -> None:
    database.execute(_FORGET_OLDEST, {"most": MAX_KEYS, "bytes": MAX_ANSWER_BYTES})
