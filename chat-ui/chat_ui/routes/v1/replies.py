"""A reply, while it is written and afterwards: its text, its events, and what its user can do with it."""

from fastapi import APIRouter, Request, status
from fastapi.responses import Response, StreamingResponse
from fastapi.sse import EventSourceResponse

from chat_ui.web.dependencies import App
from chat_ui.web.v1.authentication import Chatter, Reader
from chat_ui.web.v1.documentation import EVENTS, location, problems
from chat_ui.web.v1.fields import ConversationId, ReplyId
from chat_ui.web.v1.idempotency import IdempotencyKey, once
from chat_ui.web.v1.reply_events import LastEventId, started_reply, stream_reply
from chat_ui.web.v1.schemas import MessageRead, ReplyRead, reply_of

router = APIRouter(
    prefix="/v1/conversations/{conversation_id}/replies/{reply_id}", tags=["replies"], responses=problems(404)
)


@router.get("")
async def read_reply(app: App, caller: Reader, conversation_id: ConversationId, reply_id: ReplyId) -> ReplyRead:
    """The reply's status and its text so far."""
    return reply_of(await app.conversations.find_reply(caller, conversation_id, reply_id))


@router.get("/events", responses=EVENTS, response_class=StreamingResponse)
async def read_reply_events(
    app: App, caller: Reader, conversation_id: ConversationId, reply_id: ReplyId, last_event_id: LastEventId = None
) -> EventSourceResponse:
    """The reply as server-sent events like those of `POST /v1/chat/stream`: from any place, as often as you like."""
    stored = await app.conversations.find_reply(caller, conversation_id, reply_id)
    return stream_reply(app, caller, stored, last_event_id)


@router.post("/stop")
async def stop_reply(
    app: App, caller: Chatter, conversation_id: ConversationId, reply_id: ReplyId, _: IdempotencyKey = None
) -> ReplyRead:
    """End the reply with the text that it has. A reply that has ended stays as it is, so no key is needed."""
    return reply_of(await app.conversations.stop_reply(caller, conversation_id, reply_id))


@router.post(
    "/continue",
    status_code=status.HTTP_202_ACCEPTED,
    response_model=MessageRead,
    responses={202: location("the address of the reply"), **problems(404, 409)},
)
async def continue_reply(
    request: Request,
    app: App,
    caller: Chatter,
    conversation_id: ConversationId,
    reply_id: ReplyId,
    idempotency_key: IdempotencyKey = None,
) -> Response:
    """Continue a stopped, failed or cut-off reply from the text that it has."""

    async def resume() -> Response:
        await app.conversations.find_reply(caller, conversation_id, reply_id)
        return started_reply(await app.reply_requests.resume(caller, reply_id), status.HTTP_202_ACCEPTED)

    return await once(request, caller, idempotency_key, resume)


@router.post(
    "/regenerate",
    status_code=status.HTTP_201_CREATED,
    response_model=MessageRead,
    responses={201: location("the address of the new reply"), **problems(404, 409)},
)
async def regenerate_reply(
    request: Request,
    app: App,
    caller: Chatter,
    conversation_id: ConversationId,
    reply_id: ReplyId,
    idempotency_key: IdempotencyKey = None,
) -> Response:
    """Write another reply to the same message, beside this one."""

    async def regenerate() -> Response:
        await app.conversations.find_reply(caller, conversation_id, reply_id)
        opened = await app.reply_requests.regenerate(caller, conversation_id, reply_id)
        return started_reply(opened, status.HTTP_201_CREATED)

    return await once(request, caller, idempotency_key, regenerate)
