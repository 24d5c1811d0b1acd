"""How every client of db-api calls it and what its problems mean here."""

from typing import Any
from uuid import UUID

import httpx

from chat_ui.errors import (
    ChatChanged,
    ChatNotFound,
    DatabaseUnavailable,
    InvalidText,
    KeyInUse,
    KeyNotFound,
    KeyReused,
    LeaseLost,
    MessageNotFound,
    ParleyError,
    PresetNameTaken,
    PresetNotFound,
    ReplyEnded,
    ReplyRunning,
    SessionUnknown,
)

PROBLEMS: dict[str, type[ParleyError]] = {
    "session-unknown": SessionUnknown,
    "chat-not-found": ChatNotFound,
    "message-not-found": MessageNotFound,
    "reply-not-found": MessageNotFound,
    "chat-changed": ChatChanged,
    "key-not-found": KeyNotFound,
    "preset-not-found": PresetNotFound,
    "preset-name-taken": PresetNameTaken,
    "idempotency-key-in-use": KeyInUse,
    "idempotency-key-reused": KeyReused,
    "reply-ended": ReplyEnded,
    "lease-lost": LeaseLost,
    "database-unavailable": DatabaseUnavailable,
}


class DatabaseApi:
    """db-api over one connection pool; shared by the client of each resource."""

    def __init__(self, http: httpx.AsyncClient) -> None:
        self._http = http

    async def call(
        self,
        method: str,
        path: str,
        *,
        session: str | None = None,
        lease: UUID | None = None,
        body: Any = None,
        query: dict[str, Any] | None = None,
    ) -> httpx.Response:
        """Sends one request.

        Raises:
            DatabaseUnavailable: db-api or its database does not answer.
            ParleyError: another expected problem, by its type.
            httpx.HTTPStatusError: an answer that nobody expects, which is a bug.
        """
        headers = {"X-Session-ID": session} if session else {}
        if lease:
            headers["X-Lease-ID"] = str(lease)
        try:
            response = await self._http.request(method, path, headers=headers, json=body, params=query)
        except httpx.TransportError as error:
            raise DatabaseUnavailable from error
        if response.is_error:
            raise _problem(response)
        return response

    async def is_ready(self) -> bool:
        """Whether db-api and its database answer."""
        try:
            return (await self._http.get("/health/ready", timeout=3)).is_success
        except httpx.TransportError:
            return False


def _problem(response: httpx.Response) -> Exception:
    problem = response.json() if "json" in response.headers.get("content-type", "") else {}
    name = str(problem.get("type", "")).removeprefix("/problems/")
    if name == "reply-running":
        return ReplyRunning(UUID(problem["reply_id"]))
    if name in PROBLEMS:
        return PROBLEMS[name]()
    if name in ("invalid-text", "invalid-request"):
        return InvalidText(problem["detail"])
    if response.status_code in (502, 503, 504):
        return DatabaseUnavailable()
    return httpx.HTTPStatusError(
        f"db-api answered {response.status_code}: {response.text[:500]}", request=response.request, response=response
    )
