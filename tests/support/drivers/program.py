"""A program that calls `/v1` with its own API key."""

import json
import socket
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any, NamedTuple
from urllib.parse import urlsplit

import httpx

from tests.support.drivers.chat_ui import World

Json = dict[str, Any]


class Message(NamedTuple):
    id: str
    data: Json


class Program:
    def __init__(self, http: httpx.Client, **headers: str) -> None:
        self.http = http
        self.headers = headers

    def call(self, method: str, path: str, **options: Any) -> httpx.Response:
        headers = self.headers | options.pop("headers", {})
        return self.http.request(method, path, headers=headers, **options)

    def get(self, path: str, **options: Any) -> httpx.Response:
        return self.call("GET", path, **options)

    def post(self, path: str, body: Any = None, **options: Any) -> httpx.Response:
        return self.call("POST", path, json=body, **options)

    def chat(self, message: str, **more: Any) -> Json:
        answer: Json = self.post("/v1/chat", {"message": message} | more).raise_for_status().json()
        return answer

    def stream(self, message: str, *, headers: dict[str, str] | None = None, **more: Any) -> list[Message]:
        body = {"message": message} | more
        headers = self.headers | (headers or {})
        with self.http.stream("POST", "/v1/chat/stream", json=body, headers=headers) as response:
            assert response.status_code == 200, response.read()
            return list(read_messages(response.iter_lines()))

    def events(self, reply: str, last_event_id: str) -> list[Message]:
        """Return the reply's events after this one."""
        headers = self.headers | {"Last-Event-ID": last_event_id}
        with self.http.stream("GET", f"{reply}/events", headers=headers) as response:
            assert response.status_code == 200, response.read()
            return list(read_messages(response.iter_lines()))


def read_messages(lines: Iterator[str]) -> Iterator[Message]:
    """Parse server-sent events with their ids; comments are left out."""
    event_id = ""
    for line in lines:
        field, _, value = line.partition(": ")
        if field == "id":
            event_id = value
        elif field == "data":
            data = json.loads(value)
        elif not line:
            if event_id:
                yield Message(event_id, data)
            event_id = ""


def make_key(world: World, user: str = "ada", scopes: tuple[str, ...] = ("read", "chat")) -> str:
    """Create an API key for this user, as the settings page does."""
    secret = f"parley_{user}-{len(world.db.keys)}"
    user_id = world.db.identities.setdefault(("tests", user), f"00000000-0000-4000-8000-{user.encode().hex():0>12}")
    world.db.keys[secret] = {
        "id": f"10000000-0000-4000-8000-{len(world.db.keys):012}",
        "user_id": user_id,
        "name": "test",
        "prefix": secret[:13],
        "scopes": list(scopes),
    }
    return secret


def with_key(world: World, user: str = "ada", scopes: tuple[str, ...] = ("read", "chat")) -> Program:
    http = world.people.enter_context(httpx.Client(base_url=world.url, timeout=20, trust_env=False))
    return Program(http, Authorization=f"Bearer {make_key(world, user, scopes)}")


@contextmanager
def sending(world: World, path: str, body: Json, headers: dict[str, str] | None = None) -> Iterator[socket.socket]:
    """Send a request; close its connection at the end of the block, answered or not."""
    url, content = urlsplit(world.url), json.dumps(body, separators=(",", ":")).encode()
    lines = (
        f"POST {path} HTTP/1.1",
        f"Host: {url.netloc}",
        f"Authorization: Bearer {make_key(world)}",
        "Content-Type: application/json",
        f"Content-Length: {len(content)}",
        *(f"{name}: {value}" for name, value in (headers or {}).items()),
    )
    with socket.create_connection((str(url.hostname), int(url.port or 80))) as connection:
        connection.sendall("\r\n".join((*lines, "", "")).encode() + content)
        yield connection


def text_of(messages: list[Message]) -> str:
    """Return the text that a program holds after following the events."""
    return _follow(messages, "token", "rewind")


def thoughts_of(messages: list[Message]) -> str:
    """Return the reasoning that it holds."""
    return _follow(messages, "reasoning", "rewind_reasoning")


def _follow(messages: list[Message], more: str, rewind: str) -> str:
    text = ""
    for message in messages:
        text = text[: message.data.get(rewind)] + message.data.get(more, "")
    return text
