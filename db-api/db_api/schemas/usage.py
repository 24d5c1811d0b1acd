"""Callers: their scopes, and the requests and tokens counted against their limits."""

from typing import Annotated, Literal
from uuid import UUID

from pydantic import Field

from db_api.schemas.fields import Incoming, Outgoing, Strict, TokenCount
from db_api.schemas.keys import Scope


class Window(Outgoing):
    """What a holder has used in the current period, this request included."""

    holder: Literal["user", "key"]
    period: Literal["minute", "day"]
    requests: int
    tokens: int
    resets_in: float
    """Seconds until the period ends."""


class Limit(Strict):
    """The number of requests allowed in a period, and the number of tokens after which none is allowed.

    None means unlimited.
    """

    holder: Literal["user", "key"]
    period: Literal["minute", "day"]
    requests: TokenCount | None = None
    tokens: TokenCount | None = None

    def refuses(self, window: Window) -> bool:
        if (window.holder, window.period) != (self.holder, self.period):
            return False
        too_many = self.requests is not None and window.requests > self.requests
        return too_many or (self.tokens is not None and window.tokens >= self.tokens)


class RequestCreate(Incoming):
    limits: Annotated[list[Limit], Field(max_length=4)] = []


class Caller(Outgoing):
    user_id: UUID
    key_id: UUID | None
    """Null for a session."""
    scopes: list[Scope]
    admitted: bool
    windows: list[Window]


class TokensUsed(Strict):
    user_id: UUID
    key_id: UUID | None = None
    tokens: TokenCount


class UsageCreate(Incoming):
    items: Annotated[list[TokensUsed], Field(max_length=1_000)]
