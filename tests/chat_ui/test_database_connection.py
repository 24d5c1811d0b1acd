import asyncio
from typing import Any

import httpx
import pytest
from chat_ui.clients.database.api import DatabaseApi
from chat_ui.clients.database.connection import LeanClient, WholeAnswer
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


def test_an_answer_comes_whole() -> None:
    answer = asyncio.run(answer_of(OK))
    assert not answer.is_error
    assert answer.json() == {"n": "é"}


def test_what_a_proxy_says_in_its_own_words_is_an_absent_database() -> None:
    with pytest.raises(DatabaseUnavailable):
        asyncio.run(called(b"HTTP/1.1 502 Bad Gateway\r\nContent-Length: 6\r\n\r\n<html>"))


def test_an_answer_that_nobody_expects_is_a_bug() -> None:
    with pytest.raises(RuntimeError, match="418"):
        asyncio.run(called(b"HTTP/1.1 418 I'm a Teapot\r\nContent-Length: 2\r\n\r\n[]"))


def test_an_answer_that_breaks_off_is_an_absent_database() -> None:
    with pytest.raises(DatabaseUnavailable):
        asyncio.run(called(b"HTTP/1.1 200 OK\r\nContent-Length: 6\r\n\r\nabc"))


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
) -> WholeAnswer:
    """What a client gets from a server that gives this answer."""
    async with await serving(answer, requests) as server, client_of(server) as client:
        return await client.call(method, path, headers or {}, **options)


async def called(answer: bytes) -> None:
    async with await serving(answer) as server, client_of(server) as client:
        await DatabaseApi(client).call("GET", "/chats")


async def serving(answer: bytes, requests: list[bytes] | None = None) -> asyncio.Server:
    async def serve(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        head = await reader.readuntil(b"\r\n\r\n")
        length = int(head.lower().partition(b"content-length: ")[2].partition(b"\r\n")[0])
        body = await reader.readexactly(length)
        if requests is not None:
            requests.append(head + body)
        writer.write(answer)
        writer.close()

    return await asyncio.start_server(serve, "127.0.0.1", 0)


def client_of(server: asyncio.Server) -> LeanClient:
    url = f"http://127.0.0.1:{server.sockets[0].getsockname()[1]}/behind"
    return LeanClient(url, "key", timeout=httpx.Timeout(10))
