"""What the OpenAI-compatible addresses share: an answer as events, for a caller who may leave."""

import json
from collections.abc import AsyncGenerator, Callable
from contextlib import aclosing
from typing import Any

from fastapi import Request
from fastapi.responses import Response, StreamingResponse

from chat_ui.errors import ParleyError
from chat_ui.web.disconnects import while_connected

Json = dict[str, Any]


async def answer_stream(
    request: Request,
    chunks: AsyncGenerator[Json],
    write: Callable[[Json], bytes | None],
    write_error: Callable[[ParleyError], bytes],
    last: bytes = b"",
) -> Response:
    """The chunks as `write` puts them. Its turn and the model's consent are waited for first: until then an error has
    a status of its own.
    """
    first = await while_connected(request, anext(chunks))

    async def events() -> AsyncGenerator[bytes]:
        async with aclosing(chunks):
            if begin := write(first):
                yield begin
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


def data(value: Json | str) -> bytes:
    text = value if isinstance(value, str) else json.dumps(value, ensure_ascii=False, separators=(",", ":"))
    return f"data: {text}\n\n".encode(errors="replace")
