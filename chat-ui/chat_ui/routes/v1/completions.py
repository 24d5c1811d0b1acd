"""OpenAI's chat completions. Nothing is stored: the caller sends the whole conversation each time."""

from contextlib import aclosing

from fastapi import APIRouter, Request
from fastapi.responses import JSONResponse, Response

from chat_ui.services.openai.completions import PATH, completion_request, join_chunks
from chat_ui.web.dependencies import App
from chat_ui.web.disconnects import while_connected
from chat_ui.web.v1.authentication import Chatter, Reader
from chat_ui.web.v1.documentation import EVENTS, Responses, openai_errors
from chat_ui.web.v1.event_streams import stream_completion
from chat_ui.web.v1.idempotency import IdempotencyKey, once
from chat_ui.web.v1.openai_schemas import Completion, CompletionRequest, ModelEntry, ModelList

router = APIRouter(prefix="/v1", tags=["OpenAI-compatible"])

ANSWER: Responses = {200: EVENTS[200] | {"model": Completion, "description": "the answer, streamed or not"}}


@router.get("/models", responses=openai_errors())
async def list_models(app: App, _: Reader) -> ModelList:
    """The model that answers here."""
    models = await app.model_servers.models()
    return ModelList(data=[ModelEntry.model_validate(model) for model in models["data"]])


@router.post("/chat/completions", response_model=None, responses={**ANSWER, **openai_errors(400, 409)})
async def complete(
    request: Request, app: App, caller: Chatter, wanted: CompletionRequest, idempotency_key: IdempotencyKey = None
) -> Response:
    """A completion as in OpenAI's API, streamed or not. `Idempotency-Key` has no effect on a stream."""
    upstream = completion_request(wanted.upstream_fields(), app.settings.max_reply_tokens)
    chunks = app.openai.stream(caller, PATH, upstream)
    if wanted.stream:
        return await stream_completion(request, chunks, with_usage=wanted.wants_usage)

    async def whole() -> Response:
        async with aclosing(chunks):
            return JSONResponse(await while_connected(request, join_chunks(chunks)))

    return await once(request, caller, idempotency_key, whole)
