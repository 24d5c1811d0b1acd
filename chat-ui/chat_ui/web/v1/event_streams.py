"""Streams of the OpenAI-compatible addresses, for a caller who may leave before their end."""

import json
from collections.abc import AsyncGenerator, Callable
from contextlib import aclosing
from typing import Any

from fastapi import Request
from fastapi.responses import Response, StreamingResponse

from chat_ui.errors import ParleyError
from chat_ui.services.openai.completions import without_usage
from chat_ui.services.openai.responses import numbered
from chat_ui.web.disconnects import while_connected
from chat_ui.web.problems import problem_name

Json = dict[str, Any]


async def stream_completion(request: Request, chunks: AsyncGenerator[Json], *, with_usage: bool) -> Response:
    write = _chunk if with_usage else _chunk_without_usage
    return await _stream(request, chunks, write, _completion_error, last=_data("[DONE]"))


async def stream_response(request: Request, events: AsyncGenerator[Json]) -> Response:
    return await _stream(request, numbered(events), _response_event, _response_error)


async def _stream(
    request: Request,
    chunks: AsyncGenerator[Json],
    write: Callable[[Json], bytes | None],
    write_error: Callable[[ParleyError], bytes],
    last: bytes = b"",
) -> Response:
    """Stream the chunks as `write` formats them.

    The first chunk is awaited before the answer starts, so that an error up to then has its own status.
    """
    first = await while_connected(request, anext(chunks))

    async def events() -> AsyncGenerator[bytes]:
        async with aclosing(chunks):
            if event := write(first):
                yield event
            try:
                async for chunk in chunks:
                    if event := write(chunk):
                        yield event
            except ParleyError as error:
                yield write_error(error)
                return
            if last:
                yield last

    return StreamingResponse(events(), media_type="text/event-stream", headers={"X-Accel-Buffering": "no"})


def _chunk(chunk: Json) -> bytes | None:
    return _data(chunk)


def _chunk_without_usage(chunk: Json) -> bytes | None:
    rest = without_usage(chunk)
    return _data(rest) if rest else None


def _completion_error(error: ParleyError) -> bytes:
    return _data({"error": {"message": str(error), "type": "server_error", "code": problem_name(error)}})


def _response_event(event: Json) -> bytes | None:
    return f"event: {event['type']}\n".encode() + _data(event)


def _response_error(error: ParleyError) -> bytes:
    event = {"type": "error", "message": str(error), "code": problem_name(error), "param": None}
    return b"event: error\n" + _data(event)


def _data(value: Json | str) -> bytes:
    text = value if isinstance(value, str) else json.dumps(value, ensure_ascii=False, separators=(",", ":"))
    return f"data: {text}\n\n".encode(errors="replace")
