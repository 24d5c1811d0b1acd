"""Requests and tokens of users and their keys, counted per minute and per day."""

from uuid import UUID

from sqlalchemy import select, text
from sqlalchemy.orm import Session

from db_api.models import ApiKey
from db_api.schemas.keys import SCOPES
from db_api.schemas.usage import Caller, Limit, TokensUsed, Window

_CALLER = text("SELECT current_user_id(), current_key_id()")
_ADD = text(
    "SELECT holder, counted_period AS period, ends_at, extract(epoch FROM ends_at - now())::float8 AS resets_in,"
    " counted_requests AS requests, counted_tokens AS tokens"
    " FROM add_usage(current_user_id(), current_key_id(), :requests, 0)"
)
_COUNT_TOKENS = text("SELECT count_tokens(:user_id, :key_id, :tokens)")
_PURGE = text("SELECT purge_usage(:limit)")


def enter_request(database: Session, limits: list[Limit]) -> Caller:
    """Return the caller, and count the request if the limits admit it."""
    user_id, key_id = database.execute(_CALLER).one()
    scopes = database.scalar(select(ApiKey.scopes).where(ApiKey.id == key_id)) if key_id else SCOPES
    windows = _count(database, 1)
    refusing = [limit for limit in limits for window in windows if limit.refuses(window)]
    if refusing:
        windows = _count(database, -1)
    return Caller(user_id=user_id, key_id=key_id, scopes=scopes or (), admitted=not refusing, windows=windows)


def count_tokens(database: Session, used: list[TokensUsed]) -> None:
    """Count tokens of ended replies of any users."""
    for entry in sorted(used, key=_owner):  # in a fixed order, so that two calls cannot deadlock
        database.execute(_COUNT_TOKENS, entry.model_dump())


def purge(database: Session, limit: int) -> int:
    """Remove what was counted in past periods, at most `limit` rows; return how many there were."""
    count: int = database.execute(_PURGE, {"limit": limit}).scalar_one()
    return count


def _owner(entry: TokensUsed) -> UUID:
    return entry.user_id


def _count(database: Session, requests: int) -> list[Window]:
    return [Window.model_validate(row) for row in database.execute(_ADD, {"requests": requests})]
