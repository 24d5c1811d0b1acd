"""A reply, while it is written and afterwards: its events, its frame, its text, and its buttons."""

from contextlib import suppress
from typing import Annotated
from uuid import UUID

from fastapi import APIRouter, Form, Header, status
from fastapi.responses import PlainTextResponse, Response, StreamingResponse
from fastapi.sse import EventSourceResponse

from chat_ui.errors import (
    ParleyError,
    QueueFull,
    QuotaReached,
    ReplyEnded,
    ReplyRunning,
    TooManyMessages,
    UsageLimitReached,
)
from chat_ui.models.people import Visitor
from chat_ui.models.reasoning import split
from chat_ui.web.dependencies import App, KnownVisitor, Services, WantsFragment
from chat_ui.web.error_handlers import STATUS, retry_headers
from chat_ui.web.pages.chat import chat_page
from chat_ui.web.pages.frame import to_chat, to_message
from chat_ui.web.pages.reply_events import stream_events, stream_frame

router = APIRouter(prefix="/chats/{chat_id}/replies/{reply_id}")

REFUSED = (QueueFull, QuotaReached, ReplyRunning, TooManyMessages, UsageLimitReached)
"""Errors after which the chat stays as it is."""

LastEventId = Annotated[str | None, Header(max_length=40)]


@router.get("/events")
async def reply_events(
    app: App, visitor: KnownVisitor, chat_id: UUID, reply_id: UUID, last_event_id: LastEventId = None
) -> EventSourceResponse:
    """Server-sent events with HTML fragments. The page may connect at any time and as often as it likes.

    A connection starts with the text so far, without what the page has according to `Last-Event-ID`, and ends with the
    message in its final form.
    """
    stored = await app.conversations.find_reply(visitor, chat_id, reply_id)
    return stream_events(app, visitor, stored, last_event_id)


@router.get("/frame")
async def reply_frame(app: App, visitor: KnownVisitor, chat_id: UUID, reply_id: UUID) -> StreamingResponse:
    """A page that grows while the reply is written, for browsers without JavaScript."""
    return stream_frame(app, visitor, await app.conversations.find_reply(visitor, chat_id, reply_id))


@router.get("/text")
async def reply_text(app: App, visitor: KnownVisitor, chat_id: UUID, reply_id: UUID) -> PlainTextResponse:
    """The answer as the model wrote it, for copying."""
    stored = await app.conversations.find_reply(visitor, chat_id, reply_id)
    return PlainTextResponse(split(stored.text).answer, headers={"Cache-Control": "no-store"})


@router.post("/stop")
async def stop_reply(
    app: App, visitor: KnownVisitor, fragment: WantsFragment, chat_id: UUID, reply_id: UUID
) -> Response:
    """Stop the reply; one that has ended by itself or was stopped already stays as it is."""
    with suppress(ReplyEnded):
        await app.reply_requests.stop(visitor, reply_id)
    if fragment:
        return Response(status_code=status.HTTP_204_NO_CONTENT)
    chat = await app.chats.get(visitor.session, chat_id)
    if any(message.id == reply_id for message in chat.path):
        return to_chat(chat_id)
    return to_message(chat_id, reply_id, anchor="latest")


@router.post("/continue")
async def continue_reply(app: App, visitor: KnownVisitor, chat_id: UUID, reply_id: UUID) -> Response:
    """Continue the reply; one that is running or complete already stays as it is."""
    try:
        await app.authentication.count_page_request(visitor)
        await app.reply_requests.resume(visitor, reply_id)
    except ReplyEnded:
        pass
    except REFUSED as error:
        if not isinstance(error, ReplyRunning) or error.reply_id != reply_id:
            return await refused(app, visitor, chat_id, reply_id, error)
    return to_chat(chat_id)


@router.post("/regenerate")
async def regenerate_reply(
    app: App,
    visitor: KnownVisitor,
    chat_id: UUID,
    reply_id: UUID,
    client_token: Annotated[UUID | None, Form()] = None,
) -> Response:
    """Open another reply; the same `client_token` does so once, and leads to that reply."""
    try:
        await app.authentication.count_page_request(visitor)
        opened = await app.reply_requests.regenerate(visitor, chat_id, reply_id, client_token)
    except REFUSED as error:
        return await refused(app, visitor, chat_id, reply_id, error)
    if opened.created or opened.chat.current_message_id == opened.reply.id:
        return to_chat(chat_id)
    return to_message(chat_id, opened.reply.id, anchor="latest")


async def refused(app: Services, visitor: Visitor, chat_id: UUID, reply_id: UUID, error: ParleyError) -> Response:
    """The chat's page with the sentence that says why the button did nothing."""
    status_code = STATUS[type(error)]
    page = await chat_page(app, visitor, chat_id, status_code=status_code, message_id=reply_id, notice=str(error))
    page.headers.update(retry_headers(status_code, error))
    return page
