"""The OpenAI-compatible door. Nothing is stored: the caller sends the whole conversation each time."""

from collections.abc import AsyncGenerator
from contextlib import aclosing
from typing import Annotated, Any, Literal

from fastapi import APIRouter, Request
from fastapi.responses import JSONResponse, Response, StreamingResponse
from pydantic import BaseModel, ConfigDict, Field

from chat_ui.dependencies import App
from chat_ui.error_handlers import problem_name
from chat_ui.errors import ParleyError
from chat_ui.routes.v1.callers import Chatter, Reader
from chat_ui.routes.v1.schemas import ModelEntry, ModelList
from chat_ui.routes.v1.waiting import while_connected
from chat_ui.services.completions import Json, as_event, without_usage

router = APIRouter(prefix="/v1", tags=["OpenAI-compatible"])


class StreamOptions(BaseModel):
    include_usage: bool = False


class CompletionRequest(BaseModel):
    """OpenAI's own fields, of which these are handed through to the model; others are taken and have no effect."""

    model_config = ConfigDict(frozen=True, extra="ignore")

    model: Annotated[str, Field(description="the one that `/v1/models` names; there is no other")] = ""
    messages: Annotated[list[dict[str, Any]], Field(min_length=1, examples=[[{"role": "user", "content": "Hello"}]])]
    stream: bool = False
    stream_options: StreamOptions | None = None
    max_tokens: Annotated[int | None, Field(ge=1)] = None
    max_completion_tokens: Annotated[int | None, Field(ge=1)] = None
    temperature: Annotated[float | None, Field(ge=0, le=2)] = None
    top_p: Annotated[float | None, Field(ge=0, le=1)] = None
    frequency_penalty: Annotated[float | None, Field(ge=-2, le=2)] = None
    presence_penalty: Annotated[float | None, Field(ge=-2, le=2)] = None
    seed: Annotated[int | None, Field(ge=0, lt=2**32)] = None
    stop: str | Annotated[list[str], Field(max_length=4)] | None = None
    n: Annotated[int, Field(ge=1, le=1)] = 1
    logprobs: bool | None = None
    top_logprobs: Annotated[int | None, Field(ge=0, le=20)] = None
    response_format: dict[str, Any] | None = None
    tools: Annotated[list[dict[str, Any]] | None, Field(max_length=128)] = None
    tool_choice: Literal["none", "auto", "required"] | dict[str, Any] | None = None
    parallel_tool_calls: bool | None = None

    def handed_through(self) -> Json:
        own = {"stream", "stream_options", "n"}
        return self.model_dump(exclude_none=True, exclude=own)

    @property
    def wants_usage(self) -> bool:
        return bool(self.stream_options and self.stream_options.include_usage)


@router.get("/models")
async def list_models(app: App, _: Reader) -> ModelList:
    """The model that answers here."""
    models = await app.model.models()
    return ModelList(data=[ModelEntry.model_validate(model) for model in models["data"]])


@router.post("/chat/completions", response_model=None)
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
