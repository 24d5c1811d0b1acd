"""llama.cpp's server at a chosen pace for hundreds of streams: `python -m bench.fake_model --port 8080 --pace 50`.

It speaks just enough HTTP for chat-ui, with prepared bytes, so that the app is measured and not this server. Each token
is a separate write, as from the real server; the streams' writes are spread evenly over the time between two tokens.
"""

import argparse
import asyncio
import itertools
import json
import re
from collections.abc import Iterator
from typing import cast

from bench.prose import TOKENS

PHASES = 20
SHORTEST_SLEEP = 0.001
MODELS = {"data": [{"id": "fake"}]}
PROPS = {"total_slots": 1000, "default_generation_settings": {"n_ctx": 32_768}}
_LENGTH = re.compile(rb"content-length: *(\d+)", re.IGNORECASE)
_MAX_TOKENS = re.compile(rb'"max_tokens": *(\d+)')
_STREAM_HEAD = b"HTTP/1.1 200 OK\r\nContent-Type: text/event-stream\r\nTransfer-Encoding: chunked\r\n\r\n"


def _chunk(event: dict[str, object] | str) -> bytes:
    text = event if isinstance(event, str) else json.dumps(event, separators=(",", ":"))
    data = f"data: {text}\n\n".encode()
    return b"%x\r\n%b\r\n" % (len(data), data)


def _delta(content: str) -> dict[str, object]:
    return {
        "choices": [{"finish_reason": None, "index": 0, "delta": {"content": content}}],
        "created": 1_700_000_000,
        "id": "chatcmpl-0123456789abcdefghijklmnopqrstuv",
        "model": "fake",
        "system_fingerprint": "b0000-00000000",
        "object": "chat.completion.chunk",
    }


DELTAS = [_chunk(_delta(token)) for token in TOKENS]
END = (
    _chunk({"choices": [{"finish_reason": "length", "index": 0, "delta": {}}], "model": "fake"})
    + _chunk({"choices": [], "model": "fake", "usage": {"prompt_tokens": 10, "completion_tokens": 10}, "timings": {}})
    + _chunk("[DONE]")
    + b"0\r\n\r\n"
)


class Connection(asyncio.Protocol):
    def __init__(self, phases: list[set["Connection"]]) -> None:
        self._phases = phases
        self._received = b""
        self._left = 0
        self._tokens: Iterator[bytes] = iter(())

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        self._transport = cast("asyncio.Transport", transport)

    def connection_lost(self, _error: Exception | None) -> None:
        for phase in self._phases:
            phase.discard(self)

    def data_received(self, data: bytes) -> None:
        self._received += data
        head, separator, body = self._received.partition(b"\r\n\r\n")
        length = int(found[1]) if (found := _LENGTH.search(head)) else 0
        if separator and len(body) >= length:
            self._received = body[length:]
            self._answer(head, body)

    def write_token(self) -> None:
        if self._left == 0:
            self._transport.write(END)
            self.connection_lost(None)
            return
        self._left -= 1
        self._transport.write(next(self._tokens))

    def _answer(self, head: bytes, body: bytes) -> None:
        path = head.split(b" ", 2)[1]
        if path == b"/v1/chat/completions":
            self._transport.write(_STREAM_HEAD)
            self._left = int(found[1]) if (found := _MAX_TOKENS.search(body)) else 256
            self._tokens = itertools.cycle(DELTAS)
            min(self._phases, key=len).add(self)
            return
        answer = json.dumps(PROPS if path == b"/props" else MODELS).encode()
        self._transport.write(b"HTTP/1.1 200 OK\r\nContent-Length: %d\r\n\r\n%b" % (len(answer), answer))


async def serve(host: str, port: int, pace: float) -> None:
    loop = asyncio.get_running_loop()
    phases: list[set[Connection]] = [set() for _ in range(PHASES)]
    await loop.create_server(lambda: Connection(phases), host, port, backlog=1024)
    due = loop.time()
    for phase in itertools.cycle(phases):
        due += 1 / pace / PHASES
        if due > loop.time() + SHORTEST_SLEEP:
            await asyncio.sleep(due - loop.time())
        for connection in list(phase):
            connection.write_token()


def main() -> None:
    import uvloop

    parser = argparse.ArgumentParser(description="A fake model server")
    parser.add_argument("--host", default="127.0.0.1")
    parser.add_argument("--port", type=int, required=True)
    parser.add_argument("--pace", type=float, default=50, help="tokens per second of each stream")
    arguments = parser.parse_args()
    uvloop.run(serve(arguments.host, arguments.port, arguments.pace))


if __name__ == "__main__":
    main()
