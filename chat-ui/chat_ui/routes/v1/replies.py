"""A reply while it is written and afterwards: its text, its events, and what its user may do to it."""

import json
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import suppress
from dataclasses import dataclass
from functools import partial
from typing import Annotated
from uuid import UUID

from fastapi import APIRouter, Depends, Header, Request, status
from fastapi.responses import JSONResponse, Response, StreamingResponse
from fastapi.sse import EventSourceResponse, format_sse_event

from chat_ui.errors import MessageNotFound, ReplyEnded
from chat_ui.models.people import Visitor
from chat_ui.models.replies import OpenedReply, ReplyText
from chat_ui.services.replies.text_updates import Ended, Heartbeat, Piece, Place, follow_reply
from chat_ui.web.dependencies import App, Services
from chat_ui.web.v1.authentication import Chatter, IdempotencyKey, Reader, once
from chat_ui.web.v1.documentation import EVENTS, location, problems
from chat_ui.web.v1.fields import ConversationId, ReplyId
from chat_ui.web.v1.schemas import MessageRead, ReplyRead, message_of, reply_of

router = APIRouter(
    prefix="/v1/conversations/{conversation_id}/replies/{reply_id}", tags=["replies"], responses=problems(404)
)

LastEventId = Annotated[
    str | None,
    Header(
        alias="Last-Event-ID",
        pattern="^r?[0-9]{1,9}$",
        description="go on behind so many characters of the answer or, with an `r`, of the reasoning",
        examples=["12"],
    ),
]
HEARTBEAT = format_sse_event(comment="still here")


@router.get("")
async def read_reply(app: App, caller: Reader, conversation_id: ConversationId, reply_id: ReplyId) -> ReplyRead:
    """The reply's status and its text so far."""
    return reply_of(await find(app, caller, conversation_id, reply_id))


@router.get("/events", responses=EVENTS, response_class=StreamingResponse)
async def read_reply_events(
    app: App, caller: Reader, conversation_id: ConversationId, reply_id: ReplyId, last_event_id: LastEventId = None
) -> EventSourceResponse:
    """The reply as server-sent events, as `POST /v1/chat/stream` gives them: from any place, and again."""
    stored = await find(app, caller, conversation_id, reply_id)
    headers = {"Cache-Control": "no-store", "X-Accel-Buffering": "no"}
    return EventSourceResponse(reply_events(app, caller, stored, place_of(last_event_id), None), headers=headers)


@router.post("/stop")
async def stop_reply(
    app: App, caller: Chatter, conversation_id: ConversationId, reply_id: ReplyId, _: IdempotencyKey = None
) -> ReplyRead:
    """End it with the text that it has. One that has ended is left as it is, so a key is not needed."""
    stored = await find(app, caller, conversation_id, reply_id)
    if stored.status.running:
        with suppress(ReplyEnded):
            await app.reply_requests.stop(caller, reply_id)
        await end_of(app, caller, stored)
    return reply_of(await find(app, caller, conversation_id, reply_id))


@dataclass(frozen=True)
class Beginning:
    """A request that sets the model to work on this reply, or beside it."""

    request: Request
    app: App
    caller: Chatter
    conversation_id: ConversationId
    reply_id: ReplyId
    idempotency_key: IdempotencyKey = None

    async def once(self, begin: Callable[[], Awaitable[OpenedReply]], status_code: int) -> Response:
        """The reply that it begins, and where that grows; the same where the request comes again with its key."""

        async def answer() -> Response:
            await find(self.app, self.caller, self.conversation_id, self.reply_id)
            opened = await begin()
            where = {"Location": address_of(opened.chat.id, opened.reply.id)}
            return JSONResponse(message_of(opened.reply).model_dump(mode="json"), status_code, where)

        return await once(self.request, self.caller, self.idempotency_key, answer)


@router.post(
    "/continue",
    status_code=status.HTTP_202_ACCEPTED,
    response_model=MessageRead,
    responses={202: location("where the reply grows"), **problems(404, 409)},
)
async def continue_reply(asked: Annotated[Beginning, Depends()]) -> Response:
    """Go on from the text of a stopped, interrupted, failed or cut-off reply."""
    resume = partial(asked.app.reply_requests.resume, asked.caller, asked.reply_id)
    return await asked.once(resume, status.HTTP_202_ACCEPTED)


@router.post(
    "/regenerate",
    status_code=status.HTTP_201_CREATED,
    response_model=MessageRead,
    responses={201: location("where the new reply grows"), **problems(404, 409)},
)
async def regenerate_reply(asked: Annotated[Beginning, Depends()]) -> Response:
    """Another reply to the same message, beside this one."""
    regenerate = partial(asked.app.reply_requests.regenerate, asked.caller, asked.conversation_id, asked.reply_id)
    return await asked.once(regenerate, status.HTTP_201_CREATED)


async def find(app: Services, caller: Visitor, conversation_id: UUID, reply_id: UUID) -> ReplyText:
    stored = await app.watcher.find(caller.session, reply_id)
    if stored.chat_id != conversation_id:
        raise MessageNotFound
    return stored


async def end_of(app: Services, caller: Visitor, stored: ReplyText) -> Ended | None:
    """Waits for the reply's end; None where this process ends first."""
    async for part in follow_reply(app.watcher, caller, stored):
        if isinstance(part, Ended):
            return part
    return None


def address_of(conversation_id: ConversationId, reply_id: ReplyId) -> str:
    return f"/v1/conversations/{conversation_id}/replies/{reply_id}"


def place_of(last_event_id: str | None) -> Place:
    event_id = last_event_id or "0"
    return Place(int(event_id.removeprefix("r")), in_thoughts=event_id.startswith("r"))


async def reply_events(
    app: Services, caller: Visitor, stored: ReplyText, place: Place, stop: Callable[[UUID], object] | None
) -> AsyncIterator[bytes]:
    """The reply from a place on; `stop` is called where the reader leaves before its end."""
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
    text, rewind, mark = ("reasoning", "rewind_reasoning", "r") if piece.of_thoughts else ("token", "rewind", "")
    events = [_event({rewind: piece.position}, f"{mark}{piece.position}")] if piece.rewinds else []
    return [*events, _event({text: piece.text}, f"{mark}{piece.end}")] if piece.text else events


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
