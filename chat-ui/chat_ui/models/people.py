"""Who uses Parley, and how much of it, as values. Times are UTC."""

from dataclasses import dataclass, field
from datetime import datetime
from typing import Literal
from uuid import UUID
from zoneinfo import ZoneInfo

from chat_ui.models.base import Value


@dataclass(frozen=True)
class Visitor:
    """Who asks: the token that db-api knows, and the user that it stands for."""

    session: str
    user_id: UUID
    zone: ZoneInfo = field(default_factory=lambda: ZoneInfo("UTC"))
    """Where the days of this person begin."""
    key_id: UUID | None = None
    """The API key that they came with."""


class User(Value):
    id: UUID


class Session(Value):
    token: str
    user: User
    expires_at: datetime


class Window(Value):
    """What was counted for a user or a key in the running minute or day."""

    holder: Literal["user", "key"]
    period: Literal["minute", "day"]
    requests: int
    tokens: int
    resets_in: float
    """Seconds until it begins anew."""


class Caller(Value):
    """Who calls, and whether the limits let them."""

    user_id: UUID
    key_id: UUID | None
    scopes: frozenset[str]
    admitted: bool
    windows: tuple[Window, ...]


@dataclass(frozen=True)
class Limit:
    """How much a user or a key may use of a minute or a day; None is any number."""

    holder: Literal["user", "key"]
    period: Literal["minute", "day"]
    requests: int | None
    tokens: int | None


@dataclass(frozen=True)
class TokensUsed:
    user_id: UUID
    key_id: UUID | None
    tokens: int


class ApiKey(Value):
    id: UUID
    name: str
    prefix: str
    scopes: tuple[str, ...]
    created_at: datetime
    last_used_at: datetime | None = None
    key: str | None = None
    """The key itself, only where it was just made."""
