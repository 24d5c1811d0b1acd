"""A light client that reads hundreds of event streams at once and records when each piece came."""

import asyncio
import json
import math
import time
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from functools import partial
from typing import cast
from urllib.parse import urlsplit

from bench.client import Visitor


@dataclass(frozen=True)
class Request:
    """The request for one stream, as bytes."""

    host: str
    port: int
    content: bytes


def page_stream(url: str, visitor: Visitor) -> Request:
    """Ask a question in a new chat; return the request for the reply's events."""
    chat_id = visitor.open_chat()
    reply_id = visitor.ask(chat_id, "What is a cache?")
    address = urlsplit(url)
    path = f"/chats/{chat_id}/replies/{reply_id}/events"
    head = f"GET {path} HTTP/1.1\r\nHost: {address.netloc}\r\nCookie: {visitor.cookie}\r\n\r\n"
    return Request(str(address.hostname), address.port or 80, head.encode())


def raw_stream(url: str) -> Request:
    address = urlsplit(url)
    body = json.dumps({"messages": [{"role": "user", "content": "What is a cache?"}], "max_tokens": 10**6})
    head = f"POST /v1/chat/completions HTTP/1.1\r\nHost: {address.netloc}\r\nContent-Length: {len(body)}\r\n\r\n{body}"
    return Request(str(address.hostname), address.port or 80, head.encode())


@dataclass
class Stream(asyncio.Protocol):
    request: Request
    arrivals: list[float] = field(default_factory=list)
    ended: bool = False

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        self.transport = cast("asyncio.Transport", transport)
        self.transport.write(self.request.content)

    def data_received(self, data: bytes) -> None:
        if b"data: " in data:
            self.arrivals.append(time.perf_counter())

    def connection_lost(self, _error: Exception | None) -> None:
        self.ended = True


class Reader:
    """Reads streams until closed."""

    def __init__(self) -> None:
        self.streams: list[Stream] = []

    async def open(self, requests: Iterable[Request]) -> None:
        loop = asyncio.get_running_loop()
        for request in requests:
            _, stream = await loop.create_connection(partial(Stream, request), request.host, request.port)
            self.streams.append(stream)

    async def gaps(self, seconds: float) -> Sequence[float]:
        """Return the sorted times between consecutive pieces of each stream, during this many seconds."""
        for stream in self.streams:
            stream.arrivals.clear()
        await asyncio.sleep(seconds)
        if ended := sum(stream.ended for stream in self.streams):
            raise RuntimeError(f"{ended} of {len(self.streams)} streams ended early.")
        silent = sum(len(stream.arrivals) < 2 for stream in self.streams)
        gaps = [b - a for s in self.streams for a, b in zip(s.arrivals, s.arrivals[1:], strict=False)]
        return sorted([*gaps, *[seconds] * silent])

    def close(self) -> None:
        for stream in self.streams:
            stream.transport.close()
        self.streams.clear()


def percentile(ordered: Sequence[float], share: float) -> float:
    return ordered[min(len(ordered) - 1, math.ceil(share * len(ordered)) - 1)]
