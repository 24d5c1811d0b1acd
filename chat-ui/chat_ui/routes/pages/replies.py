"""A reply while it is written: its events for the page, its frame for the page without JavaScript, its buttons."""

from collections.abc import AsyncIterator
from typing import Annotated
from uuid import UUID

from fastapi import APIRouter, Header, status
from fastapi.responses import PlainTextResponse, Response, StreamingResponse
from fastapi.sse import EventSourceResponse, format_sse_event

from chat_ui.errors import MessageNotFound
from chat_ui.models.people import Visitor
from chat_ui.models.reasoning import split
from chat_ui.models.replies import ReplyText
from chat_ui.routes.pages.chats import memory, to_chat
from chat_ui.services.replies.html_updates import HtmlUpdates
from chat_ui.services.replies.state import Phase
from chat_ui.services.replies.watcher import ticks
from chat_ui.web.dependencies import App, KnownVisitor, Services, WantsFragment

router = APIRouter(prefix="/chats/{chat_id}/replies/{reply_id}")

LastEventId = Annotated[str | None, Header(max_length=40)]

STREAM_HEADERS = {"Cache-Control": "no-store", "X-Accel-Buffering": "no"}
FRAME_TICK_SECONDS = 0.4
"""Slower than the events: each update of the frame sends the open block again."""

HEARTBEAT = format_sse_event(comment="still here")


@router.get("/events")
async def reply_events(
    app: App, visitor: KnownVisitor, chat_id: UUID, reply_id: UUID, last_event_id: LastEventId = None
) -> EventSourceResponse:
    """Server-sent events with fragments for the page, which may connect at any time and as often as it likes.

    A connection begins with the text so far, less what `Last-Event-ID` says that the page has; at the end the message
    is replaced by its final form.
    """
    stored = await find(app, visitor, chat_id, reply_id)
    return EventSourceResponse(events(app, visitor, stored, last_event_id), headers=STREAM_HEADERS)


@router.get("/frame")
async def reply_frame(app: App, visitor: KnownVisitor, chat_id: UUID, reply_id: UUID) -> StreamingResponse:
    """A page that grows while the reply is written, for browsers without JavaScript."""
    stored = await find(app, visitor, chat_id, reply_id)
    return StreamingResponse(frame(app, visitor, stored), media_type="text/html", headers=STREAM_HEADERS)


@router.get("/text")
async def reply_text(app: App, visitor: KnownVisitor, chat_id: UUID, reply_id: UUID) -> PlainTextResponse:
    """The answer as the model wrote it, to copy."""
    stored = await find(app, visitor, chat_id, reply_id)
    return PlainTextResponse(split(stored.text).answer, headers={"Cache-Control": "no-store"})


@router.post("/stop")
async def stop_reply(
    app: App, visitor: KnownVisitor, fragment: WantsFragment, chat_id: UUID, reply_id: UUID
) -> Response:
    await app.reply_requests.stop(visitor, reply_id)
    return Response(status_code=status.HTTP_204_NO_CONTENT) if fragment else to_chat(chat_id)


@router.post("/continue")
async def continue_reply(app: App, visitor: KnownVisitor, chat_id: UUID, reply_id: UUID) -> Response:
    await app.reply_requests.resume(visitor, reply_id)
    return to_chat(chat_id)


@router.post("/regenerate")
async def regenerate_reply(app: App, visitor: KnownVisitor, chat_id: UUID, reply_id: UUID) -> Response:
    await app.reply_requests.regenerate(visitor, chat_id, reply_id)
    return to_chat(chat_id)


async def find(app: Services, visitor: Visitor, chat_id: UUID, reply_id: UUID) -> ReplyText:
    stored = await app.watcher.find(visitor.session, reply_id)
    if stored.chat_id != chat_id:
        raise MessageNotFound
    return stored


async def events(app: Services, visitor: Visitor, stored: ReplyText, last_event_id: str | None) -> AsyncIterator[bytes]:
    async with app.watcher.watch(visitor.session, stored) as state:
        live, shown, place = HtmlUpdates(state, last_event_id), None, f"open-{state.reply_id}"
        async for changed in ticks(state, lambda: live.rest):
            if state.phase is Phase.ENDED:
                final = await final_message(app, visitor, stored)
                yield format_sse_event(data_str=final)
                yield format_sse_event(event="end", data_str="")
            elif changed:
                update, progress = live.update(), state.progress
                label = None if progress == shown else app.templates.render("partials/reply_progress.html", state=state)
                if label is None and update.only_grows:
                    fragment = app.templates.growth(update.answer.finished, update.answer.open, place)
                else:
                    fragment = app.templates.render(
                        "partials/reply_update.html", reply_id=state.reply_id, update=update, label=label
                    )
                shown = progress
                yield format_sse_event(data_str=fragment, id=update.event_id)
            else:
                yield HEARTBEAT


async def final_message(app: Services, visitor: Visitor, stored: ReplyText) -> str:
    """The message as the page would show it if it were loaded now."""
    chat = await app.chats.get(visitor.session, stored.chat_id)
    reply = next((message for message in chat.path if message.id == stored.id), None)
    return app.templates.render(
        "partials/reply_final.html",
        chat=chat,
        reply=reply,
        reply_id=stored.id,
        memory=await memory(app, chat),
        title_wanted=await app.titles.are_wanted(chat),
    )


async def frame(app: Services, visitor: Visitor, stored: ReplyText) -> AsyncIterator[str]:
    async with app.watcher.watch(visitor.session, stored) as state:
        live, shown = HtmlUpdates(state), None
        yield app.templates.render("pages/frame_begin.html")
        async for changed in ticks(state, lambda: max(FRAME_TICK_SECONDS, live.rest)):
            if changed:
                label = app.templates.render("partials/reply_progress.html", state=state)
                new_label = label if label != shown else None
                yield app.templates.render(
                    "partials/frame_update.html", reply_id=stored.id, update=live.update(), label=new_label
                )
                shown = label
        yield app.templates.render("pages/frame_end.html", chat_id=stored.chat_id, state=state)
