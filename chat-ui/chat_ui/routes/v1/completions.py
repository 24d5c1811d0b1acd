"""OpenAI's chat completions. Nothing is stored: the caller sends the whole conversation each time."""

from contextlib import aclosing
from typing import Annotated

from fastapi import APIRouter, Path, Request
from fastapi.responses import JSONResponse, Response

from chat_ui.errors import ModelNotFound
from chat_ui.services.openai.completions import PATH, completion_request, join_chunks
from chat_ui.web.dependencies import App
from chat_ui.web.disconnects import while_connected
from chat_ui.web.v1.authentication import Chatter, Reader
from chat_ui.web.v1.documentation import EVENTS, Responses, openai_errors
from chat_ui.web.v1.event_streams import stream_completion
from chat_ui.web.v1.idempotency import IdempotencyKey, once
from chat_ui.web.v1.openai_schemas import Completion, CompletionRequest, ModelEntry, ModelList

router = APIRouter(prefix="/v1", tags=["OpenAI-compatible"])

ModelName = Annotated[str, Path(max_length=200, description="a name that `/v1/models` lists", examples=["demo"])]

LINKS = {"read_model": {"operationId": "read_model", "parameters": {"model": "$response.body#/data/0/id"}}}

ANSWER: Responses = {200: EVENTS[200] | {"model": Completion, "description": "the answer, streamed or not"}}


@router.get("/models", responses={200: {"links": LINKS}, **openai_errors()})
async def list_models(app: App, _: Reader) -> ModelList:
    """The model that answers here."""
    models = await app.model_servers.models()
    return ModelList(data=[ModelEntry.model_validate(model) for model in models["data"]])


@router.get("/models/{model}", responses=openai_errors(404))
async def read_model(app: App, _: Reader, model: ModelName) -> ModelEntry:
    """One of the models that answer here."""
    served = (await app.model_servers.models())["data"]
    found = next((entry for entry in served if entry["id"] == model), None)
    if found is None:
        raise ModelNotFound
    return ModelEntry.model_validate(found)


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
