"""Messages of any role."""

from datetime import datetime
from typing import Annotated
from uuid import UUID

from pydantic import BaseModel, Field

from db_api.models import FinishReason, Role, Status
from db_api.schemas.fields import Content, Incoming, ModelName, Outgoing, Sentence, Timings, Title, TokenCount


class ReplyOutcome(BaseModel):
    """How a reply ended. All null in other messages, and until the reply has ended."""

    finish_reason: FinishReason | None = None
    error: Sentence | None = None
    model: ModelName | None = None
    prompt_tokens: TokenCount | None = None
    completion_tokens: TokenCount | None = None
    timings: Timings | None = None


class MessageRead(Outgoing, ReplyOutcome):
    id: UUID
    chat_id: UUID
    parent_id: UUID | None
    role: Role
    content: str
    status: Status
    created_at: datetime
    siblings: list[UUID]
    """All messages with the same parent in order, including this one."""


class MessageCreate(Incoming):
    content: Content
    client_token: Annotated[str, Field(min_length=1, max_length=100)]
    parent_id: UUID | None = None
    """The message to follow, null for a first message; if omitted, the end of the current path."""
    follows: UUID | None = None
    """The last message that the writer saw: the new one is added at the end of that branch. Not with `parent_id`."""
    title: Title | None = None

    @property
    def makes_branch(self) -> bool:
        return "parent_id" in self.model_fields_set
