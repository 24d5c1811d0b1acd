"""HTTP to our own services with as little as possible between the bytes and their reader.

httpx's own transport parses in Python and asks each idle connection whether it still lives: that was 42 of the 57 µs
that a streamed token took, and a third of a page's time. This one has the parser that uvicorn has too. It stands
behind httpx's interface, so that nobody notices.
"""

import asyncio
import time
from collections import deque
from collections.abc import AsyncIterator, Callable
from dataclasses import dataclass, field
from typing import Any

import httpx
from httptools import HttpParserError, HttpResponseParser

PIECE_BYTES = 65_536
IDLE_SECONDS = 5.0


class LeanTransport(httpx.AsyncBaseTransport):
    """HTTP/1.1 over as many connections as are asked for: what stands before it bounds them.

    Args:
        keep_alive: whether a connection is used again; for a service that keeps it open longer than `IDLE_SECONDS`.
    """

    def __init__(self, *, keep_alive: bool) -> None:
        self._keep_alive = keep_alive
        self._idle: deque[_Connection] = deque()

    async def handle_async_request(self, request: httpx.Request) -> httpx.Response:
        """
        Raises:
            httpx.TransportError: the server is not there, or broke off.
        """
        body = await request.aread()
        timeouts = request.extensions["timeout"]
        connection = self._take_idle() or await _connect(request.url, timeouts["connect"])
        connection.writer.write(_head(request, keep_alive=self._keep_alive) + body)
        stream = _Body(connection, timeouts["read"], self._give_back)
        try:
            await stream.read_head()
        except BaseException:
            await stream.aclose()
            raise
        return httpx.Response(stream.status, headers=stream.headers, stream=stream)

    async def aclose(self) -> None:
        while self._idle:
            self._idle.pop().writer.close()

    def _take_idle(self) -> "_Connection | None":
        while self._idle and time.monotonic() - self._idle[0].used > IDLE_SECONDS:
            self._idle.popleft().writer.close()
        while self._idle:
            connection = self._idle.pop()  # the last used one: so those beyond need grow old and go
            if connection.is_open:
                return connection
            connection.writer.close()
        return None

    def _give_back(self, connection: "_Connection") -> None:
        if not self._keep_alive:
            connection.writer.close()
            return
        connection.used = time.monotonic()
        self._idle.append(connection)


@dataclass
class _Connection:
    reader: asyncio.StreamReader
    writer: asyncio.StreamWriter
    used: float = field(default_factory=time.monotonic)

    @property
    def is_open(self) -> bool:
        return not self.reader.at_eof() and self.reader.exception() is None and not self.writer.is_closing()


async def _connect(url: httpx.URL, seconds: float | None) -> _Connection:
    secure = url.scheme == "https"
    port = url.port or (443 if secure else 80)
    try:
        async with asyncio.timeout(seconds):
            return _Connection(*await asyncio.open_connection(url.host, port, ssl=secure or None))
    except TimeoutError as error:
        raise httpx.ConnectTimeout(f"{url.host}:{port} does not answer.") from error
    except OSError as error:
        raise httpx.ConnectError(str(error)) from error


def _head(request: httpx.Request, *, keep_alive: bool) -> bytes:
    lines = [b"%b %b HTTP/1.1" % (request.method.encode(), request.url.raw_path)]
    lines += [b"%b: %b" % header for header in request.headers.raw if header[0].lower() != b"connection"]
    return b"\r\n".join([*lines, b"Connection: keep-alive" if keep_alive else b"Connection: close", b"", b""])


class _Body(httpx.AsyncByteStream):
    """An answer as it comes. Its `on_…` methods are called by the parser."""

    def __init__(
        self, connection: _Connection, seconds: float | None, when_done: Callable[[_Connection], None]
    ) -> None:
        """`when_done` gets the connection of an answer that was read to its end."""
        self.status = 0
        self.headers: list[tuple[bytes, bytes]] = []
        self._connection, self._seconds, self._when_done = connection, seconds, when_done
        self._parser: Any = HttpResponseParser(self)
        self._pieces: list[bytes] = []
        self._has_head = self._can_go_on = self._complete = False

    async def read_head(self) -> None:
        while not self._has_head:
            await self._read()

    async def __aiter__(self) -> AsyncIterator[bytes]:
        while True:
            if self._pieces:
                pieces, self._pieces = self._pieces, []
                yield b"".join(pieces)
            if self._complete:
                return
            await self._read()

    async def aclose(self) -> None:
        """Closing the connection is what makes a server stop that is still answering."""
        if self._complete and self._can_go_on:
            self._when_done(self._connection)
        else:
            self._connection.writer.close()
        self._complete = False  # once is enough

    async def _read(self) -> None:
        try:
            async with asyncio.timeout(self._seconds):
                data = await self._connection.reader.read(PIECE_BYTES)
            if not data:
                raise httpx.RemoteProtocolError("The server closed the connection before its answer's end.")
            self._parser.feed_data(data)
        except TimeoutError as error:
            raise httpx.ReadTimeout(f"Nothing came for {self._seconds} s.") from error
        except OSError as error:
            raise httpx.ReadError(str(error)) from error
        except HttpParserError as error:
            raise httpx.RemoteProtocolError(str(error)) from error

    def on_header(self, name: bytes, value: bytes) -> None:
        self.headers.append((name, value))

    def on_headers_complete(self) -> None:
        self.status = self._parser.get_status_code()
        self._can_go_on = self._parser.should_keep_alive()
        self._has_head = True

    def on_body(self, body: bytes) -> None:
        self._pieces.append(body)

    def on_message_complete(self) -> None:
        self._complete = True
