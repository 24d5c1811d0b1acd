"""Replies: opened, read, written, ended and claimed."""

from typing import Annotated, Self
from uuid import UUID

from pydantic import BaseModel, ConfigDict, Field, model_validator

from db_api.models import FinishReason, Status
from db_api.schemas.chats import ChatWithPath
from db_api.schemas.fields import Incoming, Outgoing, Position, ReplyText, Sentence, Timings, TokenCount
from db_api.schemas.messages import MessageRead


class ReplyOpened(Outgoing):
    """A reply and the path that ends with it."""

    reply: MessageRead
    chat: ChatWithPath


class MessageStored(ReplyOpened):
    message: MessageRead


class ReplyRead(Outgoing):
    id: UUID
    chat_id: UUID
    status: Status
    finish_reason: FinishReason | None
    error: str | None
    model: str | None
    prompt_tokens: int | None
    completion_tokens: int | None
    position: int
    text: str
    """From `position` on."""


class ReplyWrite(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid")

    reply_id: UUID
    status: Status
    position: Position
    text: ReplyText

    @model_validator(mode="after")
    def _is_running(self) -> Self:
        if self.status not in (Status.QUEUED, Status.GENERATING):
            raise ValueError("a chunk's status is queued or generating; PATCH ends a reply")
        return self


class ReplyWrites(Incoming):
    replies: Annotated[list[ReplyWrite], Field(max_length=1_000)]


class Gap(Outgoing):
    """A text that does not join: the stored one ends at `length`."""

    reply_id: UUID
    length: int


class ReplyWritesRefused(Outgoing):
    lost: list[UUID]
    gaps: list[Gap]


class ReplyChange(Incoming):
    """By its user the status alone, `stopped` or `queued`; by its writer how it ended, with the whole text."""

    status: Status
    content: ReplyText | None = None
    finish_reason: FinishReason | None = None
    error: Sentence | None = None
    model: Annotated[str, Field(max_length=200)] | None = None
    prompt_tokens: TokenCount | None = None
    completion_tokens: TokenCount | None = None
    timings: Timings | None = None


class ClaimCreate(Incoming):
    limit: Annotated[int, Field(ge=1, le=100)] = 10


class ClaimedReply(ReplyOpened):
    user_id: UUID


class Claims(Outgoing):
    items: list[ClaimedReply]
