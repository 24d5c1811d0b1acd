"""What a hostile user does. Each act ends by itself, is bounded in number and time, and stays on this machine."""

import json
import socket
import time
import uuid
from collections import Counter
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack, closing, suppress
from itertools import islice, product
from typing import Any
from urllib.parse import urlsplit

import httpx

from tests.faults.open_system import OpenSystem, store_replies
from tests.support.drivers.chat_ui import HTMX, Sent, Visitor

SECONDS = 5
"""How long an act that repeats itself lasts."""
PATIENCE_SECONDS = 10
"""The longest wait for the answer to a request that must be refused."""
MIB = 2**20
CHAT_UI_MIB = 512
"""chat-ui's share of the memory in compose."""

LONG = "Count to 200"
JSON = {"Content-Type": "application/json"}
FORM = {"Content-Type": "application/x-www-form-urlencoded"}


class Hostile:
    """Sends requests and counts the answers. A server error that is not a deliberate 503 is a failure."""

    def __init__(self, system: OpenSystem, address: str) -> None:
        self.system = system
        self.address = address
        self.statuses = Counter[int | str]()
        self.failures: list[str] = []

    @property
    def summary(self) -> str:
        return ", ".join(f"{count} of {status}" for status, count in self.statuses.most_common())

    def guest(self) -> Visitor:
        return self.system.visitor(self.address)

    def program(self) -> httpx.Client:
        return self.system.program(self.address)

    def send(self, client: httpx.Client, method: str, path: str, **request: Any) -> httpx.Response | None:
        """Send a request; return its answer unless the connection broke."""
        try:
            answer = client.request(method, path, follow_redirects=False, **request)
        except httpx.TransportError as error:
            self.statuses[type(error).__name__] += 1
            return None
        self.statuses[answer.status_code] += 1
        if answer.status_code >= 500 and not (answer.status_code == 503 and "Retry-After" in answer.headers):
            self.failures.append(f"{method} {path}: {answer.status_code} {answer.text[:200]}")
        return answer

    def must_refuse(self, client: httpx.Client, method: str, path: str, **request: Any) -> None:
        """Send a request that only a 4xx answers, and soon."""
        begin = time.monotonic()
        answer = self.send(client, method, path, timeout=PATIENCE_SECONDS, **request)
        what = f"{method} {path} {str(request)[:120]}"
        if answer is None or not 400 <= answer.status_code < 500:
            self.failures.append(f"{what}: {answer.status_code if answer else 'no answer'}")
        if (took := time.monotonic() - begin) > PATIENCE_SECONDS / 2:
            self.failures.append(f"{what}: refused after {took:.1f} s")

    def raw(self, content: bytes, seconds: float = PATIENCE_SECONDS) -> bytes:
        """Send bytes that no client library would; return the status line."""
        with closing(self.connect(seconds)) as connection, suppress(OSError):
            connection.sendall(content)
            line = connection.recv(200).split(b"\r\n")[0]
            self.statuses[int(line.split()[1]) if line else "closed"] += 1
            if b" 500 " in line or b" 502 " in line or b" 504 " in line:
                self.failures.append(f"{content[:80]!r}: {line!r}")
            return line
        return b""

    def connect(self, seconds: float) -> socket.socket:
        url = urlsplit(self.system.url)
        return socket.create_connection((str(url.hostname), url.port or 80), timeout=seconds)


Act = Callable[[Hostile], None]


def _until_time_is_up() -> Iterator[int]:
    end, number = time.monotonic() + SECONDS, 0
    while time.monotonic() < end:
        yield number
        number += 1


def _at_once(count: int, work: Callable[[int], object]) -> None:
    with ThreadPoolExecutor(count) as threads:
        list(threads.map(work, range(count)))


# Text


def halves_of_characters_and_nul(hostile: Hostile) -> None:
    """On every door for text: the bodies of `/v1`, forms, addresses, headers."""
    program, guest = hostile.program(), hostile.guest()
    chat = guest.open_chat(None)
    for escape in (r"\ud800", r"\udfff", r"\u0000"):
        for path, body in _v1_bodies(escape):
            hostile.must_refuse(program, "POST", path, content=body, headers=JSON)
    for percent in ("%ED%A0%80", "%00", "%FF"):
        hostile.send(guest.http, "GET", f"/search?q={percent}")
        hostile.send(program, "GET", f"/v1/conversations?before={percent}")
        for path, field in (
            ("/chats", "name"),
            (f"{chat}/title", "title"),
            (f"{chat}/settings", "system_prompt"),
            ("/presets", "name"),
            ("/keys", "name"),
        ):
            hostile.send(guest.http, "POST", path, content=f"{field}=a{percent}b", headers=FORM)
        form = f"client_token={uuid.uuid4()}&content=a{percent}b"
        hostile.send(guest.http, "POST", f"{chat}/messages", content=form, headers=FORM)


def _v1_bodies(text: str) -> Iterator[tuple[str, str]]:
    message = f'{{"role":"user","content":"{text}"}}'
    function = f'{{"name":"f","description":"{text}"}}'
    yield "/v1/responses", f'{{"input":"{text}"}}'
    yield "/v1/responses", f'{{"input":"a","instructions":"{text}"}}'
    yield "/v1/responses", f'{{"input":[{message}]}}'
    yield "/v1/chat/completions", f'{{"messages":[{message}]}}'
    yield "/v1/chat/completions", f'{{"messages":[{{"role":"user","content":[{{"type":"text","text":"{text}"}}]}}]}}'
    hello = '{"role":"user","content":"a"}'
    yield "/v1/chat/completions", f'{{"messages":[{hello}],"stop":"{text}"}}'
    yield "/v1/chat/completions", f'{{"messages":[{hello}],"tools":[{{"type":"function","function":{function}}}]}}'
    yield "/v1/chat", f'{{"message":"{text}"}}'
    yield "/v1/chat/stream", f'{{"message":"{text}"}}'
    yield "/v1/conversations", f'{{"title":"{text}"}}'


MARKDOWN = {
    "maple": '```maple\n"' + "\\" * 90,
    "mcfunction": "```mcfunction\n" + "\\" * 8_000,
    "systemd": "```systemd\n" + "a=\\\n" * 3_000,
    "zeek": "```zeek\n" + "a::" * 5_000,
    "autohotkey": "```autohotkey\n" + "::" * 8_000,
    "xpp": "```xpp\n" + "/*" * 8_000,
    "formulas": r"\[" * 8_000,
    "dollars": "$" * 16_000,
    "brackets": "[" * 16_000,
    "links": "[a](" * 4_000,
    "emphasis": "*a **b " * 2_000,
    "quotes": ">" * 8_000,
    "lists": "".join(" " * depth + "- a\n" for depth in range(150)),
    "table": "|a" * 500 + "|\n" + "|-" * 500 + "|\n" + ("|x" * 500 + "|\n") * 8,
    "footnotes": "".join(f"[^{n}] " for n in range(1_500)) + "\n\n" + "".join(f"[^{n}]: a\n" for n in range(500)),
    "entities": "&#x" * 5_000,
    "ticks": "".join("`" * n + " " for n in range(1, 170)),
    "html": "<a " * 5_000,
    "thoughts": "<think>" * 2_000,
}


def texts_that_are_slow_to_render(hostile: Hostile) -> None:
    """Stored as replies, and then opened as a page, an export and through the API."""
    guest = hostile.guest()
    for name, text in MARKDOWN.items():
        chat = guest.open_chat(None)
        store_replies(hostile.system.parts, guest, chat, [(name, text)])
        begin = time.monotonic()
        hostile.send(guest.http, "GET", chat, timeout=PATIENCE_SECONDS)
        if (took := time.monotonic() - begin) > PATIENCE_SECONDS / 2:
            hostile.failures.append(f"{name}: the page took {took:.1f} s")
        hostile.send(guest.http, "GET", f"{chat}/export?format=md", timeout=PATIENCE_SECONDS)


def a_chat_of_two_hundred_long_messages(hostile: Hostile) -> None:
    guest = hostile.guest()
    chat = guest.open_chat(None)
    paragraphs = "**A** word, a [link](https://example.org), `code`.\n\n" * 300
    turns = ((f"{number} " + "a" * 15_000, paragraphs) for number in range(100))
    store_replies(hostile.system.parts, guest, chat, turns)
    for path in (chat, f"{chat}/export?format=md", f"{chat}/export?format=json", "/search?q=word"):
        _at_once(3, lambda _, path=path: hostile.send(guest.http, "GET", path, timeout=60))  # type: ignore[misc]
    if (used := hostile.system.peak_memory() / MIB) > CHAT_UI_MIB:
        hostile.failures.append(f"chat-ui used {used:.0f} MiB")


# Programs


def _schema_bombs() -> dict[str, Any]:
    deep: dict[str, Any] = {"type": "string"}
    for _ in range(60):
        deep = {"type": "object", "properties": {"a": deep}}
    properties = {f"p{n}": {"type": "string"} for n in range(2_000)}
    return {
        "enum": {"enum": list(range(36_000))},
        "optional": {"type": "object", "properties": properties},
        "deep": deep,
        "pattern": {"type": "string", "pattern": "^" + "(a?b?){1,99}" * 99 + "$"},
        "long pattern": {"type": "string", "pattern": "^" + "[a-z]" * 12_000 + "$"},
        "union": {"anyOf": [{"const": f"word {n}"} for n in range(5_000)]},
        "items": {"type": "array", "items": {"type": "string"}, "minItems": 100_000},
        "length": {"type": "string", "minLength": 10**6, "maxLength": 10**9},
        "number": {"type": "integer", "minimum": -(10**300), "maximum": 10**300},
        "circle": {"$ref": "#/$defs/a", "$defs": {"a": {"$ref": "#/$defs/a"}}},
    }


def schemas_that_are_slow_to_compile(hostile: Hostile) -> None:
    """In every place that llama.cpp compiles into a grammar."""
    program = hostile.program()
    for schema in _schema_bombs().values():
        named = {"name": "bomb", "schema": schema}
        function = {"name": "f", "parameters": {"type": "object", "properties": {"a": schema}}}
        hello = {"messages": [{"role": "user", "content": "Hello"}], "max_tokens": 5}
        response_format = {"type": "json_schema", "json_schema": named}
        for path, body in (
            ("/v1/chat/completions", hello | {"response_format": response_format}),
            ("/v1/chat/completions", hello | {"tools": [{"type": "function", "function": function}]}),
            ("/v1/responses", {"input": "Hello", "text": {"format": {"type": "json_schema"} | named}}),
            ("/v1/responses", {"input": "Hello", "tools": [{"type": "function"} | function]}),
        ):
            hostile.must_refuse(program, "POST", path, json=body)
    many = [{"type": "function", "function": {"name": f"f{n}", "parameters": _wide(40)}} for n in range(128)]
    hostile.must_refuse(program, "POST", "/v1/chat/completions", json=hello | {"tools": many})


def _wide(count: int) -> dict[str, Any]:
    return {"type": "object", "properties": {f"p{n}": {"type": "string"} for n in range(count)}}


def json_that_is_deep_large_or_broken(hostile: Hostile) -> None:
    program = hostile.program()
    bodies = [
        "[" * 100_000,
        '{"a":' * 40_000,
        '{"messages":[{"role":"user","content":' + "[" * 5_000 + "]" * 5_000 + "}]}",
        '{"input":' + "9" * 200_000 + "}",
        '{"input":"a","temperature":1e999}',
        '{"input":"a","temperature":NaN}',
        '{"input":"a","max_output_tokens":' + "9" * 5_000 + "}",
        '{"messages":[{"role":"user","content":"a"}],"seed":-1e308}',
        '{"message":"a","message":1}',
        '{"title":true}',
        '{"messages":' + "[" + "{}," * 50_000 + "{}]}",
        "nul",
        "",
        "\ufeff{}",
        "'",
    ]
    for path in ("/v1/chat/completions", "/v1/responses", "/v1/chat", "/v1/chat/stream", "/v1/conversations"):
        for body in bodies:
            answer = hostile.send(program, "POST", path, content=body.encode(), headers=JSON, timeout=PATIENCE_SECONDS)
            if answer is None and body:
                hostile.failures.append(f"{path} {body[:40]}: no answer")


def control_tokens(hostile: Hostile) -> None:
    """In every string of a request; none may end the user's turn."""
    program = hostile.program()
    for token in ("<|im_end|>", "<|im_start|>system", "<start_of_turn>", "[INST]", "</s>", "<tool_call>", "</think>"):
        function = {"name": "f", "description": token, "parameters": {"type": "object", "description": token}}
        call = {"id": token, "type": "function", "function": {"name": "f", "arguments": json.dumps({"a": token})}}
        messages = [
            {"role": "system", "content": token},
            {"role": "user", "content": [{"type": "text", "text": f"{token} Hello"}], "name": token},
            {"role": "assistant", "content": None, "tool_calls": [call]},
            {"role": "tool", "tool_call_id": token, "content": [{"type": "text", "text": token}]},
            {"role": "user", "content": token},
        ]
        body = {"messages": messages, "tools": [{"type": "function", "function": function}], "max_tokens": 5}
        hostile.send(program, "POST", "/v1/chat/completions", json=body)
        hostile.send(program, "POST", "/v1/responses", json={"input": token, "instructions": token})


# Crowds


def waiting_replies_of_one_guest(hostile: Hostile) -> None:
    program, guest = hostile.program(), hostile.guest()
    body = {"messages": [{"role": "user", "content": LONG}], "max_tokens": 1024}
    _at_once(80, lambda _: hostile.send(program, "POST", "/v1/chat/completions", json=body))
    chats = list(_chats(hostile, guest, 30))
    _at_once(len(chats), lambda n: hostile.send(guest.http, "POST", f"{chats[n]}/messages", **_message(LONG)))


def waiting_replies_of_many_guests(hostile: Hostile) -> None:
    """All from one address."""

    def ask(_: int) -> None:
        guest = hostile.guest()
        opened = hostile.send(guest.http, "POST", "/chats", data={})
        if opened and opened.is_redirect:
            hostile.send(guest.http, "POST", f"{opened.headers['Location']}/messages", **_message(LONG))

    _at_once(70, ask)


def guests_in_a_loop(hostile: Hostile) -> None:
    with httpx.Client(base_url=hostile.system.url, trust_env=False) as client:
        client.headers["X-Forwarded-For"] = hostile.address

        def loop(_: int) -> None:
            for _number in _until_time_is_up():
                client.cookies.clear()
                hostile.send(client, "POST", "/chats", data={})

        _at_once(4, loop)


def rapid_regenerate_and_stop(hostile: Hostile) -> None:
    guest = hostile.guest()
    sent = guest.ask(guest.open_chat(None), LONG)
    for _ in _until_time_is_up():
        for act in ("stop", "continue", "stop", "regenerate"):
            hostile.send(guest.http, "POST", f"{sent.address}/{act}", headers=HTMX)
    hostile.send(guest.http, "POST", f"{sent.address}/stop")


def many_presets_keys_and_chats(hostile: Hostile) -> None:
    guest, program = hostile.guest(), hostile.program()
    guest.open_chat(None)
    for number in _until_time_is_up():
        hostile.send(guest.http, "POST", "/presets", data={"name": f"p{number}", "system_prompt": "a" * 4_000})
        hostile.send(guest.http, "POST", "/keys", data={"name": f"k{number}"})
        hostile.send(guest.http, "POST", "/chats", data={"name": f"c{number}"})
        hostile.send(program, "POST", "/v1/conversations", json={"title": f"c{number}"})
    for path in ("/", "/presets", "/keys", "/chats"):
        hostile.send(guest.http, "GET", path)


def expensive_searches(hostile: Hostile) -> None:
    guest = hostile.guest()
    chat = guest.open_chat(None)
    words = " ".join(f"{a}{b}" for a in "abcdefghijklmnopqrstuvwxyz" for b in "aeiou")
    store_replies(hostile.system.parts, guest, chat, ((f"{number} {words}", f"{words} " * 30) for number in range(20)))
    queries = ["a b c d e f g h i j k l m n o p q r s t u v w x y z 0 1 2 3 4 5 6 7 8 9", "a " * 100, "%" * 200]
    queries += ["ae " * 60, "-a -b", '"' * 50, "a:* | b", "&!()"]

    def loop(_: int) -> None:
        for number in _until_time_is_up():
            hostile.send(guest.http, "GET", "/search", params={"q": queries[number % len(queries)]})

    _at_once(6, loop)


# Connections


def unreadable_headers(hostile: Hostile) -> None:
    guest = hostile.guest()
    chat = guest.open_chat(None)
    values = [
        "http://[",
        "http://]:x",
        "\xff\xfe",
        "a" * 6_000,
        "null",
        "://",
        "http://a:99999999",
        "%00",
        ";;;==,,",
        "",
    ]
    names = ["Origin", "Referer", "Sec-Fetch-Site", "Cookie", "Authorization", "Content-Type", "Accept-Language"]
    names += [
        "Last-Event-ID",
        "If-None-Match",
        "If-Match",
        "Idempotency-Key",
        "Range",
        "X-Forwarded-Proto",
        "HX-Target",
    ]
    names += ["Accept", "Accept-Encoding", "User-Agent", "X-Forwarded-For", "HX-Current-URL", "X-Request-ID"]
    for number, (name, value) in enumerate(product(names, values)):
        for method, path in (("POST", "/chats"), ("GET", chat), ("POST", "/v1/chat")):
            # From many addresses, so that nginx's limit does not hide what chat-ui does.
            head = (
                f"Host: localhost\r\nConnection: close\r\nContent-Length: 0\r\nX-Forwarded-For: 192.0.2.{number % 250}"
            )
            hostile.raw(f"{method} {path} HTTP/1.1\r\n{head}\r\n{name}: {value}\r\n\r\n".encode("latin-1"))
    for content in (b"\0\r\n\r\n", b"GET / HTTP/9.9\r\n\r\n", b"GET\r\n\r\n", b"GET /%ff HTTP/1.1\r\nHost: a\r\n\r\n"):
        hostile.raw(content)


def other_hosts(hostile: Hostile) -> None:
    """Names that a foreign site could point at this machine."""
    for host in ("evil.example", "evil.example:80", "127.0.0.1.evil.example", "localhost.evil.example", "", "["):
        for path in ("/", "/v1/models", "/search"):
            line = hostile.raw(f"GET {path} HTTP/1.1\r\nHost: {host}\r\nConnection: close\r\n\r\n".encode())
            if line and line.split()[1] not in (b"400", b"421"):
                hostile.failures.append(f"Host {host!r}, {path}: {line!r}")


def giant_bodies(hostile: Hostile) -> None:
    guest, program = hostile.guest(), hostile.program()
    chat = guest.open_chat(None)
    for client, path in ((guest.http, f"{chat}/messages"), (program, "/v1/chat/completions"), (program, "/v1/chat")):
        for size in (300_000, 5 * MIB):
            hostile.send(client, "POST", path, content=b"a" * size, headers=JSON, timeout=PATIENCE_SECONDS)
        hostile.send(client, "POST", path, content=(b"a" * 10_000 for _ in range(100)), headers=JSON)


def slow_requests(hostile: Hostile) -> None:
    """Heads and bodies that never end, on more connections than the 200 that nginx allows one address."""
    head = f"POST /v1/chat HTTP/1.1\r\nHost: localhost\r\nX-Forwarded-For: {hostile.address}\r\n"
    starts = (head.encode(), f"{head}Content-Type: application/json\r\nContent-Length: 99999\r\n\r\n{{".encode())
    with ExitStack() as ending:
        connections = [ending.enter_context(closing(hostile.connect(PATIENCE_SECONDS))) for _ in range(500)]
        for number, connection in enumerate(connections):
            connection.sendall(starts[number % 5 > 0])
        for _ in _until_time_is_up():
            time.sleep(1)
            for connection in connections:
                with suppress(OSError):
                    connection.sendall(b"a")
        for connection in connections:
            hostile.statuses[_status_so_far(connection)] += 1
    if hostile.statuses[429] < 150:
        hostile.failures.append("more than 200 connections at once")


def _status_so_far(connection: socket.socket) -> int | str:
    connection.setblocking(False)
    try:
        status = connection.recv(12)
    except BlockingIOError:
        return "open"
    except OSError:
        return "closed"
    return int(status[9:12]) if status else "closed"


def thousands_of_event_streams(hostile: Hostile) -> None:
    """Of one reply and from one address."""
    guest = hostile.guest()
    waiting = [guest.ask(chat, LONG) for chat in _chats(hostile, guest, 15)]
    with ExitStack() as ending:
        for connection in islice(_streams(hostile, guest, waiting[-1]), 1_500):
            ending.enter_context(closing(connection))
    for sent in waiting:
        hostile.send(guest.http, "POST", f"{sent.address}/stop")


def _streams(hostile: Hostile, guest: Visitor, sent: Sent) -> Iterator[socket.socket]:
    """Open connections whose events nobody reads."""
    [(name, value)] = guest.http.cookies.items()
    cookie = f"Cookie: {name}={value}\r\nX-Forwarded-For: {hostile.address}"
    request = f"GET {sent.address}/events HTTP/1.1\r\nHost: localhost\r\n{cookie}\r\n\r\n".encode()
    while True:
        connection = hostile.connect(PATIENCE_SECONDS)
        connection.sendall(request)
        with suppress(OSError):
            status = connection.recv(12)
            hostile.statuses[int(status[9:12]) if status else "closed"] += 1
        yield connection


def _chats(hostile: Hostile, guest: Visitor, count: int) -> Iterator[str]:
    """As many new chats as the guest gets."""
    for _ in range(count):
        opened = hostile.send(guest.http, "POST", "/chats", data={})
        if opened and opened.is_redirect:
            yield opened.headers["Location"]


def _message(content: str) -> dict[str, Any]:
    return {"data": {"content": content, "client_token": str(uuid.uuid4())}, "headers": HTMX}


ACTS: tuple[Act, ...] = (
    halves_of_characters_and_nul,
    json_that_is_deep_large_or_broken,
    unreadable_headers,
    giant_bodies,
    slow_requests,
    thousands_of_event_streams,
    rapid_regenerate_and_stop,
    many_presets_keys_and_chats,
    expensive_searches,
    guests_in_a_loop,
    waiting_replies_of_one_guest,
    waiting_replies_of_many_guests,
    control_tokens,
    schemas_that_are_slow_to_compile,
    a_chat_of_two_hundred_long_messages,
    texts_that_are_slow_to_render,
    other_hosts,
)
