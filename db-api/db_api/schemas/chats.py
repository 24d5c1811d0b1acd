"""Chats, with and without their path."""

from datetime import datetime
from typing import Annotated, Any
from uuid import UUID

from pydantic import BaseModel, ConfigDict, Field

from db_api.schemas.fields import Incoming, Name, Outgoing, Title
from db_api.schemas.messages import MessageRead


class ChatSettings(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid")

    system_prompt: Annotated[str, Field(max_length=20_000)] | None = None
    temperature: Annotated[float, Field(ge=0, le=2)] | None = None
    max_tokens: Annotated[int, Field(ge=1, le=131_072)] | None = None
    model: Annotated[str, Field(min_length=1, max_length=200)] | None = None


class ChatCreate(Incoming):
    """With a name or a token that an earlier chat has, it is that chat."""

    name: Name | None = None
    client_token: UUID | None = None
    title: Title | None = None


class ChatChange(Incoming):
    """What is left out stays. `settings` replaces them all; `current_message_id` may be any message of the branch.

    `suggested_title` counts only where the title is provisional.
    """

    title: Title | None = None
    suggested_title: Title | None = None
    pinned: bool = False
    archived: bool = False
    settings: ChatSettings = ChatSettings()
    current_message_id: UUID | None = None

    def columns(self) -> dict[str, Any]:
        """The columns of the chat that change, without the branch and what is only suggested."""
        columns = self.model_dump(exclude_unset=True, include={"title", "pinned", "archived"})
        if "title" in columns:
            columns["first_words"] = None
        if "settings" in self.model_fields_set:
            columns["settings"] = self.settings.model_dump(exclude_none=True)
        return columns


class ChatRead(Outgoing):
    id: UUID
    name: str | None
    title: str | None
    title_is_provisional: bool
    """Its first words, and nobody's choice."""
    pinned: bool
    archived: bool
    settings: ChatSettings
    current_message_id: UUID | None
    created_at: datetime
    updated_at: datetime
    version: str
    """Changes whenever the chat itself does, a new message of it included."""


class ChatWithPath(ChatRead):
    path: list[MessageRead]
    """From the first message to the leaf."""


class ChatList(Outgoing):
    items: list[ChatRead]
    next: str | None
    """The cursor for `before`; null on the last page."""
