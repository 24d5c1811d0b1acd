"""Readers of event streams and other requests at a fixed rate, from many addresses, with every answer counted."""

import asyncio
import itertools
import re
import time
from collections import Counter
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from uuid import uuid4

import aiohttp

ADDRESSES = 100
REQUEST_SECONDS = 60
READ_BYTES = 65_536
_EVENTS = re.compile(r"/replies/([0-9a-f-]{36})/events")
HTMX = {"HX-Request": "true"}


@dataclass
class Load:
    """Requests to the system at `url`, whose nginx takes the address of each client from X-Forwarded-For."""

    url: str
    statuses: Counter[str] = field(default_factory=Counter)
    wrong: list[str] = field(default_factory=list)
    """Server errors other than a deliberate 503, and broken connections."""
    seconds: list[float] = field(default_factory=list)
    """How long each request at the fixed rate took."""
    replies: int = 0
    reading: int = 0
    _addresses: "itertools.count[int]" = field(default_factory=itertools.count)

    async def run(self, readers: int, rate: float, seconds: float) -> None:
        """Keep up this load for a time, then let every reader come to the end of its reply."""
        end = time.monotonic() + seconds
        async with asyncio.TaskGroup() as tasks:
            for number in range(readers):
                tasks.create_task(self._read(end, delay=seconds / 10 * number / readers))
            tasks.create_task(self._request(rate, end))

    async def _read(self, end: float, delay: float) -> None:
        """Ask and read the reply, again and again."""
        await asyncio.sleep(delay)
        async with self._visitor() as visitor:
            chat = ""
            while time.monotonic() < end:
                chat = chat or await self._open_chat(visitor)
                reply = await self._ask(visitor, chat) if chat else None
                if reply:
                    self.reading += 1
                    await self._send(visitor, "GET", f"{chat}/replies/{reply}/events")
                    self.reading -= 1
                    self.replies += 1
                else:
                    await asyncio.sleep(1)

    async def _request(self, rate: float, end: float) -> None:
        """Start requests at a fixed rate, however long each takes."""
        async with self._visitor() as visitor, asyncio.TaskGroup() as tasks:
            chat = await self._open_chat(visitor)
            await self._ask(visitor, chat)
            due = time.monotonic()
            for number in itertools.count():
                if due > end:
                    break
                await asyncio.sleep(max(0, due - time.monotonic()))
                tasks.create_task(self._timed(visitor, chat, number))
                due += 1 / rate

    async def _timed(self, visitor: aiohttp.ClientSession, chat: str, number: int) -> None:
        paths = (chat, "/", "/search?q=cache", f"{chat}/export?format=md", "/keys", "/presets", "/v1/models")
        begin = time.perf_counter()
        await self._send(visitor, "GET", paths[number % len(paths)], headers=self._from_somewhere())
        self.seconds.append(time.perf_counter() - begin)

    async def _open_chat(self, visitor: aiohttp.ClientSession) -> str:
        _, location = await self._send(visitor, "POST", "/chats", data={})
        return location

    async def _ask(self, visitor: aiohttp.ClientSession, chat: str) -> str | None:
        form = {"content": "What is a cache?", "client_token": str(uuid4())}
        text, _ = await self._send(visitor, "POST", f"{chat}/messages", data=form, headers=HTMX)
        found = _EVENTS.search(text)
        return found[1] if found else None

    async def _send(
        self,
        visitor: aiohttp.ClientSession,
        method: str,
        path: str,
        data: dict[str, str] | None = None,
        headers: dict[str, str] | None = None,
    ) -> tuple[str, str]:
        """Return the text and the Location of the answer; the text of a stream is not kept."""
        try:
            async with visitor.request(
                method, self.url + path, data=data, headers=headers, allow_redirects=False
            ) as answer:
                self.statuses[str(answer.status)] += 1
                if answer.status >= 500 and not (answer.status == 503 and "Retry-After" in answer.headers):
                    self.wrong.append(f"{method} {path}: {answer.status}")
                if path.endswith("/events"):
                    while await answer.content.read(READ_BYTES):
                        pass
                    return "", ""
                return await answer.text(), answer.headers.get("Location", "")
        except (aiohttp.ClientError, TimeoutError) as error:
            self.wrong.append(f"{method} {path}: {error!r}")
            return "", ""

    def _from_somewhere(self) -> dict[str, str]:
        return {"X-Forwarded-For": f"198.51.{next(self._addresses) % ADDRESSES}.7"}

    @asynccontextmanager
    async def _visitor(self) -> AsyncIterator[aiohttp.ClientSession]:
        async with aiohttp.ClientSession(
            headers=self._from_somewhere(),
            cookie_jar=aiohttp.CookieJar(unsafe=True),
            connector=aiohttp.TCPConnector(limit=0),
            timeout=aiohttp.ClientTimeout(total=None, sock_read=REQUEST_SECONDS),
        ) as session:
            yield session
