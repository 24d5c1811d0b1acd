"""Search results."""

from datetime import datetime
from uuid import UUID

from db_api.schemas.chats import ChatRead
from db_api.schemas.fields import Outgoing


class Excerpt(Outgoing):
    text: str
    hit: bool
    """Whether this piece matches the search."""


class SearchHit(Outgoing):
    chat: ChatRead
    message_id: UUID | None
    """Null if the match is in the chat's title."""
    created_at: datetime
    excerpt: list[Excerpt]
    """The title, or a part of the message, in pieces."""


class SearchHits(Outgoing):
    items: list[SearchHit]
