"""Ask and be answered: in one piece, or word by word."""

from uuid import UUID

from fastapi import APIRouter, Request, status
from fastapi.responses import JSONResponse, Response, StreamingResponse
from fastapi.sse import EventSourceResponse

from chat_ui.errors import ClientGone, KeyReused, ReplyFailed
from chat_ui.models.chats import Status
from chat_ui.models.people import Visitor
from chat_ui.models.replies import OpenedReply, Outcome, ReplyText
from chat_ui.routes.v1.replies import LastEventId, address_of, end_of, place_of, reply_events
from chat_ui.services.model.queue import party_of
from chat_ui.services.replies.text_updates import Ended
from chat_ui.text import check_length, clean
from chat_ui.web.dependencies import App, Services
from chat_ui.web.disconnects import while_connected
from chat_ui.web.v1.authentication import Chatter, IdempotencyKey, token_of
from chat_ui.web.v1.documentation import EVENTS, Responses, links, location, problems
from chat_ui.web.v1.schemas import Answer, Ask, Started

router = APIRouter(prefix="/v1/chat", tags=["chat"], responses=problems(404, 409))


NEXT = links("$response.body#/conversation_id", "$response.body#/reply_id")
ANSWERED: Responses = {
    200: {"description": "the whole answer"} | NEXT,
    202: {"model": Started, "description": "`background`: it has begun"} | location("where the reply grows") | NEXT,
}


@router.post("", response_model=Answer, responses=ANSWERED)
async def chat(
    request: Request, app: App, caller: Chatter, ask: Ask, idempotency_key: IdempotencyKey = None
) -> Answer | Response:
    """Ask, and get the whole answer. Closing the connection stops the reply, unless it is one in the `background`."""
    opened = await open_reply(app, caller, ask, idempotency_key)
    if ask.background:
        started = Started(conversation_id=opened.chat.id, reply_id=opened.reply.id)
        where = {"Location": address_of(opened.chat.id, opened.reply.id)}
        return JSONResponse(started.model_dump(mode="json"), status.HTTP_202_ACCEPTED, where)
    try:
        ended = await while_connected(request, wait_for(app, caller, opened.reply.id))
    except ClientGone:
        app.writer.stop(opened.reply.id)
        raise
    return answer_of(opened.chat.id, opened.reply.id, ended)


@router.post("/stream", responses=EVENTS, response_class=StreamingResponse)
async def stream_chat(
    app: App,
    caller: Chatter,
    ask: Ask,
    idempotency_key: IdempotencyKey = None,
    last_event_id: LastEventId = None,
) -> EventSourceResponse:
    """Ask, and get the answer word by word as server-sent events.

    `{"reasoning": "…"}`, from a model that thinks, before its answer: more of its thoughts.
    `{"token": "…"}`: more of the answer. The event's id is how many characters (Unicode code points) of the answer
    there are now or, with an `r` before it, of the reasoning.
    `{"rewind": 12}`, seldom: what stands behind the answer's first 12 characters does not count any more
    (`rewind_reasoning`: behind the reasoning's).
    `{"done": true, "conversation_id": "…", "tokens_used": 42, …}`: the end; `status` and `error` tell how it ended.
    Comments come while nothing else does. Closing the connection stops the reply, unless it is one in the `background`.

    A connection that broke is resumed at `Location` + `/events`, or here with the same `Idempotency-Key`, in both cases
    with `Last-Event-ID`.
    """
    opened = await open_reply(app, caller, ask, idempotency_key)
    stored = await app.watcher.find(caller.session, opened.reply.id)
    stops = None if ask.background else app.writer.stop
    events = reply_events(app, caller, stored, place_of(last_event_id), stops)
    return EventSourceResponse(events, headers=stream_headers(stored))


def stream_headers(stored: ReplyText) -> dict[str, str]:
    where = address_of(stored.chat_id, stored.id)
    return {"Cache-Control": "no-store", "X-Accel-Buffering": "no", "Location": where}


async def open_reply(app: Services, caller: Visitor, ask: Ask, idempotency_key: str | None) -> OpenedReply:
    """Stores the message, in a new conversation where none is named, and starts its reply."""
    token = token_of(caller, idempotency_key)
    what, limit = "The message", app.settings.max_message_chars
    check_length(ask.message, what=what, limit=limit)  # as it came: so the schema says it
    content = clean(ask.message, what=what, limit=limit)
    app.writer.queue.refuse_if_full(party_of(caller))
    chat_id = ask.conversation_id or await new_chat(app, caller, token)
    opened = await app.reply_requests.ask(caller, chat_id, content, token)
    if opened.message is None or opened.message.content != content:
        raise KeyReused
    return opened


async def new_chat(app: Services, caller: Visitor, token: UUID) -> UUID:
    return (await app.chats.create(caller.session, None, token)).id


async def wait_for(app: Services, caller: Visitor, reply_id: UUID) -> Ended:
    """
    Raises:
        ReplyFailed: it ended without an answer.
    """
    stored = await app.watcher.find(caller.session, reply_id)
    if ended := await end_of(app, caller, stored):
        return refuse_failure(ended)
    raise ReplyFailed("Parley is restarting. The reply goes on by itself: ask again with the same Idempotency-Key.")


def refuse_failure(ended: Ended) -> Ended:
    if ended.outcome.status is Status.FAILED:
        raise ReplyFailed(ended.outcome.error or "The reply failed.")
    return ended


def answer_of(chat_id: UUID, reply_id: UUID, ended: Ended) -> Answer:
    outcome: Outcome = ended.outcome
    return Answer(
        response=ended.text,
        reasoning=ended.thoughts or None,
        conversation_id=chat_id,
        reply_id=reply_id,
        sources=[],
        tokens_used=outcome.tokens,
        status=outcome.status,
        finish_reason=outcome.finish_reason,
    )
