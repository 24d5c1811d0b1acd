"""Streams of the OpenAI-compatible addresses, for a caller who may leave before their end."""

import asyncio
import json
from collections.abc import AsyncGenerator, Callable
from contextlib import aclosing, suppress
from dataclasses import dataclass
from typing import Any

from fastapi import Request
from fastapi.responses import Response, StreamingResponse

from chat_ui.errors import ParleyError
from chat_ui.services.openai.completions import without_usage
from chat_ui.services.openai.responses import numbered
from chat_ui.web.disconnects import while_connected
from chat_ui.web.problems import problem_name, sentence_for_program

Json = dict[str, Any]

PROMPT_SECONDS = 1.0
COMMENT_SECONDS = 10.0
COMMENT = b": still waiting\n\n"
MAX_UNSENT = 16
"""Chunks that are read before the caller has taken them."""


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

    The answer starts with the first chunk or after `PROMPT_SECONDS`, so that an early error has a status of its own and
    a long wait has no other. From then on a comment shows proxies that the connection is in use.
    """
    arrivals = Arrivals(chunks)
    try:
        await while_connected(request, arrivals.begun(PROMPT_SECONDS))
    except BaseException:
        await arrivals.close()
        raise

    async def events() -> AsyncGenerator[bytes]:
        try:
            while True:
                arrived = await arrivals.next(COMMENT_SECONDS)
                if arrived is None:
                    yield COMMENT
                elif isinstance(arrived, End):
                    if isinstance(arrived.error, ParleyError):
                        yield write_error(arrived.error)
                    elif arrived.error:
                        raise arrived.error
                    elif last:
                        yield last
                    return
                elif event := write(arrived):
                    yield event
        finally:
            await arrivals.close()

    return StreamingResponse(events(), media_type="text/event-stream", headers={"X-Accel-Buffering": "no"})


@dataclass(frozen=True)
class End:
    """The end of the chunks, and the error that ended them."""

    error: BaseException | None = None


class Arrivals:
    """Chunks that are read by a task of their own, so that waiting for one can end without ending the reading."""

    def __init__(self, chunks: AsyncGenerator[Json]) -> None:
        self._chunks = chunks
        self._arrived = asyncio.Queue[Json | End](MAX_UNSENT)
        self._first: list[Json | End] = []
        self._reading = asyncio.create_task(self._read())

    async def begun(self, seconds: float) -> None:
        """Wait for the first chunk, at most this long.

        Raises:
            ParleyError: there is none, because of this error.
        """
        if arrived := await self.next(seconds):
            if isinstance(arrived, End) and arrived.error:
                raise arrived.error
            self._first = [arrived]

    async def next(self, seconds: float) -> Json | End | None:
        """Return the next chunk; None if that takes longer."""
        if self._first:
            return self._first.pop()
        with suppress(TimeoutError):
            async with asyncio.timeout(seconds):
                return await self._arrived.get()
        return None

    async def close(self) -> None:
        """Stop reading, and wait until the model's slot is free."""
        self._reading.cancel()
        await asyncio.gather(self._reading, return_exceptions=True)

    async def _read(self) -> None:
        try:
            async with aclosing(self._chunks):
                async for chunk in self._chunks:
                    await self._arrived.put(chunk)
        except Exception as error:  # noqa: BLE001 - raised again where the chunks are awaited
            await self._arrived.put(End(error))
        else:
            await self._arrived.put(End())


def _chunk(chunk: Json) -> bytes | None:
    return _data(chunk)


def _chunk_without_usage(chunk: Json) -> bytes | None:
    rest = without_usage(chunk)
    return _data(rest) if rest else None


def _completion_error(error: ParleyError) -> bytes:
    return _data(
        {"error": {"message": sentence_for_program(error), "type": "server_error", "code": problem_name(error)}}
    )


def _response_event(event: Json) -> bytes | None:
    return f"event: {event['type']}\n".encode() + _data(event)


def _response_error(error: ParleyError) -> bytes:
    event = {"type": "error", "message": sentence_for_program(error), "code": problem_name(error), "param": None}
    return b"event: error\n" + _data(event)


def _data(value: Json | str) -> bytes:
    text = value if isinstance(value, str) else json.dumps(value, ensure_ascii=False, separators=(",", ":"))
    return f"data: {text}\n\n".encode(errors="replace")
