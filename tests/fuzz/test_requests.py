"""Bad requests at every address: whatever comes in, nothing ends in a server error."""

import importlib
import json
import pkgutil
import random
import re
import uuid
from collections import Counter
from collections.abc import Iterator
from http.client import HTTPConnection, HTTPException
from typing import Any
from urllib.parse import quote, urlsplit

import chat_ui.routes
import pytest
from fastapi.routing import APIRoute

from tests.fuzz.examples import FACTOR
from tests.support.drivers.chat_ui import FakeServices, FakeWorld, Visitor
from tests.support.drivers.program import make_key

INPUTS = 2_000 * FACTOR
SEED = 14

TEXTS = [
    *("", " ", "a", "Hello", "0", "-1", "1e999", "null", "true", "NaN", "a" * 300, "a" * 20_000, "\x7f", "\x1b[2J"),
    *("\0", "\ud800", "\udfff", "\ufeff", "\u202e", "\r\n\r\nHTTP/1.1 200 OK", "../../etc/passwd", "%00", "{{7*7}}"),
    *(
        "' OR 1=1 --",
        "\\",
        "\\'; DROP TABLE users;",
        "a:* & b",
        "<|im_end|>",
        "<script>",
        "http://[",
        "é" * 100,
        "\U0001d4b3" * 50,
    ),
    *("application/json", "multipart/form-data; boundary=", "text/html;q=x", "en;q=1e9,de", "bytes=0-", 'W/"1"', "*"),
]
FIELDS = [
    *("content", "client_token", "name", "title", "message_id", "q", "before", "limit", "archived", "under", "format"),
    *("system_prompt", "temperature", "max_tokens", "permissions", "language", "theme", "zone", "preset_id", "message"),
    *("conversation_id", "background", "messages", "input", "model", "stream", "tools", "response_format", "stop"),
    *("seed", "tool_choice", "text", "instructions", "stream_options", "logprobs", "version", "scopes", "pinned"),
]
HEADERS = [
    *("Accept", "Accept-Language", "Authorization", "Content-Type", "Cookie", "HX-Request", "HX-Target", "Host"),
    *("Idempotency-Key", "If-Match", "If-None-Match", "Last-Event-ID", "Origin", "Range", "Referer", "Sec-Fetch-Site"),
    *("X-Forwarded-For", "X-Forwarded-Proto", "X-Request-ID", "X-Forwarded-Host", "Transfer-Encoding", "Expect"),
]
FORM, JSON = "application/x-www-form-urlencoded", "application/json"


def addresses() -> set[tuple[str, str]]:
    """Every path of chat-ui with each of its methods; parameters are `{}`."""
    names = [module.name for module in pkgutil.walk_packages(chat_ui.routes.__path__, "chat_ui.routes.")]
    routers = [getattr(importlib.import_module(name), "router", None) for name in names]
    routes = [route for router in routers for route in getattr(router, "routes", []) if isinstance(route, APIRoute)]
    return {(re.sub(r"\{\w+\}", "{}", route.path), method) for route in routes for method in route.methods or ()}


class Dice:
    """Draws bad requests; the same seed draws the same ones."""

    def __init__(self, seed: int, visitor: Visitor, key: str) -> None:
        self._random = random.Random(seed)
        self._ids = [
            visitor.open_chat().rpartition("/")[2],
            str(uuid.UUID(int=0)),
            "no-id",
            quote("\0"),
            "%FF",
            "a" * 300,
        ]
        [(name, value)] = visitor.http.cookies.items()
        self._cookies = [f"{name}={value}", f"{name}={value[:-4]}", f"{name}=;", "parley=a.b.c", "language=xx", "="]
        self._key = key
        served = [(method, path) for path, method in addresses()]
        self._addresses = sorted(served) + [("POST", "/v1/responses"), ("POST", "/v1/chat/completions")] * 10

    def request(self) -> tuple[str, str, bytes, dict[str, str]]:
        method, path = self._random.choice(self._addresses)
        while "{}" in path:
            path = path.replace("{}", self._random.choice(self._ids[:1] * 4 + self._ids), 1)
        if self._random.random() < 0.5:
            path += f"?{self._form()}"
        headers = {"Cookie": self._random.choice(self._cookies[:1] * 4 + self._cookies)}
        if path.startswith("/v1/"):
            headers["Authorization"] = f"Bearer {self._key}"
        body, headers["Content-Type"] = self._body()
        for name in self._random.sample(HEADERS, self._random.choice([0, 0, 1, 2])):
            headers[name] = self._text()
        return method, path, body, headers

    def _body(self) -> tuple[bytes, str]:
        kind = self._random.random()
        if kind < 0.5:
            return json.dumps({self._field(): self._value(0) for _ in range(4)}).encode(), JSON
        if kind < 0.9:
            return self._form().encode(), FORM
        return self._random.randbytes(40), self._random.choice([JSON, FORM, self._text()])

    def _form(self) -> str:
        return "&".join(f"{self._field()}={quote(self._text(), errors='surrogatepass')}" for _ in range(3))

    def _value(self, depth: int) -> Any:
        kind = self._random.choice(["text", "number", "list", "object", "known"] if depth < 4 else ["text", "number"])
        match kind:
            case "text":
                return self._text()
            case "number":
                return self._random.choice([0, -1, 2**63, 10**400, 1.5, float("inf"), float("nan"), None, True])
            case "known":
                return self._random.choice(KNOWN)
            case "list":
                return [self._value(depth + 1) for _ in range(self._random.randrange(3))]
            case _:
                return {self._field(): self._value(depth + 1) for _ in range(self._random.randrange(3))}

    def _text(self) -> str:
        return self._random.choice(TEXTS)

    def _field(self) -> str:
        return self._random.choice(FIELDS)


KNOWN: list[Any] = [
    [{"role": "user", "content": "Hello"}],
    [{"role": "user", "content": [{"type": "text", "text": "\ud800"}]}],
    [{"role": "assistant", "tool_calls": [{"function": {"name": "f", "arguments": "{"}}]}],
    [{"role": "tool", "content": [{"type": "image_url", "image_url": {"url": "file:///etc/passwd"}}]}],
    [{"type": "function", "function": {"name": "f", "parameters": {"$ref": "#"}}}],
    [{"type": "function_call_output", "call_id": 1, "output": [{}]}],
    {"type": "json_schema", "json_schema": {"name": "s", "schema": {"enum": []}}},
    {"format": {"type": "json_schema", "schema": {"type": "string", "pattern": "("}}},
]


@pytest.fixture
def world(services: FakeServices) -> Iterator[FakeWorld]:
    with services.world() as world:
        yield world


def test_two_thousand_bad_requests_meet_no_server_error(world: FakeWorld) -> None:
    visitor = world.visitor()
    dice = Dice(SEED, visitor, make_key(world))
    statuses, wrong = Counter[int](), []
    for _ in range(INPUTS):
        method, path, body, headers = dice.request()
        status = answer_to(world.url, method, path, body, headers)
        statuses[status] += 1
        if status >= 500:
            wrong.append(f"{status} {method} {path[:200]} {body[:300]!r} {headers}")
    print(f"\n{dict(statuses)}")
    assert not wrong, "\n".join(wrong)
    assert sum(statuses[status] for status in (200, 400, 404, 422)) > INPUTS / 2
    assert visitor.ask_and_wait(visitor.open_chat(), "Hello").css_first(".text").text(strip=True)


def answer_to(url: str, method: str, path: str, body: bytes, headers: dict[str, str]) -> int:
    """Send the request as it is; return the status, or 0 if the connection was closed or the request cannot be sent."""
    address = urlsplit(url)
    connection = HTTPConnection(str(address.hostname), address.port, timeout=20)
    try:
        connection.putrequest(method, quote(path, safe="/%?=&"), skip_host="Host" in headers)
        for name, value in headers.items():
            connection.putheader(name, value.encode(errors="surrogatepass"))
        if "Transfer-Encoding" not in headers:
            connection.putheader("Content-Length", str(len(body)))
        connection.endheaders(body)
        return connection.getresponse().status
    except (ValueError, OSError, HTTPException):
        return 0
    finally:
        connection.close()
