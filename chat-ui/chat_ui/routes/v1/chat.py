"""Ask a question and get its answer, as a whole or word by word."""

from fastapi import APIRouter, Request, status
from fastapi.responses import JSONResponse, Response, StreamingResponse
from fastapi.sse import EventSourceResponse

from chat_ui.errors import ClientGone
from chat_ui.web.dependencies import App
from chat_ui.web.disconnects import while_connected
from chat_ui.web.v1.authentication import Chatter
from chat_ui.web.v1.documentation import EVENTS, Responses, links, location, problems
from chat_ui.web.v1.idempotency import IdempotencyKey, token_of
from chat_ui.web.v1.reply_events import LastEventId, address_of, stream_reply
from chat_ui.web.v1.schemas import Answer, Ask, Started, answer_of

router = APIRouter(prefix="/v1/chat", tags=["chat"], responses=problems(404, 409))

NEXT = links("$response.body#/conversation_id", "$response.body#/reply_id")
ANSWERED: Responses = {
    200: {"description": "the whole answer"} | NEXT,
    202: {"model": Started, "description": "with `background`: the reply has started"}
    | location("the address of the reply")
    | NEXT,
}


@router.post("", response_model=Answer, responses=ANSWERED)
async def chat(
    request: Request, app: App, caller: Chatter, ask: Ask, idempotency_key: IdempotencyKey = None
) -> Answer | Response:
    """Ask, and get the whole answer. Closing the connection stops the reply, except in the `background`."""
    token = token_of(caller, idempotency_key)
    opened = await app.conversations.ask(caller, ask.conversation_id, ask.message, token)
    if ask.background:
        started = Started(conversation_id=opened.chat.id, reply_id=opened.reply.id)
        return JSONResponse(started.model_dump(mode="json"), status.HTTP_202_ACCEPTED, address_of(opened))
    try:
        ended = await while_connected(request, app.conversations.finished_reply(caller, opened.reply.id))
    except ClientGone:
        app.writer.stop(opened.reply.id)
        raise
    return answer_of(opened, ended)


@router.post("/stream", responses=EVENTS, response_class=StreamingResponse)
async def stream_chat(
    app: App,
    caller: Chatter,
    ask: Ask,
    idempotency_key: IdempotencyKey = None,
    last_event_id: LastEventId = None,
) -> EventSourceResponse:
    """Ask, and get the answer word by word as server-sent events.

    `{"reasoning": "…"}`: more of the model's thoughts, which come before its answer. Only models that think send it.
    `{"token": "…"}`: more of the answer. The event's id is the number of characters (Unicode code points) of the answer
    so far or, with an `r` before it, of the reasoning.
    `{"rewind": 12}`, rarely: discard everything after the answer's first 12 characters (`rewind_reasoning`: after the
    reasoning's).
    `{"done": true, "conversation_id": "…", "tokens_used": 42, …}`: the end; `status` and `error` say how it ended.
    Comments keep the connection alive. Closing the connection stops the reply, except in the `background`.

    Resume a broken connection at `Location` + `/events`, or here with the same `Idempotency-Key`; in both cases send
    `Last-Event-ID`.
    """
    token = token_of(caller, idempotency_key)
    opened = await app.conversations.ask(caller, ask.conversation_id, ask.message, token)
    stored = await app.conversations.find_reply(caller, opened.chat.id, opened.reply.id)
    response = stream_reply(app, caller, stored, last_event_id, stop=None if ask.background else app.writer.stop)
    response.headers.update(address_of(opened))
    return response
