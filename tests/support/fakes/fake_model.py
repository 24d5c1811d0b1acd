"""llama.cpp's server at a chosen pace, for tests of chat-ui that hold or break the stream."""

import asyncio
import json
import re
from collections.abc import AsyncIterator
from dataclasses import dataclass, field
from typing import Any

from fastapi import FastAPI, Request
from fastapi.responses import JSONResponse, Response, StreamingResponse


@dataclass
class FakeModel:
    """Streams `answer` word by word, `pace` seconds apart; like llama.cpp, it continues a partial answer."""

    answer: str = "The answer is **forty-two**."
    thoughts: str = ""
    """Sent before the answer: as `reasoning_content` or, with `tags`, as part of it."""
    tags: bool = False
    name: str = "demo"
    others: tuple[str, ...] = ()
    """Names of further models."""
    title: str = ""
    """The answer to a request for a title; a model without one is listed with the tag `no-titles`."""
    slots: int = 4
    context_tokens: int = 4096
    pace: float = 0.0
    away: bool = False
    sick: bool = False
    """Its health check fails, though it still answers requests."""
    """Still loading: everything is answered 503."""
    refusal: dict[str, Any] | None = None
    break_after: int | None = None
    """The connection breaks after this many words, once."""
    prompts: list[dict[str, Any]] = field(default_factory=list)
    salts: list[str] = field(default_factory=list)
    """What each prompt began with."""
    seeds: list[int] = field(default_factory=list)
    """Seeds of the requests in progress."""
    lingers: bool = False
    """Whether it keeps working on a request whose client has left."""
    looks: int = 0
    """How often `/slots` was read."""
    most_running: int = 0

    @property
    def running(self) -> int:
        return len(self.seeds)


def fake_model_server(model: FakeModel) -> FastAPI:
    app = FastAPI()

    @app.get("/v1/models")
    async def models() -> Response:
        return _loading() if model.away else JSONResponse({"data": _listed(model)})

    @app.get("/health")
    async def health() -> Any:
        return _loading() if model.away or model.sick else {"status": "ok"}

    @app.get("/props")
    async def props() -> dict[str, Any]:
        return {"total_slots": model.slots, "default_generation_settings": {"n_ctx": model.context_tokens}}

    @app.get("/slots")
    async def slots() -> list[dict[str, Any]]:
        model.looks += 1
        return [{"is_processing": True, "params": {"seed": seed}} for seed in model.seeds]

    @app.post("/v1/chat/completions")
    async def complete(request: Request) -> Response:
        body = await request.json()
        if model.away:
            return _loading()
        if model.refusal:
            return JSONResponse({"error": model.refusal}, model.refusal["code"])
        model.prompts.append(without_salt(model, body))
        return StreamingResponse(_stream(model, body), media_type="text/event-stream")

    @app.post("/v1/responses")
    async def respond(request: Request) -> Response:
        body = await request.json()
        if model.refusal:
            return JSONResponse({"error": model.refusal}, model.refusal["code"])
        model.prompts.append(body)
        return StreamingResponse(_respond(model), media_type="text/event-stream")

    return app


def without_salt(model: FakeModel, body: dict[str, Any]) -> dict[str, Any]:
    """The request without the text that separates users in the cache; `model.salts` keeps it."""
    first, *others = body["messages"]
    salt, _, instructions = str(first["content"]).partition("\n\n")
    if first["role"] != "system" or not re.fullmatch("[a-z2-7]{6}", salt):
        return body
    model.salts.append(salt)
    return body | {"messages": [first | {"content": instructions}, *others] if instructions else others}


def _listed(model: FakeModel) -> list[dict[str, Any]]:
    tags = [] if model.title else ["no-titles"]
    return [{"id": name, "tags": tags} for name in (model.name, *model.others)]


def _loading() -> JSONResponse:
    return JSONResponse({"error": {"code": 503, "message": "Loading model", "type": "unavailable_error"}}, 503)


async def _stream(model: FakeModel, body: dict[str, Any]) -> AsyncIterator[str]:
    last = body["messages"][-1]
    prefix = last["content"] if last["role"] == "assistant" else ""
    thought = last.get("reasoning_content", "")
    seed, seeds = body.get("seed", -1), model.seeds
    seeds.append(seed)
    model.most_running = max(model.most_running, model.running)
    try:
        yield _event({"choices": [], "prompt_progress": {"processed": 5, "total": 10}})
        if prefix:
            yield _event(_delta(prefix))
        wants_title = model.title and last["content"].startswith("Give this conversation a title")
        deltas = [_delta(word) for word in _words(model.title)] if wants_title else _deltas(model, thought, prefix)
        for count, delta in enumerate(deltas, 1):
            if model.break_after is not None and count > model.break_after:
                model.break_after = None
                raise ConnectionError("the test breaks this stream")
            await asyncio.sleep(model.pace)
            yield _event(delta)
        yield _event({"choices": [{"delta": {}, "finish_reason": "stop"}]})
        words = len(model.answer.split())
        usage = {"prompt_tokens": 10, "completion_tokens": words, "total_tokens": 10 + words}
        yield _event({"choices": [], "usage": usage, "timings": {"predicted_per_second": 50.0}, "model": model.name})
        yield "data: [DONE]\n\n"
    finally:
        if not model.lingers:
            seeds.remove(seed)


async def _respond(model: FakeModel) -> AsyncIterator[str]:
    seeds = model.seeds
    seeds.append(-1)
    try:
        yield _event({"type": "response.created", "response": {"id": "resp_1", "status": "in_progress"}})
        for word in _words(model.answer):
            await asyncio.sleep(model.pace)
            yield _event({"type": "response.output_text.delta", "delta": word})
        yield _event({"type": "response.completed", "response": _response(model)})
    finally:
        seeds.remove(-1)


def _response(model: FakeModel) -> dict[str, Any]:
    words, text = len(model.answer.split()), [{"type": "output_text", "text": model.answer}]
    return {
        "id": "resp_1",
        "object": "response",
        "status": "completed",
        "model": model.name,
        "output": [{"type": "message", "role": "assistant", "content": text}],
        "usage": {"input_tokens": 10, "output_tokens": words, "total_tokens": 10 + words},
    }


def _deltas(model: FakeModel, thought: str, prefix: str) -> list[dict[str, Any]]:
    answer = [_delta(word) for word in _words(model.answer[len(prefix) :])]
    thoughts = "" if prefix else model.thoughts[len(thought) :]
    if thoughts and model.tags:
        return [_delta(word) for word in _words(f"<think>\n{thoughts}\n</think>\n\n")] + answer
    return [_delta(word, "reasoning_content") for word in _words(thoughts)] + answer


def _words(text: str) -> list[str]:
    return re.findall(r" ?[^ ]+| ", text)


def _delta(text: str, name: str = "content") -> dict[str, Any]:
    return {"choices": [{"delta": {name: text}, "finish_reason": None}]}


def _event(chunk: dict[str, Any]) -> str:
    return f"data: {json.dumps(chunk)}\n\n"
