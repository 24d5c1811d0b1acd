"""API keys."""

from datetime import datetime
from typing import Annotated, Literal
from uuid import UUID

from pydantic import Field

from db_api.schemas.fields import Incoming, Name, Outgoing

Scope = Literal["read", "chat"]
SCOPES: tuple[Scope, ...] = ("chat", "read")
"""The scopes of a session; a key may have fewer."""


class KeyCreate(Incoming):
    name: Name
    scopes: Annotated[list[Scope], Field(min_length=1, max_length=len(SCOPES))] = list(SCOPES)


class KeyRead(Outgoing):
    id: UUID
    name: str
    prefix: str
    """The key's first characters, by which its owner recognises it."""
    scopes: list[Scope]
    created_at: datetime
    last_used_at: datetime | None
    """Accurate to the minute."""


class KeyCreated(KeyRead):
    key: str
    """The key itself; no other response contains it."""


class KeyList(Outgoing):
    items: list[KeyRead]
