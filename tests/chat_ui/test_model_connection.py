import asyncio
from collections.abc import Awaitable, Callable

import pytest
from chat_ui.clients.model.connection import ModelConnection
from chat_ui.errors import LanguageModelUnavailable

HEAD = b"HTTP/1.1 200 OK\r\nContent-Type: text/event-stream\r\nTransfer-Encoding: chunked\r\n\r\n"

Serve = Callable[[asyncio.StreamReader, asyncio.StreamWriter], Awaitable[None]]
"""Called once the request has been read."""


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
    assert requests[0].endswith(b'\r\n\r\n{"n": 1}')


def test_an_answer_that_breaks_off_is_an_error() -> None:
    async def serve(_: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        writer.write(HEAD + b"3\r\nabc\r\n")

    with pytest.raises(LanguageModelUnavailable):
        answer_of(serve)


def test_an_answer_that_breaks_off_between_two_reads_is_an_error() -> None:
    async def serve(_: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        writer.write(HEAD + b"3\r\nabc\r\n")

    async def read_slowly(connection: ModelConnection) -> str:
        async with connection.post("/v1/chat/completions", {"n": 1}) as stream:
            async for _ in stream:
                await asyncio.sleep(0.05)
        return "whole"

    with pytest.raises(LanguageModelUnavailable):
        asyncio.run(asked(serve, read_slowly))


def test_an_answer_that_is_not_http_is_an_error() -> None:
    async def serve(_: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        writer.write(b"220 mail.example.org ESMTP\r\n")

    with pytest.raises(LanguageModelUnavailable):
        answer_of(serve)


def test_a_silent_server_is_given_up() -> None:
    async def serve(reader: asyncio.StreamReader, _: asyncio.StreamWriter) -> None:
        await reader.read()

    with pytest.raises(LanguageModelUnavailable):
        answer_of(serve, silent_seconds=0.05)


def test_a_server_that_falls_silent_within_its_answer_is_given_up() -> None:
    async def serve(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        writer.write(HEAD + b"3\r\nabc\r\n")
        await reader.read()

    with pytest.raises(LanguageModelUnavailable):
        answer_of(serve, silent_seconds=0.05)


def test_a_server_that_is_not_there_is_an_error() -> None:
    async def ask() -> None:
        async with ModelConnection("http://127.0.0.1:1", "key") as connection:
            await connection.get("/health")

    with pytest.raises(LanguageModelUnavailable):
        asyncio.run(ask())


def test_leaving_the_answer_closes_the_connection() -> None:
    left = asyncio.Event()

    async def serve(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        writer.write(HEAD + b"3\r\nabc\r\n")
        assert await reader.read() == b""
        left.set()

    async def leave(connection: ModelConnection) -> str:
        async with connection.post("/v1/chat/completions", {"n": 1}) as stream:
            async for piece in stream:
                assert piece == b"abc"
                break
        async with asyncio.timeout(10):
            await left.wait()
        return "left"

    assert asyncio.run(asked(serve, leave)) == "left"


def test_what_arrives_between_two_reads_is_one_piece() -> None:
    started, written = asyncio.Event(), asyncio.Event()

    async def serve(_: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        writer.write(HEAD + b"3\r\nabc\r\n")
        await started.wait()
        for part in (b"2\r\nde\r\n", b"1\r\nf\r\n", b"0\r\n\r\n"):
            writer.write(part)
            await asyncio.sleep(0)
        written.set()

    async def read(connection: ModelConnection) -> str:
        pieces = []
        async with connection.post("/v1/chat/completions", {"n": 1}) as stream:
            async for piece in stream:
                pieces.append(piece.decode())
                started.set()
                await written.wait()
        return " ".join(pieces)

    assert asyncio.run(asked(serve, read)) == "abc def"


def answer_of(serve: Serve, silent_seconds: float = 10, requests: list[bytes] | None = None) -> str:
    async def ask(connection: ModelConnection) -> str:
        async with connection.post("/v1/chat/completions", {"n": 1}) as stream:
            return (await stream.read()).decode()

    return asyncio.run(asked(serve, ask, silent_seconds, requests))


async def asked(
    serve: Serve,
    ask: Callable[[ModelConnection], Awaitable[str]],
    silent_seconds: float = 10,
    requests: list[bytes] | None = None,
) -> str:
    """The result of `ask` before a server that treats each connection like this."""

    async def serve_and_close(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        head = await reader.readuntil(b"\r\n\r\n")
        body = await reader.readexactly(len(b'{"n": 1}'))
        if requests is not None:
            requests.append(head + body)
        try:
            await serve(reader, writer)
        finally:
            writer.close()

    async with await asyncio.start_server(serve_and_close, "127.0.0.1", 0) as server:
        port = server.sockets[0].getsockname()[1]
        url = f"http://127.0.0.1:{port}"
        async with ModelConnection(url, "key", silent_seconds=silent_seconds) as connection:
            return await ask(connection)
