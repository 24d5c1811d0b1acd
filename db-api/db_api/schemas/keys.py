"""API keys."""

from datetime import datetime
from typing import Annotated, Literal
from uuid import UUID

from pydantic import Field

from db_api.schemas.fields import Incoming, Name, Outgoing

Scope = Literal["read", "chat"]
SCOPES: tuple[Scope, ...] = ("chat", "read")
"""What a session may do; a key may have fewer."""


class KeyCreate(Incoming):
    name: Name
    scopes: Annotated[list[Scope], Field(min_length=1, max_length=len(SCOPES))] = list(SCOPES)


class KeyRead(Outgoing):
    id: UUID
    name: str
    prefix: str
    """Its first characters, to know it again by."""
    scopes: list[Scope]
    created_at: datetime
    last_used_at: datetime | None
    """True to the minute."""


class KeyCreated(KeyRead):
    key: str


class KeyList(Outgoing):
    items: list[KeyRead]
