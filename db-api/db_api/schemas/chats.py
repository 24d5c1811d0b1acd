"""Chats, with and without their path."""

from datetime import datetime
from typing import Annotated, Any
from uuid import UUID

from pydantic import Field

from db_api.schemas.fields import Composed, Incoming, Name, Outgoing, Strict, Title
from db_api.schemas.messages import MessageRead


class ChatSettings(Strict):
    system_prompt: Annotated[str, Field(max_length=20_000), Composed] | None = None
    temperature: Annotated[float, Field(ge=0, le=2)] | None = None
    max_tokens: Annotated[int, Field(ge=1, le=131_072)] | None = None
    model: Annotated[str, Field(min_length=1, max_length=200)] | None = None


class ChatCreate(Incoming):
    """Opens the existing chat that has this name or token, if there is one."""

    name: Name | None = None
    client_token: UUID | None = None
    title: Title | None = None


class ChatChange(Incoming):
    """Omitted fields stay as they are. `settings` replaces all settings."""

    title: Title | None = None
    suggested_title: Title | None = None
    """Becomes the title only if the present one is provisional."""
    pinned: bool = False
    archived: bool = False
    settings: ChatSettings = ChatSettings()
    current_message_id: UUID | None = None
    """Any message of the branch to switch to."""

    def columns(self) -> dict[str, Any]:
        """Return the columns to update, without the branch and the suggested title."""
        columns = self.model_dump(exclude_unset=True, exclude={"suggested_title", "current_message_id", "settings"})
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
    """The title is the first words of the chat; nobody chose it."""
    pinned: bool
    archived: bool
    settings: ChatSettings
    current_message_id: UUID | None
    created_at: datetime
    updated_at: datetime
    version: str
    """Changes whenever the chat does, including with each new message."""


class ChatWithPath(ChatRead):
    path: list[MessageRead]
    """From the first message to the leaf."""


class ChatList(Outgoing):
    items: list[ChatRead]
    next: str | None
    """The cursor to pass as `before`; null on the last page."""
