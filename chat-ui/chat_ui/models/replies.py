"""Replies between db-api, their writer and their readers, as values."""

from dataclasses import dataclass
from typing import Any
from uuid import UUID

from chat_ui.models.base import Value
from chat_ui.models.chats import Chat, Message, Status


class OpenedReply(Value):
    """A reply that was just opened, with the path that leads to it (the reply itself is its last message)."""

    reply: Message
    chat: Chat
    message: Message | None = None
    """The user's message, where this call stored one."""
    created: bool = True
    """False where the same `client_token` had come before."""


class ClaimedReply(Value):
    reply: Message
    user_id: UUID
    chat: Chat


class ReplyText(Value):
    """A reply as stored: its status and its text from a position on."""

    id: UUID
    chat_id: UUID
    status: Status
    error: str | None = None
    finish_reason: str | None = None
    model: str | None = None
    prompt_tokens: int | None = None
    completion_tokens: int | None = None
    position: int
    text: str


@dataclass(frozen=True)
class Chunk:
    """A piece of a reply's text for the bulk write; an empty one only renews the lease."""

    reply_id: UUID
    status: Status
    position: int
    text: str


@dataclass(frozen=True)
class Outcome:
    """How a reply ended. Token counts and timings are llama.cpp's own, of the last attempt."""

    status: Status
    finish_reason: str | None = None
    error: str | None = None
    model: str | None = None
    prompt_tokens: int | None = None
    completion_tokens: int | None = None
    timings: dict[str, Any] | None = None

    @property
    def tokens(self) -> int:
        return (self.prompt_tokens or 0) + (self.completion_tokens or 0)


class Gap(Value):
    """A chunk that did not join: db-api has the reply's first `length` characters only."""

    reply_id: UUID
    length: int


class Refused(Value):
    """What of a bulk write was not stored."""

    lost: frozenset[UUID] = frozenset()
    """No longer this writer's."""
    gaps: tuple[Gap, ...] = ()
