"""The OpenAI-compatible door. Nothing is stored: the caller sends the whole conversation each time."""

from contextlib import aclosing

from fastapi import APIRouter, Request
from fastapi.responses import JSONResponse, Response

from chat_ui.errors import ParleyError
from chat_ui.services.openai.completions import PATH, completion_request, join_chunks, without_usage
from chat_ui.web.dependencies import App
from chat_ui.web.disconnects import while_connected
from chat_ui.web.error_handlers import problem_name
from chat_ui.web.v1.authentication import Chatter, IdempotencyKey, Reader, once
from chat_ui.web.v1.documentation import EVENTS, Responses, openai_errors
from chat_ui.web.v1.event_streams import Json, answer_stream, data
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
    """A completion, as OpenAI's API gives it, streamed or not. A stream is made anew whatever its `Idempotency-Key`."""
    asked = completion_request(wanted.handed_through(), app.settings.max_reply_tokens)
    chunks = app.openai.stream(caller, PATH, asked)
    if wanted.stream:
        write = as_chunk if wanted.wants_usage else as_chunk_without_usage
        return await answer_stream(request, chunks, write, as_error, last=data("[DONE]"))

    async def whole() -> Response:
        async with aclosing(chunks):
            return JSONResponse(await while_connected(request, join_chunks(chunks)))

    return await once(request, caller, idempotency_key, whole)


def as_chunk(chunk: Json) -> bytes | None:
    return data(chunk)


def as_chunk_without_usage(chunk: Json) -> bytes | None:
    wanted = without_usage(chunk)
    return data(wanted) if wanted else None


def as_error(error: ParleyError) -> bytes:
    return data({"error": {"message": str(error), "type": "server_error", "code": problem_name(error)}})
