"""How every client of db-api calls it and what its problems mean here."""

import asyncio
import logging
from typing import Any
from uuid import UUID

import httpx
from asgi_correlation_id import correlation_id

from chat_ui.clients.database.connection import LeanClient, WholeAnswer
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

READY_SECONDS = 3.0

logger = logging.getLogger(__name__)

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

    def __init__(self, client: LeanClient) -> None:
        self._client = client

    async def call(
        self,
        method: str,
        path: str,
        *,
        session: str | None = None,
        lease: UUID | None = None,
        body: Any = None,
        query: dict[str, Any] | None = None,
    ) -> WholeAnswer:
        """Sends one request.

        Raises:
            DatabaseUnavailable: db-api or its database does not answer.
            ParleyError: another expected problem, by its type.
            RuntimeError: an answer that nobody expects, which is a bug.
        """
        headers = {"X-Session-ID": session} if session else {}
        if lease:
            headers["X-Lease-ID"] = str(lease)
        if request_id := correlation_id.get():
            headers["X-Request-ID"] = request_id
        try:
            answer = await self._client.call(method, path, headers, body=body, query=query)
        except httpx.TransportError as error:
            logger.warning("db-api did not answer %s: %r", method, error)
            raise DatabaseUnavailable from error
        if answer.is_error:
            raise _problem(answer)
        return answer

    async def is_ready(self) -> bool:
        """Whether db-api and its database answer."""
        try:
            async with asyncio.timeout(READY_SECONDS):
                return not (await self._client.call("GET", "/health/ready", {})).is_error
        except (httpx.TransportError, TimeoutError):
            return False


def _problem(answer: WholeAnswer) -> Exception:
    problem = _read_problem(answer)
    name = str(problem.get("type", "")).removeprefix("/problems/")
    if name == "reply-running":
        return ReplyRunning(UUID(problem["reply_id"]))
    if name in PROBLEMS:
        return PROBLEMS[name]()
    if name in ("invalid-text", "invalid-request"):
        return InvalidText(problem["detail"])
    if answer.status in (502, 503, 504):
        return DatabaseUnavailable()
    return RuntimeError(f"db-api answered {answer.status}: {answer.content[:500]!r}")


def _read_problem(answer: WholeAnswer) -> dict[str, Any]:
    try:
        problem = answer.json()
    except ValueError:  # a proxy between, in its own words
        return {}
    return problem if isinstance(problem, dict) else {}
