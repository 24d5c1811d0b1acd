"""A reply that is being written, as HTML: events for the page's script, and a growing frame for a page without one."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

from fastapi.responses import StreamingResponse
from fastapi.sse import EventSourceResponse, format_sse_event

from chat_ui.models.people import Visitor
from chat_ui.models.replies import ReplyText
from chat_ui.services.replies.html_updates import HtmlUpdates
from chat_ui.services.replies.state import Phase, ReplyState
from chat_ui.services.replies.watcher import ticks
from chat_ui.web.dependencies import Services
from chat_ui.web.pages.chat import context_usage
from chat_ui.web.places import MOST_STREAMS

HEADERS = {"Cache-Control": "no-store", "X-Accel-Buffering": "no"}
FRAME_SECONDS = 0.4
"""The shortest time between two updates of the frame. Slower than the events: each one sends the open block again."""

HEARTBEAT = format_sse_event(comment="still here")
LATER = format_sse_event(event="later", data_str="", retry=3000)
"""Sent when another tab needs this one's connection: the page connects again after these milliseconds."""


class Watching:
    """One reader's place among this browser's streams."""

    def __init__(self, state: ReplyState) -> None:
        self._state = state
        self.is_over = False

    def end(self) -> None:
        self.is_over = True
        self._state.wake()


def stream_events(app: Services, visitor: Visitor, stored: ReplyText, last_event_id: str | None) -> EventSourceResponse:
    return EventSourceResponse(reply_events(app, visitor, stored, last_event_id), headers=HEADERS)


def stream_frame(app: Services, visitor: Visitor, stored: ReplyText) -> StreamingResponse:
    return StreamingResponse(reply_frame(app, visitor, stored), media_type="text/html", headers=HEADERS)


async def reply_events(
    app: Services, visitor: Visitor, stored: ReplyText, last_event_id: str | None
) -> AsyncIterator[bytes]:
    async with app.watcher.watch(visitor.session, stored) as state, _place(app, visitor, state) as watching:
        updates, shown, place = HtmlUpdates(state, last_event_id), None, f"open-{state.reply_id}"
        async for changed in ticks(state, lambda: updates.rest):
            if watching.is_over:
                yield LATER
                return
            if state.phase is Phase.ENDED:
                yield format_sse_event(data_str=await final_message(app, visitor, stored))
                yield format_sse_event(event="end", data_str="")
            elif changed:
                update, progress = updates.update(), state.progress
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
    """The message as the page shows it when it is loaded now."""
    chat = await app.chats.get(visitor.session, stored.chat_id, through=stored.id)
    reply = next(message for message in chat.path if message.id == stored.id)
    return app.templates.render(
        "partials/reply_final.html",
        chat=chat,
        reply=reply,
        reply_id=stored.id,
        memory=await context_usage(app, chat),
        title_wanted=await app.titles.are_wanted(chat),
    )


async def reply_frame(app: Services, visitor: Visitor, stored: ReplyText) -> AsyncIterator[str]:
    async with app.watcher.watch(visitor.session, stored) as state, _place(app, visitor, state) as watching:
        updates, shown = HtmlUpdates(state), None
        yield app.templates.render("pages/frame_begin.html", chat_id=stored.chat_id, reply_id=stored.id)
        async for changed in ticks(state, lambda: max(FRAME_SECONDS, updates.rest)):
            if watching.is_over:
                break
            if changed:
                label = app.templates.render("partials/reply_progress.html", state=state)
                new_label = label if label != shown else None
                yield app.templates.render(
                    "partials/frame_update.html", reply_id=stored.id, update=updates.update(), label=new_label
                )
                shown = label
        yield app.templates.render("pages/frame_end.html", chat_id=stored.chat_id, state=state)


@asynccontextmanager
async def _place(app: Services, visitor: Visitor, state: ReplyState) -> AsyncIterator[Watching]:
    watching = Watching(state)
    with app.places.hold("stream", visitor.session, MOST_STREAMS, watching.end):
        yield watching
