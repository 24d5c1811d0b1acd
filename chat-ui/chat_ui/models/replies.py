"""Replies as db-api, their writer and their readers exchange them."""

from dataclasses import dataclass
from uuid import UUID

from chat_ui.models.base import Value
from chat_ui.models.chats import Chat, Message, ReplyOutcome, Status


class OpenedReply(Value):
    """A new reply and the chat whose path ends with it."""

    reply: Message
    chat: Chat
    message: Message | None = None
    """The user's message, if this call stored one."""
    created: bool = True
    """False if a request with the same `client_token` opened it before."""


class ClaimedReply(Value):
    """A reply that this process takes over from another."""

    reply: Message
    user_id: UUID
    chat: Chat


class ReplyText(ReplyOutcome):
    """A stored reply; `text` starts at `position`, counted in characters."""

    id: UUID
    chat_id: UUID
    status: Status
    position: int
    text: str


@dataclass(frozen=True)
class Chunk:
    """A piece of a reply's text for the bulk write; with an empty text it only renews the lease."""

    reply_id: UUID
    status: Status
    position: int
    text: str


class Outcome(ReplyOutcome):
    """How a reply ended, with its status."""

    status: Status

    @property
    def tokens(self) -> int:
        return (self.prompt_tokens or 0) + (self.completion_tokens or 0)


class Gap(Value):
    """A chunk beyond the stored end of a reply, of which db-api has the first `length` characters."""

    reply_id: UUID
    length: int


class Refused(Value):
    """The parts of a bulk write that were not stored."""

    lost: frozenset[UUID] = frozenset()
    """Replies that this process no longer owns."""
    gaps: tuple[Gap, ...] = ()
