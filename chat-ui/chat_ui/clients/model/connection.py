"""HTTP to a model server."""

import asyncio
from collections.abc import AsyncIterator, Iterator, Mapping
from contextlib import asynccontextmanager, contextmanager
from functools import cached_property
from typing import Any, Protocol, Self

import aiohttp
from asgi_correlation_id import correlation_id

from chat_ui.clients.http import Answer, open_session
from chat_ui.errors import LanguageModelUnavailable

CONNECT_SECONDS = 2.0
SILENT_SECONDS = 120.0
"""Longest wait for the next piece of a stream: a CPU may read a long prompt this long before it reports progress."""


class ModelStream(Protocol):
    """A response of the model server, read piece by piece as it arrives."""

    @property
    def status(self) -> int: ...

    async def read(self) -> bytes:
        """The whole body."""
        ...

    def __aiter__(self) -> AsyncIterator[bytes]: ...


class ModelConnection:
    """One model server. Each request has a connection of its own.

    llama.cpp closes an idle connection after a stream without notice, and the next request on it would fail.
    """

    def __init__(self, base_url: str, key: str, *, silent_seconds: float = SILENT_SECONDS) -> None:
        self._base_url = base_url.rstrip("/")
        self._key, self._silent_seconds = key, silent_seconds

    @cached_property
    def _session(self) -> aiohttp.ClientSession:
        return open_session(self._key, _timeout(self._silent_seconds), keep_alive=False)

    async def get(self, path: str, query: Mapping[str, str] | None = None, *, seconds: float = 5.0) -> Answer:
        """
        Raises:
            LanguageModelUnavailable: no connection, no answer in time, or half an answer.
        """
        with _translated():
            options: dict[str, Any] = {"params": query, "headers": _request_id(), "timeout": _timeout(seconds)}
            async with self._session.get(f"{self._base_url}{path}", **options) as response:
                return Answer(response.status, await response.read())

    @asynccontextmanager
    async def post(self, path: str, body: Any) -> AsyncIterator[ModelStream]:
        """Send `body` as JSON. Leaving the block closes the connection, which stops the server's work.

        Raises:
            LanguageModelUnavailable: no connection; or, while the stream is read, silence or its end before time.
        """
        with _translated():
            response = await self._session.post(f"{self._base_url}{path}", json=body, headers=_request_id())
        try:
            yield _Stream(response)
        finally:
            response.close()

    async def close(self) -> None:
        await self._session.close()

    async def __aenter__(self) -> Self:
        return self

    async def __aexit__(self, *_: object) -> None:
        await self.close()


class _Stream:
    def __init__(self, response: aiohttp.ClientResponse) -> None:
        self.status = response.status
        self._response = response

    async def read(self) -> bytes:
        with _translated():
            return await self._response.read()

    async def __aiter__(self) -> AsyncIterator[bytes]:
        while True:
            with _translated():
                piece = await self._response.content.readany()
            if not piece:
                return
            # What arrives until the next piece is wanted gathers in the socket: one wake-up for all (`bench streams`).
            if transport := self._transport():
                transport.pause_reading()
            yield piece
            if transport := self._transport():
                transport.resume_reading()

    def _transport(self) -> asyncio.Transport | None:
        """None once the connection is closed, or the response complete."""
        connection = self._response.connection
        transport = connection.transport if connection else None
        return transport if transport and not transport.is_closing() else None


def _timeout(silent_seconds: float) -> aiohttp.ClientTimeout:
    return aiohttp.ClientTimeout(connect=CONNECT_SECONDS, sock_read=silent_seconds)


def _request_id() -> dict[str, str]:
    request_id = correlation_id.get()
    return {"X-Request-ID": request_id} if request_id else {}


@contextmanager
def _translated() -> Iterator[None]:
    try:
        yield
    except (aiohttp.ClientError, TimeoutError) as error:
        raise LanguageModelUnavailable from error
