"""What `/v1` takes and gives. Every field says its unit and shows an example."""

from datetime import datetime
from typing import Annotated, Any, Literal
from uuid import UUID

from pydantic import BaseModel, ConfigDict, Field

from chat_ui.models import Chat, ChatSummary, Message, ReplyText, Role, Status
from chat_ui.reasoning import split


class Taken(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid")


class Given(BaseModel):
    model_config = ConfigDict(frozen=True, from_attributes=True)


AnId = Annotated[UUID, Field(examples=["01a1fab6-0984-7b35-a3ea-9ed52e0235f9"])]
Time = Annotated[datetime, Field(description="RFC 3339, UTC", examples=["2026-11-20T20:37:00Z"])]
Text = Annotated[
    str, Field(min_length=1, description="1 to MAX_MESSAGE_CHARS characters", examples=["How far is the moon?"])
]
Title = Annotated[str, Field(min_length=1, max_length=200, examples=["The moon"])]
Reasoning = Annotated[
    str | None, Field(description="what the model thought before it answered, if it did", examples=[None])
]
Tokens = Annotated[int | None, Field(description="tokens, as the model counts them", examples=[42])]


class Ask(Taken):
    """A message, in a conversation or as the first one of a new one."""

    message: Text
    conversation_id: Annotated[UUID | None, Field(description="left out: a new conversation")] = None
    background: Annotated[
        bool, Field(description="the reply goes on when the connection closes; without `/stream`, 202 comes at once")
    ] = False


class Answer(Given):
    response: Annotated[str, Field(description="Markdown", examples=["About 384,000 km."])]
    reasoning: Reasoning
    conversation_id: AnId
    reply_id: AnId
    sources: Annotated[list[Any], Field(description="what the answer rests on; always empty as yet", examples=[[]])]
    tokens_used: Annotated[int, Field(description="tokens read and written", examples=[42])]
    status: Status
    finish_reason: Annotated[
        str | None, Field(description="`stop`, or `length` where it was cut off", examples=["stop"])
    ]


class Started(Given):
    """A reply that is being written in the background."""

    conversation_id: AnId
    reply_id: AnId


class Settings(Taken):
    system_prompt: Annotated[str | None, Field(max_length=20_000, examples=["Answer in one sentence."])] = None
    temperature: Annotated[
        float | None, Field(ge=0, le=2, description="0: always the likeliest word", examples=[0.7])
    ] = None
    max_tokens: Annotated[int | None, Field(ge=1, le=131_072, description="tokens of one reply", examples=[256])] = None
    model: Annotated[str | None, Field(min_length=1, max_length=200, examples=["qwen2.5-0.5b"])] = None


class ConversationCreate(Taken):
    title: Title | None = None


class ConversationChange(Taken):
    """What is left out stays."""

    title: Title | None = None
    pinned: Annotated[bool, Field(examples=[True])] = False
    archived: Annotated[bool, Field(examples=[False])] = False
    settings: Annotated[Settings, Field(description="replaces all settings")] = Settings()
    current_message_id: Annotated[UUID | None, Field(description="chooses the branch through this message")] = None


class MessageCreate(Taken):
    content: Text


class MessageRead(Given):
    id: AnId
    parent_id: Annotated[UUID | None, Field(description="the message that this one follows")]
    role: Role
    content: Annotated[str, Field(description="Markdown", examples=["About 384,000 km."])]
    reasoning: Reasoning
    status: Annotated[Status, Field(description="where a reply is in its life; other messages are `complete`")]
    finish_reason: Annotated[str | None, Field(examples=["stop"])]
    error: Annotated[str | None, Field(description="why the reply failed, in a sentence", examples=[None])]
    model: Annotated[str | None, Field(examples=["qwen2.5-0.5b"])]
    prompt_tokens: Tokens
    completion_tokens: Tokens
    created_at: Time
    siblings: Annotated[list[UUID], Field(description="all messages with the same parent, itself among them")]


class ConversationSummary(Given):
    id: AnId
    title: Annotated[str | None, Field(examples=["The moon"])]
    name: Annotated[str | None, Field(description="what was typed on the home page", examples=["Ada"])]
    pinned: bool
    archived: bool
    settings: Settings
    created_at: Time
    updated_at: Annotated[Time, Field(description="when its last message was added")]


class ConversationRead(ConversationSummary):
    messages: Annotated[list[MessageRead], Field(description="the current branch, oldest first")]


class ConversationPage(Given):
    items: list[ConversationSummary]
    next: Annotated[str | None, Field(description="`before` of the next page; null on the last")]


class MessageList(Given):
    items: list[MessageRead]


class MessageSent(Given):
    message: MessageRead
    reply: MessageRead


class ReplyRead(Given):
    id: AnId
    conversation_id: AnId
    status: Status
    content: Annotated[str, Field(description="the text so far", examples=["About 384,000 km."])]
    reasoning: Reasoning
    finish_reason: Annotated[str | None, Field(examples=["stop"])]
    error: Annotated[str | None, Field(examples=[None])]
    prompt_tokens: Tokens
    completion_tokens: Tokens


class Problem(Given):
    """RFC 9457 problem details."""

    type: Annotated[str, Field(description="for programs", examples=["/problems/conversation-not-found"])]
    title: Annotated[str, Field(examples=["Not Found"])]
    status: Annotated[int, Field(examples=[404])]
    detail: Annotated[str, Field(description="a sentence for a person")]
    request_id: Annotated[str | None, Field(description="finds the log's lines", examples=["5f2c"])]


class ModelEntry(Given):
    model_config = ConfigDict(frozen=True, extra="ignore")

    id: Annotated[str, Field(examples=["qwen2.5-0.5b"])]
    object: Literal["model"] = "model"
    created: Annotated[int, Field(description="seconds since 1970", examples=[1700000000])] = 0
    owned_by: str = "parley"


class ModelList(Given):
    object: Literal["list"] = "list"
    data: list[ModelEntry]


def summary_of(chat: ChatSummary) -> ConversationSummary:
    return ConversationSummary.model_validate(chat.model_dump(exclude={"path"}))


def conversation_of(chat: Chat) -> ConversationRead:
    return ConversationRead(**dict(summary_of(chat)), messages=[message_of(message) for message in chat.path])


def message_of(message: Message) -> MessageRead:
    own = {"content": message.answer, "reasoning": message.reasoning.thoughts or None}
    return MessageRead(**message.model_dump(exclude={"content"}), **own)


def reply_of(reply: ReplyText) -> ReplyRead:
    parts = split(reply.text)
    own = {"conversation_id": reply.chat_id, "content": parts.answer, "reasoning": parts.thoughts or None}
    return ReplyRead(**reply.model_dump(exclude={"text", "chat_id"}), **own)
