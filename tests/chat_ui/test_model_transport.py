import asyncio
from collections.abc import Awaitable, Callable

import httpx
import pytest
from chat_ui.clients.model.pool import open_pool
from chat_ui.clients.model.transport import LeanTransport

from tests.support.running.waiting import until

HEAD = b"HTTP/1.1 200 OK\r\nContent-Type: text/event-stream\r\nTransfer-Encoding: chunked\r\n\r\n"

Serve = Callable[[asyncio.StreamReader, asyncio.StreamWriter], Awaitable[None]]
"""The request has been read."""


def test_an_answer_comes_whole_however_its_bytes_are_cut() -> None:
    async def serve(_: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        for byte in HEAD + b"3\r\na\n\xc3\r\n2\r\n\xa9b\r\n0\r\n\r\n":
            writer.write(bytes([byte]))
            await writer.drain()

    assert answer_of(serve) == "a\néb"


def test_a_request_has_its_body_and_its_key() -> None:
    async def serve(_: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        writer.write(b"HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok")

    requests: list[bytes] = []
    assert answer_of(serve, requests=requests) == "ok"
    assert requests[0].startswith(b"POST /v1/chat/completions HTTP/1.1\r\n")
    assert b"Authorization: Bearer key\r\n" in requests[0]
    assert requests[0].endswith(b'\r\n\r\n{"n":1}')


def test_an_answer_that_breaks_off_is_an_error() -> None:
    async def serve(_: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        writer.write(HEAD + b"3\r\nabc\r\n")

    with pytest.raises(httpx.RemoteProtocolError):
        answer_of(serve)


def test_what_is_no_http_is_an_error() -> None:
    async def serve(_: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        writer.write(b"220 mail.example.org ESMTP\r\n")

    with pytest.raises(httpx.RemoteProtocolError):
        answer_of(serve)


def test_a_server_that_says_nothing_is_given_up() -> None:
    async def serve(reader: asyncio.StreamReader, _: asyncio.StreamWriter) -> None:
        await reader.read()

    with pytest.raises(httpx.ReadTimeout):
        answer_of(serve, read_seconds=0.05)


def test_a_server_that_is_not_there_is_an_error() -> None:
    async def ask() -> None:
        async with open_pool("http://127.0.0.1:1", "key", timeout=httpx.Timeout(5)) as http:
            await http.get("/health")

    with pytest.raises(httpx.ConnectError):
        asyncio.run(ask())


def test_closing_the_answer_closes_the_connection() -> None:
    left = asyncio.Event()

    async def serve(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        writer.write(HEAD + b"3\r\nabc\r\n")
        assert await reader.read() == b""
        left.set()

    async def leave(http: httpx.AsyncClient) -> str:
        async with http.stream("POST", "/v1/chat/completions", json={"n": 1}) as response:
            async for text in response.aiter_text():
                assert text == "abc"
                break
        async with asyncio.timeout(10):
            await left.wait()
        return "left"

    assert asyncio.run(asked(serve, leave)) == "left"


def test_a_connection_is_used_again_until_the_server_says_close() -> None:
    connections = asyncio.run(connections_of(3, headers=[b"", b"Connection: close\r\n", b""]))
    assert connections == [1, 1, 2]


def test_a_connection_that_was_closed_meanwhile_is_not_used_again() -> None:
    connections = asyncio.run(connections_of(2, headers=[b"", b""], close_after_first=True))
    assert connections == [1, 2]


def test_what_gathered_is_read_in_one_piece_and_the_connection_is_used_again() -> None:
    begun, written = asyncio.Event(), asyncio.Event()

    async def serve(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        await reader.readuntil(b"\r\n\r\n")
        writer.write(HEAD + b"3\r\nabc\r\n")
        await begun.wait()
        for part in (b"2\r\nde\r\n", b"1\r\nf\r\n", b"0\r\n\r\n"):
            writer.write(part)
        written.set()
        await reader.readuntil(b"\r\n\r\n")
        writer.write(b"HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok")
        writer.close()

    async def ask() -> None:
        transport, pieces = LeanTransport(keep_alive=True), []
        async with await asyncio.start_server(serve, "127.0.0.1", 0) as server:
            url = f"http://127.0.0.1:{server.sockets[0].getsockname()[1]}"
            async with httpx.AsyncClient(transport=transport, base_url=url) as http:
                async with http.stream("GET", "/") as response:
                    async for piece in response.aiter_raw():
                        pieces.append(piece)
                        begun.set()
                        await written.wait()
                assert pieces == [b"abc", b"def"]
                assert (await http.get("/")).text == "ok"  # at the same connection: the server has no other answer
                await until(lambda: not any(one.is_open for one in transport._idle))

    asyncio.run(ask())


async def connections_of(count: int, headers: list[bytes], *, close_after_first: bool = False) -> list[int]:
    """How many connections a server has seen after each of so many answers, which have these headers."""
    opened: list[asyncio.StreamWriter] = []
    answers = [b"HTTP/1.1 200 OK\r\n%bContent-Length: 2\r\n\r\nok" % header for header in headers]

    async def serve(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        opened.append(writer)
        while answers and await reader.readline():
            await reader.readuntil(b"\r\n\r\n")
            writer.write(answers.pop(0))
        writer.close()

    transport, seen = LeanTransport(keep_alive=True), []
    async with await asyncio.start_server(serve, "127.0.0.1", 0) as server:
        url = f"http://127.0.0.1:{server.sockets[0].getsockname()[1]}"
        async with httpx.AsyncClient(transport=transport, base_url=url) as http:
            for _ in range(count):
                assert (await http.get("/")).text == "ok"
                seen.append(len(opened))
                if close_after_first:
                    opened[0].close()
                    await until(lambda: not any(one.is_open for one in transport._idle))
    return seen


def answer_of(serve: Serve, read_seconds: float = 10, requests: list[bytes] | None = None) -> str:
    async def ask(http: httpx.AsyncClient) -> str:
        return (await http.post("/v1/chat/completions", json={"n": 1})).text

    return asyncio.run(asked(serve, ask, read_seconds, requests))


async def asked(
    serve: Serve,
    ask: Callable[[httpx.AsyncClient], Awaitable[str]],
    read_seconds: float = 10,
    requests: list[bytes] | None = None,
) -> str:
    """What a client gets from a server that does this with each connection."""

    async def serve_and_close(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        head = await reader.readuntil(b"\r\n\r\n")
        body = await reader.readexactly(len(b'{"n":1}'))
        if requests is not None:
            requests.append(head + body)
        try:
            await serve(reader, writer)
        finally:
            writer.close()

    timeout = httpx.Timeout(10, read=read_seconds)
    async with await asyncio.start_server(serve_and_close, "127.0.0.1", 0) as server:
        port = server.sockets[0].getsockname()[1]
        async with open_pool(f"http://127.0.0.1:{port}", "key", timeout=timeout) as http:
            return await ask(http)
