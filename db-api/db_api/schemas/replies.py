"""Replies: opened, read, written, ended and claimed."""

from typing import Annotated, Self
from uuid import UUID

from pydantic import Field, model_validator

from db_api.models import RUNNING, Status
from db_api.schemas.chats import ChatWithPath
from db_api.schemas.fields import Incoming, Outgoing, Position, ReplyText, Strict
from db_api.schemas.messages import MessageRead, ReplyOutcome


class ReplyOpened(Outgoing):
    """A reply and the chat with the path that ends with it."""

    reply: MessageRead
    chat: ChatWithPath


class MessageStored(ReplyOpened):
    message: MessageRead


class ReplyRead(Outgoing, ReplyOutcome):
    id: UUID
    chat_id: UUID
    status: Status
    position: int
    text: str
    """The text from `position` on."""


class ReplyWrite(Strict):
    reply_id: UUID
    status: Status
    position: Position
    text: ReplyText

    @model_validator(mode="after")
    def _is_running(self) -> Self:
        if self.status not in RUNNING:
            raise ValueError("status must be queued or generating; PATCH ends a reply")
        return self


class ReplyWrites(Incoming):
    replies: Annotated[list[ReplyWrite], Field(max_length=1_000)]


class Gap(Outgoing):
    """A refused write: its position is beyond `length`, the end of the stored text."""

    reply_id: UUID
    length: int


class ReplyWritesRefused(Outgoing):
    lost: list[UUID]
    """Replies that this writer no longer holds."""
    gaps: list[Gap]


class ReplyChange(Incoming, ReplyOutcome):
    """A user sends only the status, `stopped` or `queued`; a writer sends how the reply ended, with its whole text."""

    status: Status
    content: ReplyText | None = None


class ClaimCreate(Incoming):
    limit: Annotated[int, Field(ge=1, le=100)] = 10


class ClaimedReply(ReplyOpened):
    user_id: UUID


class Claims(Outgoing):
    items: list[ClaimedReply]
