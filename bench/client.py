"""The parts of a browser that a bench needs, and a client of the raw model server; both as light as possible.

They block, over one kept connection, so that the client's own time is small and the same on both sides.
"""

import http.client
import json
import re
import time
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Any
from urllib.parse import urlencode, urlsplit
from uuid import uuid4

_EVENTS = re.compile(rb"/chats/[^/]+/replies/([0-9a-f-]+)/events")
_TEXT = re.compile(rb"<(p|ol|ul|h\d|pre|blockquote|table|div class=\"code\")[ >]")
FORM = {"Content-Type": "application/x-www-form-urlencoded"}
SECONDS = 300


@dataclass(frozen=True)
class Timing:
    """The timing of one streamed reply, in seconds since its request."""

    first: float
    """When its first text came."""
    end: float
    arrivals: Sequence[float]
    """When each piece of text came."""
    text: str = ""

    @property
    def longest_gap(self) -> float:
        return max(
            (later - earlier for earlier, later in zip(self.arrivals, self.arrivals[1:], strict=False)), default=0
        )


class Visitor:
    """One browser: it keeps a cookie, opens chats, asks, and reads the event stream."""

    def __init__(self, url: str) -> None:
        address = urlsplit(url)
        self._connection = http.client.HTTPConnection(str(address.hostname), address.port, timeout=SECONDS)
        self._cookie: dict[str, str] = {}

    def open_chat(self) -> str:
        response = self._request("POST", "/chats", "")
        self._cookie = {"Cookie": (response.getheader("Set-Cookie") or self._cookie["Cookie"]).split(";")[0]}
        return str(response.getheader("Location")).rpartition("/")[2]

    @property
    def cookie(self) -> str:
        return self._cookie["Cookie"]

    def post(self, path: str, **form: str) -> bytes:
        return self._request("POST", path, urlencode(form), fragment=True).content

    def get(self, path: str) -> bytes:
        return self._request("GET", path).content

    def ask(self, chat_id: str, text: str) -> str:
        """Send a message; return the reply's id."""
        fragment = self.post(f"/chats/{chat_id}/messages", content=text, client_token=str(uuid4()))
        found = _EVENTS.search(fragment)
        if not found:
            raise RuntimeError(f"Parley refused the message: {fragment[:500]!r}")
        return found[1].decode()

    def follow(self, chat_id: str, reply_id: str) -> Iterator[bytes]:
        """Yield the events as they come, up to the last one."""
        self._connection.request("GET", f"/chats/{chat_id}/replies/{reply_id}/events", headers=self._cookie)
        response = self._connection.getresponse()
        event = b""
        while line := response.readline():
            event += line
            if line == b"\n":
                yield event
                if event.startswith(b"event: end"):
                    break
                event = b""
        response.read()

    def time(self, chat_id: str, text: str) -> Timing:
        """Ask, and read the reply to its end."""
        begin = time.perf_counter()
        reply_id = self.ask(chat_id, text)
        arrivals = [time.perf_counter() - begin for event in self.follow(chat_id, reply_id) if _TEXT.search(event)]
        return Timing(arrivals[0], time.perf_counter() - begin, arrivals[:-1] or arrivals)

    def _request(self, method: str, path: str, body: str | None = None, *, fragment: bool = False) -> "Answer":
        headers = self._cookie | (FORM if body is not None else {}) | ({"HX-Request": "true"} if fragment else {})
        self._connection.request(method, path, body, headers)
        response = self._connection.getresponse()
        answer = Answer(response.status, dict(response.getheaders()), response.read())
        if answer.status >= 400:
            raise RuntimeError(f"{method} {path}: {answer.status} {answer.content[:500]!r}")
        return answer


@dataclass(frozen=True)
class Answer:
    status: int
    headers: dict[str, str]
    content: bytes

    def getheader(self, name: str) -> str | None:
        return next((value for key, value in self.headers.items() if key.lower() == name.lower()), None)


class RawModel:
    """llama.cpp's server, without Parley in front of it."""

    def __init__(self, url: str, key: str) -> None:
        self._address = urlsplit(url)
        self._headers = {"Authorization": f"Bearer {key}", "Content-Type": "application/json"}

    def time(self, messages: Sequence[dict[str, str]], max_tokens: int, **options: Any) -> Timing:
        body = {"messages": messages, "max_tokens": max_tokens, "stream": True, "cache_prompt": True, **options}
        begin = time.perf_counter()
        # A new connection each time, as chat-ui does: the server closes it after a stream.
        connection = http.client.HTTPConnection(str(self._address.hostname), self._address.port, timeout=SECONDS)
        connection.request("POST", "/v1/chat/completions", json.dumps(body), self._headers)
        response = connection.getresponse()
        arrivals, text = [], []
        while line := response.readline():
            if line.startswith(b"data: {"):
                choices = json.loads(line[6:]).get("choices") or [{}]
                if content := choices[0].get("delta", {}).get("content"):
                    arrivals.append(time.perf_counter() - begin)
                    text.append(content)
        connection.close()
        if not arrivals:
            raise RuntimeError(f"The model server wrote nothing (status {response.status}).")
        return Timing(arrivals[0], time.perf_counter() - begin, arrivals, "".join(text))

    def post(self, path: str, body: Any) -> Any:
        connection = http.client.HTTPConnection(str(self._address.hostname), self._address.port, timeout=SECONDS)
        connection.request("POST", path, json.dumps(body), self._headers)
        return json.loads(connection.getresponse().read())

    def text_of(self, tokens: int, salt: str = "") -> str:
        """Return English text of about this many tokens; texts with different salts share no prefix."""
        words = f"{salt} " + WORDS * (tokens // 60 + 2)
        ids = self.post("/tokenize", {"content": words})["tokens"][:tokens]
        text: str = self.post("/detokenize", {"tokens": ids})["content"]
        return text.strip()


WORDS = (
    "The harbour lies behind the old town and opens to the west. In the morning the boats come back, and the people "
    "who buy fish stand on the stones and wait. Nobody speaks loudly. When the last boat is empty, they go home. "
)
