"""Chats, their messages and what is found in them. Times are UTC."""

from collections.abc import Iterable
from datetime import datetime
from enum import Enum, StrEnum
from typing import Any
from uuid import UUID, uuid5
from zlib import crc32

from chat_ui.language.translation import gettext as _
from chat_ui.models.base import Value
from chat_ui.models.reasoning import Reasoning, split


class Role(StrEnum):
    SYSTEM = "system"
    USER = "user"
    ASSISTANT = "assistant"


class Status(StrEnum):
    """The state of a message; only replies are ever anything but `complete`."""

    QUEUED = "queued"
    GENERATING = "generating"
    COMPLETE = "complete"
    STOPPED = "stopped"
    FAILED = "failed"

    @property
    def running(self) -> bool:
        return self in (Status.QUEUED, Status.GENERATING)


class ChatSettings(Value):
    system_prompt: str | None = None
    temperature: float | None = None
    max_tokens: int | None = None
    model: str | None = None


class Preset(Value):
    """Named settings that new chats can start with."""

    id: UUID
    name: str
    settings: ChatSettings


class ReplyOutcome(Value):
    """How a reply ended, or null while it is running. Token counts and timings are llama.cpp's, of the last attempt."""

    finish_reason: str | None = None
    error: str | None = None
    model: str | None = None
    prompt_tokens: int | None = None
    completion_tokens: int | None = None
    timings: dict[str, Any] | None = None


class Message(ReplyOutcome):
    id: UUID
    chat_id: UUID
    parent_id: UUID | None
    role: Role
    content: str
    status: Status
    created_at: datetime
    siblings: tuple[UUID, ...] = ()

    @property
    def reasoning(self) -> Reasoning:
        """The text in two parts: a reply may begin with thoughts."""
        return split(self.content) if self.role is Role.ASSISTANT else Reasoning("", self.content)

    def __hash__(self) -> int:
        return hash(self.id)

    @property
    def edit_token(self) -> UUID:
        """The `client_token` of an edit: it stays the same until the message has another version."""
        return uuid5(self.id, str(len(self.siblings)))

    @property
    def regenerate_token(self) -> UUID:
        """The `client_token` of another reply beside this one: pressing the button twice opens one."""
        return uuid5(self.id, f"regenerate {len(self.siblings)}")

    @property
    def answer(self) -> str:
        return self.reasoning.answer

    @property
    def tokens_per_second(self) -> float | None:
        """Writing speed as measured by the model server."""
        speed = (self.timings or {}).get("predicted_per_second")
        return speed if isinstance(speed, (int, float)) else None


class ChatSummary(Value):
    id: UUID
    name: str | None
    title: str | None
    title_is_provisional: bool = False
    """The title is the first message's first words; the model may suggest a better one."""
    pinned: bool = False
    archived: bool = False
    created_at: datetime
    updated_at: datetime
    settings: ChatSettings = ChatSettings()
    current_message_id: UUID | None = None
    """The last message of the current branch."""
    version: str = ""
    """Changes with every change of the chat, including a new message."""

    @property
    def label(self) -> str:
        """The chat's name in lists and in the page's title."""
        return self.title or self.name or _("New chat")


class Chat(ChatSummary):
    path: tuple[Message, ...] = ()
    """The current branch, oldest message first."""

    @property
    def last_id(self) -> UUID | None:
        return self.path[-1].id if self.path else None

    @property
    def shape(self) -> str:
        """Changes when a message of the path is added, removed, ended or continued, or gets another version."""
        return shape_of(self.path)

    @property
    def running_id(self) -> UUID | None:
        """The reply that is still running."""
        last = self.path[-1] if self.path else None
        return last.id if last and last.status.running else None


def shape_of(path: Iterable[Message]) -> str:
    facts = (f"{m.id} {'running' if m.status.running else m.status} {len(m.siblings)}" for m in path)
    return f"{crc32(chr(10).join(facts).encode()):08x}"


class Excerpt(Value):
    text: str
    hit: bool
    """Whether this part matches the search."""


class SearchHit(Value):
    chat: ChatSummary
    message_id: UUID | None
    """None if the chat's title matches."""
    created_at: datetime
    excerpt: tuple[Excerpt, ...]


class ChatPage(Value):
    items: tuple[ChatSummary, ...]
    next: str | None = None
    """The cursor of the next page, or None on the last."""


class PageContent(Value):
    """Everything that a chat's page shows."""

    chat: Chat
    chats: ChatPage
    """The first page of the chat list."""
    presets: tuple[Preset, ...] | None = None
    """Only while the chat is empty."""


class SearchHits(Value):
    items: tuple[SearchHit, ...]


class PathEnd(Enum):
    """The default parent of a new message: the last one of the current path."""

    HERE = "here"


PATH_END = PathEnd.HERE
