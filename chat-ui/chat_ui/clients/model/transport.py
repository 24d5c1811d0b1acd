"""HTTP to our own services with as little as possible between the bytes and their reader.

httpx's own transport parses in Python and asks each idle connection whether it still lives: that was 42 of the 57 µs
that a streamed token took, and a third of a page's time. This one has the parser that uvicorn has too. It stands
behind httpx's interface, so that nobody notices.
"""

import asyncio
import os
import time
from collections import deque
from collections.abc import AsyncIterator, Callable, Mapping
from typing import Any

import httpx
from httptools import HttpParserError, HttpResponseParser

IDLE_SECONDS = 5.0
GATHERED_BYTES = 65_536


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
        head = _head(request, keep_alive=self._keep_alive)
        answer = await self.ask(request.url, head + await request.aread(), request.extensions["timeout"])
        return httpx.Response(answer.status, headers=answer.headers, stream=answer)

    async def ask(self, url: httpx.URL, request: bytes, timeouts: Mapping[str, float | None]) -> "Answer":
        """Sends the request's bytes to the server of this URL; the answer must be closed.

        Raises:
            httpx.TransportError: the server is not there, or broke off.
        """
        connection = self._take_idle() or await _connect(url, timeouts["connect"])
        answer = Answer(connection, timeouts["read"], self._give_back)
        connection.ask(request, answer)
        try:
            await answer.read_head()
        except BaseException:
            await answer.aclose()
            raise
        return answer

    async def aclose(self) -> None:
        while self._idle:
            self._idle.pop().close()

    def _take_idle(self) -> "_Connection | None":
        while self._idle and time.monotonic() - self._idle[0].used > IDLE_SECONDS:
            self._idle.popleft().close()
        while self._idle:
            connection = self._idle.pop()  # the last used one: so those beyond need grow old and go
            if connection.is_open:
                return connection
        return None

    def _give_back(self, connection: "_Connection") -> None:
        if not self._keep_alive:
            connection.close()
            return
        connection.used = time.monotonic()
        self._idle.append(connection)


class _Connection(asyncio.Protocol):
    """Hands what comes to the answer that is awaited. What comes unasked closes it."""

    def __init__(self) -> None:
        self.is_open = False
        self.used = 0.0
        self._transport: Any = None
        self._socket: int | None = None
        """Where its bytes can be read as they are: not with TLS."""
        self._answer: Answer | None = None

    def ask(self, request: bytes, answer: "Answer") -> None:
        self._answer = answer
        self._transport.write(request)

    def pause(self) -> None:
        self._transport.pause_reading()

    def resume(self) -> None:
        self._transport.resume_reading()

    def read_gathered(self) -> bytes | None:
        """What has come since it was paused; None where there is nothing, or only the transport can tell.

        The event loop is left out of it: to show it the socket, be woken and take the socket away again is three
        wake-ups for what is one read.
        """
        if self._socket is None:
            return None
        try:
            return os.read(self._socket, GATHERED_BYTES) or None
        except OSError:  # as a rule: nothing there
            return None

    def close(self) -> None:
        self.is_open, self._answer, self._socket = False, None, None
        self._transport.close()

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        self.is_open, self._transport = True, transport
        if transport.get_extra_info("ssl_object") is None:
            self._socket = transport.get_extra_info("socket").fileno()

    def data_received(self, data: bytes) -> None:
        if self._answer is None or self._answer.complete:
            self.close()
        else:
            self._answer.feed(data)

    def connection_lost(self, error: Exception | None) -> None:
        self.is_open, self._socket = False, None
        if self._answer:
            self._answer.break_off(error)


async def _connect(url: httpx.URL, seconds: float | None) -> _Connection:
    secure = url.scheme == "https"
    port = url.port or (443 if secure else 80)
    try:
        async with asyncio.timeout(seconds):
            loop = asyncio.get_running_loop()
            _, connection = await loop.create_connection(_Connection, url.host, port, ssl=secure or None)
            return connection
    except TimeoutError as error:
        raise httpx.ConnectTimeout(f"{url.host}:{port} does not answer.") from error
    except OSError as error:
        raise httpx.ConnectError(str(error)) from error


def _head(request: httpx.Request, *, keep_alive: bool) -> bytes:
    lines = [b"%b %b HTTP/1.1" % (request.method.encode(), request.url.raw_path)]
    lines += [b"%b: %b" % header for header in request.headers.raw if header[0].lower() != b"connection"]
    return b"\r\n".join([*lines, b"Connection: keep-alive" if keep_alive else b"Connection: close", b"", b""])


class Answer(httpx.AsyncByteStream):
    """An answer as it comes. Its `on_…` methods are called by the parser.

    The socket is read only while somebody waits: what comes in between gathers there, and is then read in one piece.
    """

    def __init__(
        self, connection: _Connection, seconds: float | None, when_done: Callable[[_Connection], None]
    ) -> None:
        """`when_done` gets the connection of an answer that was read to its end."""
        self.status = 0
        self.headers: list[tuple[bytes, bytes]] = []
        self.complete = False
        self._connection, self._seconds, self._when_done = connection, seconds, when_done
        self._parser: Any = HttpResponseParser(self)
        self._pieces: list[bytes] = []
        self._has_head = self._can_go_on = self._closed = self._paused = False
        self._error: httpx.TransportError | None = None
        self._waiter: asyncio.Future[None] | None = None

    async def read_head(self) -> None:
        while not self._has_head:
            await self._wait()

    async def __aiter__(self) -> AsyncIterator[bytes]:
        while True:
            if self._pieces:
                pieces, self._pieces = self._pieces, []
                yield pieces[0] if len(pieces) == 1 else b"".join(pieces)
            elif self.complete:
                return
            else:
                await self._wait()

    async def aclose(self) -> None:
        """Closing the connection is what makes a server stop that is still answering."""
        if self._closed:
            return
        self._closed = True
        if self.complete and self._can_go_on and self._connection.is_open:
            self._when_done(self._connection)
        else:
            self._connection.close()

    async def _wait(self) -> None:
        """For more to come."""
        if self._error:
            raise self._error
        if self._paused and (gathered := self._connection.read_gathered()):
            self._parse(gathered)
            if self.complete:
                self._connection.resume()  # so that it is noticed when the server closes it
            return
        self._paused = False
        loop = asyncio.get_running_loop()
        self._waiter = loop.create_future()
        timer = loop.call_later(self._seconds, self._give_up) if self._seconds is not None else None
        self._connection.resume()
        try:
            await self._waiter
        finally:
            self._waiter = None
            if timer:
                timer.cancel()

    def feed(self, data: bytes) -> None:
        self._parse(data)
        if not self.complete:
            self._connection.pause()
            self._paused = True
        self._wake()

    def _parse(self, data: bytes) -> None:
        try:
            self._parser.feed_data(data)
        except HttpParserError as error:
            self._fail(httpx.RemoteProtocolError(str(error)))

    def break_off(self, error: Exception | None) -> None:
        closed = "The server closed the connection before its answer's end."
        self._fail(httpx.ReadError(str(error)) if error else httpx.RemoteProtocolError(closed))

    def _give_up(self) -> None:
        self._fail(httpx.ReadTimeout(f"Nothing came for {self._seconds} s."))

    def _fail(self, error: httpx.TransportError) -> None:
        self._error = error
        if self._waiter and not self._waiter.done():
            self._waiter.set_exception(error)

    def _wake(self) -> None:
        if self._waiter and not self._waiter.done():
            self._waiter.set_result(None)

    def on_header(self, name: bytes, value: bytes) -> None:
        self.headers.append((name, value))

    def on_headers_complete(self) -> None:
        self.status = self._parser.get_status_code()
        self._can_go_on = self._parser.should_keep_alive()
        self._has_head = True

    def on_body(self, body: bytes) -> None:
        self._pieces.append(body)

    def on_message_complete(self) -> None:
        self.complete = True
