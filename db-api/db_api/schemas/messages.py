"""Messages of any role."""

from datetime import datetime
from typing import Annotated, Any
from uuid import UUID

from pydantic import Field

from db_api.models import FinishReason, Role, Status
from db_api.schemas.fields import Content, Incoming, Outgoing, Title


class MessageRead(Outgoing):
    id: UUID
    chat_id: UUID
    parent_id: UUID | None
    role: Role
    content: str
    status: Status
    finish_reason: FinishReason | None
    error: str | None
    model: str | None
    prompt_tokens: int | None
    completion_tokens: int | None
    timings: dict[str, Any] | None
    created_at: datetime
    siblings: list[UUID]
    """All messages with the same parent, in order, itself among them."""


class MessageCreate(Incoming):
    content: Content
    client_token: Annotated[str, Field(min_length=1, max_length=100)]
    parent_id: UUID | None = None
    """The message that this one follows, null for a first one; left out, the end of the current path."""
    title: Title | None = None

    @property
    def makes_branch(self) -> bool:
        return "parent_id" in self.model_fields_set
