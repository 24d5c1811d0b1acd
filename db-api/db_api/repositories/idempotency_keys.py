"""Requests that came with an Idempotency-Key: carried out once, and answered alike when they come again."""

from datetime import timedelta
from uuid import UUID

from sqlalchemy import delete, func, select, text, update
from sqlalchemy.orm import Session

from db_api.errors import IdempotencyKeyInUse, IdempotencyKeyReused
from db_api.models import IdempotencyKey
from db_api.schemas.idempotency_keys import AnswerKept, AnswerRead, RequestClaim

KEPT = timedelta(days=1)
MOST = 1_000
"""Of one user; the oldest go first."""

_CLAIM = text("""
    INSERT INTO idempotency_keys AS known (token, request, expires_at) VALUES (:token, :request, now() + :held)
    ON CONFLICT (user_id, token) DO UPDATE
    SET request = excluded.request, answer = NULL, created_at = now(), expires_at = excluded.expires_at
    WHERE known.expires_at < now()
    RETURNING true
""")
_PURGE = text("SELECT purge_idempotency_keys()")


def claim(database: Session, wanted: RequestClaim, held: timedelta) -> AnswerRead:
    """The answer that this request got, or none: then it is the caller's to carry out, for so long or as they keep it.

    Raises:
        IdempotencyKeyReused: the key came with another request.
        IdempotencyKeyInUse: another caller carries it out.
    """
    if database.scalar(_CLAIM, wanted.model_dump() | {"held": held}):
        _forget_oldest(database)
        return AnswerRead(answer=None)
    known = database.scalar(select(IdempotencyKey).where(IdempotencyKey.token == wanted.token))
    if known and known.request != wanted.request:
        raise IdempotencyKeyReused
    if known is None or known.answer is None:
        raise IdempotencyKeyInUse
    return AnswerRead(answer=known.answer)


def keep(database: Session, token: UUID, kept: AnswerKept, held: timedelta) -> None:
    """Holds the claim a while longer or, with the answer, ends it."""
    own = update(IdempotencyKey).where(IdempotencyKey.token == token, IdempotencyKey.answer.is_(None))
    longer = held if kept.answer is None else KEPT
    database.execute(own.values(answer=kept.answer, expires_at=func.now() + longer))


def release(database: Session, token: UUID) -> None:
    """The request failed, so that it may be tried anew."""
    database.execute(delete(IdempotencyKey).where(IdempotencyKey.token == token, IdempotencyKey.answer.is_(None)))


def purge(database: Session) -> None:
    """Drops what expired, of all users."""
    database.execute(_PURGE)


def _forget_oldest(database: Session) -> None:
    newest = select(IdempotencyKey.token).order_by(IdempotencyKey.created_at.desc()).offset(MOST)
    database.execute(delete(IdempotencyKey).where(IdempotencyKey.token.in_(newest)))
