"""Requests and answers of `/v1`. Every field has its unit and an example."""

from collections.abc import Sequence
from typing import Annotated, Any
from uuid import UUID

from pydantic import BaseModel, ConfigDict, Field, StrictBool

from chat_ui.models.chats import Chat, ChatPage, ChatSummary, Message, Role, SearchHit, Status
from chat_ui.models.reasoning import split
from chat_ui.models.replies import OpenedReply, ReplyText
from chat_ui.services.replies.text_updates import Ended
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


class RequestBody(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid")


class ResponseBody(BaseModel):
    model_config = ConfigDict(frozen=True, from_attributes=True)


class Ask(RequestBody):
    """A message, in an existing or a new conversation."""

    message: Question
    conversation_id: Annotated[
        UUID | None, Field(description="UUID; missing or null: a new conversation", examples=[AN_ID])
    ] = None
    background: Annotated[
        StrictBool,
        Field(
            description="continue the reply when the connection closes; without `/stream`, answer 202 at once",
            examples=[False],
        ),
    ] = False


class Answer(ResponseBody):
    response: Text
    reasoning: Reasoning
    conversation_id: AnId
    reply_id: AnId
    sources: Annotated[list[Any], Field(description="always empty: sources are not supported yet", examples=[[]])]
    tokens_used: Annotated[int, Field(description="tokens read and written", examples=[42])]
    status: Annotated[Status, Field(description="how the reply ended", examples=["complete"])]
    finish_reason: FinishReason


class Started(ResponseBody):
    """A reply that is being written in the background."""

    conversation_id: AnId
    reply_id: AnId


class Settings(RequestBody):
    """A conversation's own settings; null means the server's default."""

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
        float | None, Field(ge=0, le=2, description="0: always the most likely token", examples=[0.7])
    ] = None
    max_tokens: Annotated[
        int | None, Field(ge=1, le=131_072, description="the most tokens of one reply", examples=[256])
    ] = None
    model: Annotated[
        str | None,
        Field(
            min_length=1,
            max_length=200,
            description="stored, and used if the server offers this model",
            examples=["qwen2.5-0.5b"],
            json_schema_extra=NO_NUL,
        ),
    ] = None


class ConversationCreate(RequestBody):
    title: Annotated[
        Title | None,
        Field(description="1 to 200 characters; missing: derived from the first message", examples=["The moon"]),
    ] = None


class ConversationChange(RequestBody):
    """Missing fields stay as they are."""

    title: Annotated[Title | None, Field(description="1 to 200 characters; null: none", examples=["Mars"])] = None
    pinned: Annotated[StrictBool, Field(description="listed above the others", examples=[True])] = False
    archived: Annotated[StrictBool, Field(description="listed only in the archive", examples=[False])] = False
    settings: Annotated[Settings, Field(description="replaces all settings", examples=[{"temperature": 0.7}])] = (
        Settings()
    )
    current_message_id: Annotated[
        UUID | None, Field(description="UUID; switches to the branch through this message", examples=[AN_ID])
    ] = None


class MessageCreate(RequestBody):
    content: Question


class MessageRead(ResponseBody):
    id: AnId
    parent_id: Annotated[UUID | None, Field(description="UUID of the message that this one follows", examples=[AN_ID])]
    role: Annotated[Role, Field(description="the author", examples=["assistant"])]
    content: Text
    reasoning: Reasoning
    status: Annotated[
        Status,
        Field(description="the state of a reply; other messages are `complete`", examples=["complete"]),
    ]
    finish_reason: FinishReason
    error: WhyFailed
    model: ModelName
    prompt_tokens: TokensRead
    completion_tokens: TokensWritten
    created_at: Time
    siblings: Annotated[
        list[UUID],
        Field(description="UUIDs of all messages with the same parent, including this one", examples=[[AN_ID]]),
    ]


class ConversationSummary(ResponseBody):
    id: AnId
    title: Annotated[str | None, Field(description="at most 200 characters", examples=["The moon"])]
    name: Annotated[str | None, Field(description="the name typed on the home page", examples=["Ada"])]
    pinned: Annotated[bool, Field(description="listed above the others", examples=[False])]
    archived: Annotated[bool, Field(description="listed only in the archive", examples=[False])]
    settings: Annotated[Settings, Field(description="its own settings", examples=[{"temperature": 0.7}])]
    created_at: Time
    updated_at: Annotated[Time, Field(description="RFC 3339, UTC: when its last message was added")]


class ConversationRead(ConversationSummary):
    messages: Annotated[list[MessageRead], Field(description="the current branch, oldest first", examples=[[]])]


class ConversationPage(ResponseBody):
    items: Annotated[list[ConversationSummary], Field(description="the conversations, in order", examples=[[]])]
    next: Annotated[str | None, Field(description="`before` of the next page; null on the last", examples=[A_CURSOR])]


class MessageList(ResponseBody):
    items: Annotated[list[MessageRead], Field(description="oldest first", examples=[[]])]


class MessageSent(ResponseBody):
    message: Annotated[MessageRead, Field(description="your message, as stored")]
    reply: Annotated[MessageRead, Field(description="the reply, still empty")]


class ReplyRead(ResponseBody):
    id: AnId
    conversation_id: AnId
    status: Annotated[Status, Field(description="the state of the reply", examples=["generating"])]
    content: Annotated[str, Field(description="Markdown: the text so far", examples=["About 384,"])]
    reasoning: Reasoning
    finish_reason: FinishReason
    error: WhyFailed
    prompt_tokens: TokensRead
    completion_tokens: TokensWritten


def answer_of(opened: OpenedReply, ended: Ended) -> Answer:
    outcome = ended.outcome
    return Answer(
        response=ended.text,
        reasoning=ended.thoughts or None,
        conversation_id=opened.chat.id,
        reply_id=opened.reply.id,
        sources=[],
        tokens_used=outcome.tokens,
        status=outcome.status,
        finish_reason=outcome.finish_reason,
    )


def list_page(page: ChatPage) -> ConversationPage:
    return ConversationPage(items=[summary_of(chat) for chat in page.items], next=page.next)


def found_page(hits: Sequence[SearchHit]) -> ConversationPage:
    """Each conversation once, at the place of its best hit."""
    chats = {hit.chat.id: hit.chat for hit in reversed(hits)}
    return ConversationPage(items=[summary_of(chat) for chat in reversed(chats.values())], next=None)


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
