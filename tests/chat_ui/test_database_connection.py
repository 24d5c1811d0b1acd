import asyncio
from contextlib import closing
from typing import Any
from urllib.parse import parse_qs, urlsplit

import aiohttp
import pytest
from chat_ui.clients.database.api import DatabaseApi
from chat_ui.clients.database.connection import DatabaseConnection
from chat_ui.clients.http import Answer
from chat_ui.errors import DatabaseUnavailable

OK = b'HTTP/1.1 200 OK\r\nContent-Length: 11\r\n\r\n{"n": "\xc3\xa9"}'


def test_a_call_carries_its_key_its_headers_and_its_body() -> None:
    request = asyncio.run(request_of("POST", "/chats", {"X-Session-ID": "anna"}, body={"name": "Zoë"}))
    head, _, body = request.partition(b"\r\n\r\n")
    assert head.startswith(b"POST /behind/chats HTTP/1.1\r\nHost: 127.0.0.1:")
    assert {b"Authorization: Bearer key", b"X-Session-ID: anna", b"Content-Type: application/json"} < set(
        head.split(b"\r\n")
    )
    assert body == '{"name": "Zoë"}'.encode()


def test_a_query_is_encoded() -> None:
    request = asyncio.run(request_of("GET", "/search", {}, query={"q": "a&b é", "archived": False}))
    assert request.startswith(b"GET /behind/search?q=a%26b+%C3%A9&archived=false HTTP/1.1\r\n")


def test_text_comes_back_from_the_query_as_it_was_sent() -> None:
    text = "a+b%20c&d=e#f/ü?😀"
    request = asyncio.run(request_of("GET", "/search", {}, query={"q": text}))
    assert parse_qs(urlsplit(request.split()[1].decode()).query) == {"q": [text]}


def test_an_answer_comes_whole() -> None:
    answer = asyncio.run(answer_of(OK))
    assert not answer.is_error
    assert answer.json() == {"n": "é"}


def test_the_error_page_of_a_proxy_means_that_the_database_is_unavailable() -> None:
    with pytest.raises(DatabaseUnavailable):
        asyncio.run(called(b"HTTP/1.1 502 Bad Gateway\r\nContent-Length: 6\r\n\r\n<html>"))


def test_an_unexpected_answer_is_a_bug() -> None:
    with pytest.raises(RuntimeError, match="418"):
        asyncio.run(called(b"HTTP/1.1 418 I'm a Teapot\r\nContent-Length: 2\r\n\r\n[]"))


def test_an_answer_that_breaks_off_means_that_the_database_is_unavailable() -> None:
    with pytest.raises(DatabaseUnavailable):
        asyncio.run(called(b"HTTP/1.1 200 OK\r\nContent-Length: 6\r\n\r\nabc"))


def test_a_server_that_is_silent_is_given_up() -> None:
    with pytest.raises(DatabaseUnavailable):
        asyncio.run(called(b"", seconds=0.05))


def test_a_server_that_is_not_there_means_that_the_database_is_unavailable() -> None:
    async def call() -> None:
        async with DatabaseConnection("http://127.0.0.1:1", "key") as connection:
            await DatabaseApi(connection).call("GET", "/chats")

    with pytest.raises(DatabaseUnavailable):
        asyncio.run(call())


def test_connections_are_kept_and_a_closed_one_is_replaced() -> None:
    assert asyncio.run(connections_of([b"", b"", b"Connection: close\r\n", b""])) == [1, 1, 1, 2]


async def connections_of(headers: list[bytes]) -> list[int]:
    """How many connections a server has seen after each of its answers, which have these headers."""
    opened: list[asyncio.StreamWriter] = []
    answers = [b"HTTP/1.1 200 OK\r\n%bContent-Length: 2\r\n\r\n{}" % header for header in headers]

    async def serve(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        opened.append(writer)
        with closing(writer):
            while await reader.readline():
                await reader.readuntil(b"\r\n\r\n")
                writer.write(answers.pop(0))

    seen: list[int] = []
    async with await asyncio.start_server(serve, "127.0.0.1", 0) as server, client_of(server) as client:
        for _ in headers:
            await client.call("GET", "/", {})
            seen.append(len(opened))
    return seen


async def request_of(method: str, path: str, headers: dict[str, str], **options: Any) -> bytes:
    requests: list[bytes] = []
    await answer_of(OK, requests, method, path, headers, **options)
    return requests[0]


async def answer_of(
    answer: bytes,
    requests: list[bytes] | None = None,
    method: str = "GET",
    path: str = "/",
    headers: dict[str, str] | None = None,
    **options: Any,
) -> Answer:
    """The result of a call to a server that sends these bytes."""
    async with await serving(answer, requests) as server, client_of(server) as client:
        return await client.call(method, path, headers or {}, **options)


async def called(answer: bytes, seconds: float = 10) -> None:
    async with await serving(answer) as server, client_of(server, seconds) as client:
        await DatabaseApi(client).call("GET", "/chats")


async def serving(answer: bytes, requests: list[bytes] | None = None) -> asyncio.Server:
    async def serve(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        with closing(writer):
            head = await reader.readuntil(b"\r\n\r\n")
            length = int(head.lower().partition(b"content-length: ")[2].partition(b"\r\n")[0] or 0)
            body = await reader.readexactly(length)
            if requests is not None:
                requests.append(head + body)
            writer.write(answer)
            if not answer:
                await reader.read()

    return await asyncio.start_server(serve, "127.0.0.1", 0)


def client_of(server: asyncio.Server, seconds: float = 10) -> DatabaseConnection:
    url = f"http://127.0.0.1:{server.sockets[0].getsockname()[1]}/behind"
    return DatabaseConnection(url, "key", aiohttp.ClientTimeout(total=seconds))
