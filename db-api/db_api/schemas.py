"""What goes over the wire. What comes in forbids unknown fields; what goes out is the contract of docs/design.md."""

from datetime import datetime
from typing import Annotated, Any, Literal, Self
from uuid import UUID

from pydantic import BaseModel, ConfigDict, Field, FiniteFloat, model_validator

from db_api.models import FinishReason, Role, Status
from db_api.text import check_storable

# A person's or program's text: a hard cap, chat-ui has its own below it.
MAX_CONTENT_CHARS = 100_000

Content = Annotated[str, Field(min_length=1, max_length=MAX_CONTENT_CHARS)]
ReplyText = Annotated[str, Field(max_length=1_000_000)]
Name = Annotated[str, Field(min_length=1, max_length=100)]
Title = Annotated[str, Field(min_length=1, max_length=200)]
Sentence = Annotated[str, Field(max_length=2_000)]
TokenCount = Annotated[int, Field(ge=0, lt=2**31)]
# What the model server measured: flat, and in numbers that JSON has.
Timings = dict[str, FiniteFloat | int | str | bool | None]
Position = Annotated[int, Field(ge=0, lt=2**31)]


class Incoming(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid")

    @model_validator(mode="before")
    @classmethod
    def _refuse_what_postgres_cannot_store(cls, data: Any) -> Any:
        check_storable(data)
        return data


class Outgoing(BaseModel):
    model_config = ConfigDict(frozen=True, from_attributes=True)


class IdentityRead(BaseModel):
    """Whom another identity provider vouched for."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    issuer: Annotated[str, Field(max_length=500)] = ""
    subject: Annotated[str, Field(min_length=1, max_length=500)]


class SessionCreate(Incoming):
    """Nothing: a guest. With an identity: that user, made on first sight, for `lifetime_seconds`."""

    identity: IdentityRead | None = None
    lifetime_seconds: Annotated[int, Field(ge=1, le=31_536_000)] = 86_400


class UserRead(Outgoing):
    id: UUID
    username: str | None
    display_name: str | None
    created_at: datetime


class SessionRead(Outgoing):
    user: UserRead
    created_at: datetime
    expires_at: datetime


class SessionCreated(Outgoing):
    token: str
    user: UserRead
    expires_at: datetime


Scope = Literal["read", "chat"]
SCOPES: tuple[Scope, ...] = ("chat", "read")
"""What a session may do; a key may have fewer."""


class KeyCreate(Incoming):
    name: Name
    scopes: Annotated[list[Scope], Field(min_length=1, max_length=len(SCOPES))] = list(SCOPES)


class KeyRead(Outgoing):
    id: UUID
    name: str
    prefix: str
    """Its first characters, to know it again by."""
    scopes: list[Scope]
    created_at: datetime
    last_used_at: datetime | None
    """True to the minute."""


class KeyCreated(KeyRead):
    key: str


class KeyList(Outgoing):
    items: list[KeyRead]


class Window(Outgoing):
    """What was counted for a holder in the running period, this request included."""

    holder: Literal["user", "key"]
    period: Literal["minute", "day"]
    requests: int
    tokens: int
    resets_in: float
    """Seconds until it begins anew."""


class Limit(BaseModel):
    """How many requests may come, and after how many tokens none may come any more. None: any number."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    holder: Literal["user", "key"]
    period: Literal["minute", "day"]
    requests: TokenCount | None = None
    tokens: TokenCount | None = None

    def refuses(self, window: Window) -> bool:
        if (window.holder, window.period) != (self.holder, self.period):
            return False
        too_many = self.requests is not None and window.requests > self.requests
        return too_many or (self.tokens is not None and window.tokens >= self.tokens)


class RequestCreate(Incoming):
    limits: Annotated[list[Limit], Field(max_length=4)] = []


class Caller(Outgoing):
    user_id: UUID
    key_id: UUID | None
    """Null for a session."""
    scopes: list[Scope]
    admitted: bool
    windows: list[Window]


class TokensUsed(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid")

    user_id: UUID
    key_id: UUID | None = None
    tokens: TokenCount


class UsageCreate(Incoming):
    items: Annotated[list[TokensUsed], Field(max_length=1_000)]


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
    """What is left out stays. `settings` replaces them all; `current_message_id` may be any message of the branch."""

    title: Title | None = None
    pinned: bool = False
    archived: bool = False
    settings: ChatSettings = ChatSettings()
    current_message_id: UUID | None = None

    def columns(self) -> dict[str, Any]:
        """The columns of the chat that change, without the branch."""
        return self.model_dump(exclude_unset=True, exclude={"current_message_id", "settings"}) | (
            {"settings": self.settings.model_dump(exclude_none=True)} if "settings" in self.model_fields_set else {}
        )


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


class ChatRead(Outgoing):
    id: UUID
    name: str | None
    title: str | None
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


class MessageCreate(Incoming):
    content: Content
    client_token: Annotated[str, Field(min_length=1, max_length=100)]
    parent_id: UUID | None = None
    """The message that this one follows, null for a first one; left out, the end of the current path."""
    title: Title | None = None

    @property
    def makes_branch(self) -> bool:
        return "parent_id" in self.model_fields_set


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
