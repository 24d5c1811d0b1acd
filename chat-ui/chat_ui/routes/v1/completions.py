"""The OpenAI-compatible door. Nothing is stored: the caller sends the whole conversation each time."""

from collections.abc import AsyncGenerator
from contextlib import aclosing

from fastapi import APIRouter, Request
from fastapi.responses import JSONResponse, Response, StreamingResponse

from chat_ui.dependencies import App
from chat_ui.error_handlers import problem_name
from chat_ui.errors import ParleyError
from chat_ui.routes.v1.callers import Chatter, Reader
from chat_ui.routes.v1.openai_schemas import Completion, CompletionRequest, ModelEntry, ModelList
from chat_ui.routes.v1.problems import EVENTS, Responses, openai_errors
from chat_ui.routes.waiting import while_connected
from chat_ui.services.completions import Json, as_event, without_usage

router = APIRouter(prefix="/v1", tags=["OpenAI-compatible"])

ANSWER: Responses = {200: EVENTS[200] | {"model": Completion, "description": "the answer, streamed or not"}}


@router.get("/models", responses=openai_errors())
async def list_models(app: App, _: Reader) -> ModelList:
    """The model that answers here."""
    models = await app.model.models()
    return ModelList(data=[ModelEntry.model_validate(model) for model in models["data"]])


@router.post("/chat/completions", response_model=None, responses={**ANSWER, **openai_errors(400)})
async def complete(request: Request, app: App, caller: Chatter, wanted: CompletionRequest) -> Response:
    """A completion, as OpenAI's API gives it, streamed or not."""
    if not wanted.stream:
        answer = app.completions.complete(caller, wanted.handed_through())
        return JSONResponse(await while_connected(request, answer))
    chunks = app.completions.stream(caller, wanted.handed_through())
    # Its turn and the model's consent are waited for first: until then an error has a status of its own.
    first = await while_connected(request, anext(chunks))
    events = completion_events(first, chunks, usage=wanted.wants_usage)
    return StreamingResponse(events, media_type="text/event-stream", headers={"X-Accel-Buffering": "no"})


async def completion_events(first: Json, chunks: AsyncGenerator[Json], *, usage: bool) -> AsyncGenerator[bytes]:
    async with aclosing(chunks):
        if begin := first if usage else without_usage(first):
            yield as_event(begin)
        try:
            async for chunk in chunks:
                if wanted := chunk if usage else without_usage(chunk):
                    yield as_event(wanted)
        except ParleyError as error:
            yield as_event({"error": {"message": str(error), "type": "server_error", "code": problem_name(error)}})
            return
        yield as_event("[DONE]")
