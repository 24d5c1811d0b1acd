"""A reply, while it is written and afterwards: its events, its frame, its text, and its buttons."""

from typing import Annotated
from uuid import UUID

from fastapi import APIRouter, Header, status
from fastapi.responses import PlainTextResponse, Response, StreamingResponse
from fastapi.sse import EventSourceResponse

from chat_ui.models.reasoning import split
from chat_ui.web.dependencies import App, KnownVisitor, WantsFragment
from chat_ui.web.pages.frame import to_chat
from chat_ui.web.pages.reply_events import stream_events, stream_frame

router = APIRouter(prefix="/chats/{chat_id}/replies/{reply_id}")

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
    await app.reply_requests.stop(visitor, reply_id)
    return Response(status_code=status.HTTP_204_NO_CONTENT) if fragment else to_chat(chat_id)


@router.post("/continue")
async def continue_reply(app: App, visitor: KnownVisitor, chat_id: UUID, reply_id: UUID) -> Response:
    await app.authentication.count_page_request(visitor)
    await app.reply_requests.resume(visitor, reply_id)
    return to_chat(chat_id)


@router.post("/regenerate")
async def regenerate_reply(app: App, visitor: KnownVisitor, chat_id: UUID, reply_id: UUID) -> Response:
    await app.authentication.count_page_request(visitor)
    await app.reply_requests.regenerate(visitor, chat_id, reply_id)
    return to_chat(chat_id)
