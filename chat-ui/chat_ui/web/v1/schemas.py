"""What `/v1` takes and gives. Every field says its unit and shows an example."""

from typing import Annotated, Any
from uuid import UUID

from pydantic import BaseModel, ConfigDict, Field, StrictBool

from chat_ui.models.chats import Chat, ChatSummary, Message, Role, Status
from chat_ui.models.reasoning import split
from chat_ui.models.replies import ReplyText
from chat_ui.web.v1.fields import (
    A_CURSOR,
    AN_ID,
    NO_NUL,
    AnId,
    FinishReason,
    ModelName,
    Question,
    Reasoning,
    Text,
    Time,
    Title,
    TokensRead,
    TokensWritten,
    WhyFailed,
)


class Taken(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid")


class Given(BaseModel):
    model_config = ConfigDict(frozen=True, from_attributes=True)


class Ask(Taken):
    """A message, in a conversation or as the first one of a new one."""

    message: Question
    conversation_id: Annotated[
        UUID | None, Field(description="UUID; left out or null: a new conversation", examples=[AN_ID])
    ] = None
    background: Annotated[
        StrictBool,
        Field(
            description="the reply goes on when the connection closes; without `/stream`, 202 comes at once",
            examples=[False],
        ),
    ] = False


class Answer(Given):
    response: Text
    reasoning: Reasoning
    conversation_id: AnId
    reply_id: AnId
    sources: Annotated[list[Any], Field(description="what the answer rests on; always empty as yet", examples=[[]])]
    tokens_used: Annotated[int, Field(description="tokens read and written", examples=[42])]
    status: Annotated[Status, Field(description="how the reply ended", examples=["complete"])]
    finish_reason: FinishReason


class Started(Given):
    """A reply that is being written in the background."""

    conversation_id: AnId
    reply_id: AnId


class Settings(Taken):
    """A conversation's own settings; null leaves the server's choice."""

    model_config = ConfigDict(strict=True)

    system_prompt: Annotated[
        str | None,
        Field(
            max_length=20_000,
            description="instructions, at most 20,000 characters",
            examples=["Answer in one sentence."],
            json_schema_extra=NO_NUL,
        ),
    ] = None
    temperature: Annotated[
        float | None, Field(ge=0, le=2, description="0: always the likeliest word", examples=[0.7])
    ] = None
    max_tokens: Annotated[
        int | None, Field(ge=1, le=131_072, description="tokens of one reply, at most", examples=[256])
    ] = None
    model: Annotated[
        str | None,
        Field(
            min_length=1,
            max_length=200,
            description="kept for you; one model answers here",
            examples=["qwen2.5-0.5b"],
            json_schema_extra=NO_NUL,
        ),
    ] = None


class ConversationCreate(Taken):
    title: Annotated[
        Title | None, Field(description="1 to 200 characters; left out: its first message's", examples=["The moon"])
    ] = None


class ConversationChange(Taken):
    """What is left out stays."""

    title: Annotated[Title | None, Field(description="1 to 200 characters; null: none", examples=["Mars"])] = None
    pinned: Annotated[StrictBool, Field(description="stands above the others", examples=[True])] = False
    archived: Annotated[StrictBool, Field(description="is listed in the archive alone", examples=[False])] = False
    settings: Annotated[Settings, Field(description="replaces all settings", examples=[{"temperature": 0.7}])] = (
        Settings()
    )
    current_message_id: Annotated[
        UUID | None, Field(description="UUID; chooses the branch through this message", examples=[AN_ID])
    ] = None


class MessageCreate(Taken):
    content: Question


class MessageRead(Given):
    id: AnId
    parent_id: Annotated[UUID | None, Field(description="UUID of the message that this one follows", examples=[AN_ID])]
    role: Annotated[Role, Field(description="who says it", examples=["assistant"])]
    content: Text
    reasoning: Reasoning
    status: Annotated[
        Status,
        Field(description="where a reply is in its life; other messages are `complete`", examples=["complete"]),
    ]
    finish_reason: FinishReason
    error: WhyFailed
    model: ModelName
    prompt_tokens: TokensRead
    completion_tokens: TokensWritten
    created_at: Time
    siblings: Annotated[
        list[UUID], Field(description="UUIDs of all messages with the same parent, its own too", examples=[[AN_ID]])
    ]


class ConversationSummary(Given):
    id: AnId
    title: Annotated[str | None, Field(description="at most 200 characters", examples=["The moon"])]
    name: Annotated[str | None, Field(description="what was typed on the home page", examples=["Ada"])]
    pinned: Annotated[bool, Field(description="stands above the others", examples=[False])]
    archived: Annotated[bool, Field(description="is listed in the archive alone", examples=[False])]
    settings: Annotated[Settings, Field(description="its own settings", examples=[{"temperature": 0.7}])]
    created_at: Time
    updated_at: Annotated[Time, Field(description="RFC 3339, UTC: when its last message was added")]


class ConversationRead(ConversationSummary):
    messages: Annotated[list[MessageRead], Field(description="the current branch, oldest first", examples=[[]])]


class ConversationPage(Given):
    items: Annotated[list[ConversationSummary], Field(description="in the order of the list", examples=[[]])]
    next: Annotated[str | None, Field(description="`before` of the next page; null on the last", examples=[A_CURSOR])]


class MessageList(Given):
    items: Annotated[list[MessageRead], Field(description="oldest first", examples=[[]])]


class MessageSent(Given):
    message: Annotated[MessageRead, Field(description="what you said, as it is stored")]
    reply: Annotated[MessageRead, Field(description="the reply, of which nothing is written yet")]


class ReplyRead(Given):
    id: AnId
    conversation_id: AnId
    status: Annotated[Status, Field(description="where it is in its life", examples=["generating"])]
    content: Annotated[str, Field(description="Markdown: the text so far", examples=["About 384,"])]
    reasoning: Reasoning
    finish_reason: FinishReason
    error: WhyFailed
    prompt_tokens: TokensRead
    completion_tokens: TokensWritten


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
