"""Readers who load pages back to back."""

import asyncio
import time
from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from urllib.parse import urlsplit

from bench.client import Visitor

MESSAGES = 20
FAST_SHORT_REPLIES = {"FAKE_PACE": "2000", "MAX_REPLY_TOKENS": "100"}


@dataclass(frozen=True)
class Reader:
    """A person with a chat of 20 messages."""

    path: str
    cookie: str


def make_readers(url: str, count: int) -> list[Reader]:
    with ThreadPoolExecutor(4) as threads:
        return list(threads.map(lambda _: make_reader(url), range(count)))


def make_reader(url: str) -> Reader:
    visitor = Visitor(url)
    chat_id = visitor.open_chat()
    for turn in range(MESSAGES // 2):
        visitor.time(chat_id, f"What is a cache? This is question {turn}, and it is about as long as most are.")
    return Reader(f"/chats/{chat_id}", visitor.cookie)


async def load(url: str, readers: Sequence[Reader], seconds: float) -> list[float]:
    """Load pages with all readers at once, each over one connection; return the sorted times."""
    stop_at = time.perf_counter() + seconds
    loads = await asyncio.gather(*(_read(url, reader, stop_at) for reader in readers))
    return sorted(time for times in loads for time in times)


async def _read(url: str, reader: Reader, stop_at: float) -> list[float]:
    address = urlsplit(url)
    stream, writer = await asyncio.open_connection(address.hostname, address.port)
    headers = f"Host: {address.netloc}\r\nAccept-Encoding: gzip\r\nCookie: {reader.cookie}"
    request = f"GET {reader.path} HTTP/1.1\r\n{headers}\r\n\r\n"
    times = []
    while (begin := time.perf_counter()) < stop_at:
        writer.write(request.encode())
        await _skip_answer(stream)
        times.append(time.perf_counter() - begin)
    writer.close()
    return times


async def _skip_answer(stream: asyncio.StreamReader) -> None:
    head = await stream.readuntil(b"\r\n\r\n")
    if not head.startswith(b"HTTP/1.1 200"):
        raise RuntimeError(f"A page was refused: {head[:200]!r}")
    length = head.lower().partition(b"content-length: ")[2].partition(b"\r\n")[0]
    if length:
        await stream.readexactly(int(length))
        return
    while size := int(await stream.readline(), 16):
        await stream.readexactly(size + 2)
    await stream.readexactly(2)
