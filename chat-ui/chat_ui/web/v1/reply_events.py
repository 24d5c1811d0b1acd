"""A reply as server-sent events for programs, from any place in its text."""

import json
from collections.abc import AsyncIterator, Callable
from typing import Annotated
from uuid import UUID

from fastapi import Header
from fastapi.responses import JSONResponse, Response
from fastapi.sse import EventSourceResponse, format_sse_event

from chat_ui.models.people import Visitor
from chat_ui.models.replies import OpenedReply, ReplyText
from chat_ui.services.replies.text_updates import Ended, Heartbeat, Piece, Place, follow_reply
from chat_ui.web.dependencies import Services
from chat_ui.web.v1.schemas import message_of

LastEventId = Annotated[
    str | None,
    Header(
        alias="Last-Event-ID",
        pattern="^r?[0-9]{1,9}$",
        description="continue after this many characters of the answer or, with an `r` before it, of the reasoning",
        examples=["12"],
    ),
]
HEARTBEAT = format_sse_event(comment="still here")
HEADERS = {"Cache-Control": "no-store", "X-Accel-Buffering": "no"}


def stream_reply(
    app: Services,
    caller: Visitor,
    stored: ReplyText,
    last_event_id: str | None,
    *,
    stop: Callable[[UUID], object] | None = None,
) -> EventSourceResponse:
    """Stream the reply; `stop` is called with its id if the reader leaves before its end."""
    return EventSourceResponse(reply_events(app, caller, stored, place_of(last_event_id), stop), headers=HEADERS)


def address_of(opened: OpenedReply) -> dict[str, str]:
    """The `Location` header: where the reply is read and streamed."""
    return {"Location": f"/v1/conversations/{opened.chat.id}/replies/{opened.reply.id}"}


def started_reply(opened: OpenedReply, status_code: int) -> Response:
    """The reply that was just started, and its address."""
    return JSONResponse(message_of(opened.reply).model_dump(mode="json"), status_code, address_of(opened))


def place_of(last_event_id: str | None) -> Place:
    event_id = last_event_id or "0"
    return Place(int(event_id.removeprefix("r")), in_thoughts=event_id.startswith("r"))


async def reply_events(
    app: Services, caller: Visitor, stored: ReplyText, place: Place, stop: Callable[[UUID], object] | None
) -> AsyncIterator[bytes]:
    over = False
    try:
        async for part in follow_reply(app.watcher, caller, stored, place):
            match part:
                case Piece():
                    for event in piece_events(part):
                        yield event
                case Heartbeat():
                    yield HEARTBEAT
                case Ended():
                    over = True
                    yield end_event(stored, part)
        over = True
    finally:
        if stop and not over and not app.writer.is_closing:
            stop(stored.id)


def piece_events(piece: Piece) -> list[bytes]:
    text, rewind, prefix = ("reasoning", "rewind_reasoning", "r") if piece.of_thoughts else ("token", "rewind", "")
    events = [_event({rewind: piece.position}, f"{prefix}{piece.position}")] if piece.rewinds else []
    return [*events, _event({text: piece.text}, f"{prefix}{piece.end}")] if piece.text else events


def end_event(stored: ReplyText, ended: Ended) -> bytes:
    outcome = ended.outcome
    data = {
        "done": True,
        "conversation_id": str(stored.chat_id),
        "reply_id": str(stored.id),
        "sources": [],
        "tokens_used": outcome.tokens,
        "status": outcome.status,
        "finish_reason": outcome.finish_reason,
        "error": outcome.error,
    }
    return _event(data, str(len(ended.text)))


def _event(data: dict[str, object], event_id: str) -> bytes:
    return format_sse_event(data_str=json.dumps(data, ensure_ascii=False), id=event_id)
