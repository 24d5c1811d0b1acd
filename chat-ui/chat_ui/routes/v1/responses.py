"""OpenAI's newer door, `/v1/responses`, as far as llama.cpp serves it. Nothing is stored here either."""

from contextlib import aclosing

from fastapi import APIRouter, Request
from fastapi.responses import JSONResponse, Response

from chat_ui.errors import ParleyError
from chat_ui.services.openai.responses import PATH, join_events, response_request, with_places
from chat_ui.web.dependencies import App
from chat_ui.web.disconnects import while_connected
from chat_ui.web.error_handlers import problem_name
from chat_ui.web.v1.authentication import Chatter, IdempotencyKey, once
from chat_ui.web.v1.documentation import EVENTS, Responses, openai_errors
from chat_ui.web.v1.event_streams import Json, answer_stream, data
from chat_ui.web.v1.openai_schemas import ResponseObject, ResponseRequest

router = APIRouter(prefix="/v1", tags=["OpenAI-compatible"])

ANSWER: Responses = {200: EVENTS[200] | {"model": ResponseObject, "description": "the answer, streamed or not"}}


@router.post("/responses", response_model=None, responses={**ANSWER, **openai_errors(400, 409)})
async def respond(
    request: Request, app: App, caller: Chatter, wanted: ResponseRequest, idempotency_key: IdempotencyKey = None
) -> Response:
    """A response, as OpenAI's API gives it, streamed or not. A stream is made anew whatever its `Idempotency-Key`."""
    asked = response_request(wanted.handed_through(), app.settings.max_reply_tokens)
    events = app.openai.stream(caller, PATH, asked)
    if wanted.stream:
        return await answer_stream(request, with_places(events), as_event, as_error)

    async def whole() -> Response:
        async with aclosing(events):
            return JSONResponse(await while_connected(request, join_events(events)))

    return await once(request, caller, idempotency_key, whole)


def as_event(event: Json) -> bytes | None:
    return f"event: {event['type']}\n".encode() + data(event)


def as_error(error: ParleyError) -> bytes:
    event = {"type": "error", "message": str(error), "code": problem_name(error), "param": None}
    return b"event: error\n" + data(event)
