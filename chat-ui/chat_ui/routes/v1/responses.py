"""OpenAI's newer API, `/v1/responses`, as far as llama.cpp supports it. Nothing is stored here either."""

from contextlib import aclosing

from fastapi import APIRouter, Request
from fastapi.responses import JSONResponse, Response

from chat_ui.services.openai.responses import PATH, join_events, response_request
from chat_ui.web.dependencies import App
from chat_ui.web.disconnects import while_connected
from chat_ui.web.v1.authentication import Chatter
from chat_ui.web.v1.documentation import EVENTS, Responses, openai_errors
from chat_ui.web.v1.event_streams import stream_response
from chat_ui.web.v1.idempotency import IdempotencyKey, once
from chat_ui.web.v1.openai_schemas import ResponseObject, ResponseRequest

router = APIRouter(prefix="/v1", tags=["OpenAI-compatible"])

ANSWER: Responses = {200: EVENTS[200] | {"model": ResponseObject, "description": "the answer, streamed or not"}}


@router.post("/responses", response_model=None, responses={**ANSWER, **openai_errors(400, 409)})
async def respond(
    request: Request, app: App, caller: Chatter, wanted: ResponseRequest, idempotency_key: IdempotencyKey = None
) -> Response:
    """A response as in OpenAI's API, streamed or not. `Idempotency-Key` has no effect on a stream."""
    upstream = response_request(wanted.upstream_fields(), app.settings.max_reply_tokens)
    events = app.openai.stream(caller, PATH, upstream)
    if wanted.stream:
        return await stream_response(request, events)

    async def whole() -> Response:
        async with aclosing(events):
            return JSONResponse(await while_connected(request, join_events(events)))

    return await once(request, caller, idempotency_key, whole)
