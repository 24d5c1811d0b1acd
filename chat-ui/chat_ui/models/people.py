"""Visitors, sessions, API keys and their limits. Times are UTC."""

from dataclasses import dataclass, field
from datetime import datetime
from typing import Literal
from uuid import UUID
from zoneinfo import ZoneInfo

from chat_ui.models.base import Value


@dataclass(frozen=True)
class Visitor:
    """The user who sends a request, with the session token that db-api knows."""

    session: str
    user_id: UUID
    zone: ZoneInfo = field(default_factory=lambda: ZoneInfo("UTC"))
    """The person's time zone."""
    key_id: UUID | None = None
    """The API key that the request was authenticated with, if any."""
    network: str = ""
    """Where the request comes from: an IPv4 address or an IPv6 /64; empty if unknown."""


class User(Value):
    id: UUID


class Session(Value):
    token: str
    user: User


class Window(Value):
    """Requests and tokens of a user or a key in the current minute or day."""

    holder: Literal["user", "key"]
    period: Literal["minute", "day"]
    requests: int
    tokens: int
    resets_in: float
    """Seconds until the window restarts."""


class Caller(Value):
    """The authenticated user or API key, and whether the limits admit this request."""

    user_id: UUID
    key_id: UUID | None
    scopes: frozenset[str]
    admitted: bool
    windows: tuple[Window, ...]


@dataclass(frozen=True)
class Limit:
    """The most that a user or a key may use per minute or day; None is unlimited."""

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
    """The secret itself; only present in the answer that creates the key."""
