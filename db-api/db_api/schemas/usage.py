"""Who calls, how much of their limits is used, and what replies used."""

from typing import Annotated, Literal
from uuid import UUID

from pydantic import BaseModel, ConfigDict, Field

from db_api.schemas.fields import Incoming, Outgoing, TokenCount
from db_api.schemas.keys import Scope


class Window(Outgoing):
    """What was counted for a holder in the running period, this request included."""

    holder: Literal["user", "key"]
    period: Literal["minute", "day"]
    requests: int
    tokens: int
    resets_in: float
    """Seconds until it begins anew."""


class Limit(BaseModel):
    """How many requests may come, and after how many tokens none may come any more. None: any number."""

    model_config = ConfigDict(frozen=True, extra="forbid")

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


class TokensUsed(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid")

    user_id: UUID
    key_id: UUID | None = None
    tokens: TokenCount


class UsageCreate(Incoming):
    items: Annotated[list[TokensUsed], Field(max_length=1_000)]
