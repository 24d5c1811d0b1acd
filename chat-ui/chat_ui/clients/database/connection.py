"""HTTP to db-api."""

from collections.abc import Mapping
from functools import cached_property
from typing import Any, Self

import aiohttp

from chat_ui.clients.http import Answer, open_session
from chat_ui.errors import DatabaseUnavailable

TIMEOUT = aiohttp.ClientTimeout(total=10, connect=2)


class DatabaseConnection:
    """One db-api over a pool of kept connections."""

    def __init__(self, base_url: str, token: str, timeout: aiohttp.ClientTimeout = TIMEOUT) -> None:
        self._base_url = base_url.rstrip("/")
        self._token, self._timeout = token, timeout

    @cached_property
    def _session(self) -> aiohttp.ClientSession:
        return open_session(self._token, self._timeout, keep_alive=True)

    async def call(
        self,
        method: str,
        path: str,
        headers: Mapping[str, str],
        *,
        body: Any = None,
        query: Mapping[str, Any] | None = None,
    ) -> Answer:
        """Send one request, with `body` as JSON.

        Raises:
            DatabaseUnavailable: no connection, no answer in time, or half an answer.
        """
        url = f"{self._base_url}{path}"
        options: dict[str, Any] = {"headers": headers, "params": _encoded(query), "allow_redirects": False}
        if body is not None:
            options["json"] = body
        try:
            async with self._session.request(method, url, **options) as response:
                return Answer(response.status, await response.read())
        except (aiohttp.ClientError, TimeoutError) as error:
            raise DatabaseUnavailable from error

    async def close(self) -> None:
        await self._session.close()

    async def __aenter__(self) -> Self:
        return self

    async def __aexit__(self, *_: object) -> None:
        await self.close()


def _encoded(query: Mapping[str, Any] | None) -> dict[str, str]:
    """Query values as text; aiohttp refuses booleans."""
    items = (query or {}).items()
    return {name: str(value).lower() if isinstance(value, bool) else str(value) for name, value in items}
