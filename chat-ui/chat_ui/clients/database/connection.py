"""Calls of a service of ours, whole answer by whole answer.

httpx's own client merges addresses and headers, keeps cookies and looks for redirects: that was 17 % of chat-ui's time
for a page, three times what its transport took.
"""

import json
from collections.abc import Mapping
from contextlib import aclosing
from dataclasses import dataclass
from typing import Any

import httpx

from chat_ui.clients.model.transport import LeanTransport


@dataclass(frozen=True)
class WholeAnswer:
    status: int
    content: bytes

    @property
    def is_error(self) -> bool:
        return self.status >= httpx.codes.BAD_REQUEST

    def json(self) -> Any:
        return json.loads(self.content)


class LeanClient:
    """One service over kept connections."""

    def __init__(self, base_url: str, token: str, *, timeout: httpx.Timeout) -> None:
        self._url = httpx.URL(base_url)
        self._prefix = self._url.raw_path.decode().rstrip("/")
        self._headers = {"Host": self._url.netloc.decode(), "Authorization": f"Bearer {token}"}
        self._timeouts = timeout.as_dict()
        self._transport = LeanTransport(keep_alive=True)

    async def call(
        self,
        method: str,
        path: str,
        headers: Mapping[str, str],
        *,
        body: Any = None,
        query: Mapping[str, Any] | None = None,
    ) -> WholeAnswer:
        """Sends one request; `body` goes as JSON.

        Raises:
            httpx.TransportError: the service is not there, or broke off.
        """
        content = b"" if body is None else json.dumps(body, ensure_ascii=False).encode()
        target = f"{self._prefix}{path}" + (f"?{httpx.QueryParams(query)}" if query else "")
        own = {"Content-Type": "application/json", "Content-Length": str(len(content))}
        lines = (f"{name}: {value}\r\n" for name, value in {**self._headers, **own, **headers}.items())
        head = f"{method} {target} HTTP/1.1\r\n{''.join(lines)}\r\n".encode("latin-1")
        async with aclosing(await self._transport.ask(self._url, head + content, self._timeouts)) as answer:
            return WholeAnswer(answer.status, b"".join([piece async for piece in answer]))

    async def aclose(self) -> None:
        await self._transport.aclose()

    async def __aenter__(self) -> "LeanClient":
        return self

    async def __aexit__(self, *_: object) -> None:
        await self.aclose()
