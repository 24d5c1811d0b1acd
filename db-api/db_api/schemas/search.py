"""What a search finds."""

from datetime import datetime
from uuid import UUID

from db_api.schemas.chats import ChatRead
from db_api.schemas.fields import Outgoing


class Excerpt(Outgoing):
    text: str
    hit: bool
    """It is what was searched for."""


class SearchHit(Outgoing):
    chat: ChatRead
    message_id: UUID | None
    """Null where the chat's title holds the words."""
    created_at: datetime
    excerpt: list[Excerpt]
    """The title or a part of the message, piece by piece."""


class SearchHits(Outgoing):
    items: list[SearchHit]
