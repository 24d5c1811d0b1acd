"""HTTP sessions for the services behind chat-ui."""

import json
from dataclasses import dataclass
from functools import partial
from typing import Any

import aiohttp

KEEP_IDLE_SECONDS = 60.0
"""Shorter than db-api keeps an idle connection open, so that a request never meets one that is being closed."""


@dataclass(frozen=True, slots=True)
class Answer:
    """A response whose body has been read."""

    status: int
    content: bytes

    @property
    def is_error(self) -> bool:
        return self.status >= 400

    def json(self) -> Any:
        return json.loads(self.content)


def open_session(token: str, timeout: aiohttp.ClientTimeout, *, keep_alive: bool) -> aiohttp.ClientSession:
    """A session that authenticates with `token`. Needs a running event loop; ignores the proxies of the environment."""
    connector = (
        aiohttp.TCPConnector(limit=0, keepalive_timeout=KEEP_IDLE_SECONDS)
        if keep_alive
        else aiohttp.TCPConnector(limit=0, force_close=True)
    )
    return aiohttp.ClientSession(
        connector=connector,
        timeout=timeout,
        headers={"Authorization": f"Bearer {token}"},
        skip_auto_headers=("Accept-Encoding", "User-Agent"),
        cookie_jar=aiohttp.DummyCookieJar(),
        json_serialize=partial(json.dumps, ensure_ascii=False),
    )
