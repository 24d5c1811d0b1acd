"""Calls of db-api, and the error that each of its problems becomes."""

import asyncio
import logging
from typing import Any
from uuid import UUID

from asgi_correlation_id import correlation_id

from chat_ui.clients.database.connection import DatabaseConnection
from chat_ui.clients.http import Answer
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
    QuotaReached,
    ReplyEnded,
    ReplyRunning,
    SearchRunning,
    SessionUnknown,
    TooManyChats,
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
    "search-running": SearchRunning,
    "database-unavailable": DatabaseUnavailable,
}


class DatabaseApi:
    """db-api over one connection pool, shared by the clients of its resources."""

    def __init__(self, connection: DatabaseConnection) -> None:
        self._connection = connection

    async def call(
        self,
        method: str,
        path: str,
        *,
        session: str | None = None,
        lease: UUID | None = None,
        body: Any = None,
        query: dict[str, Any] | None = None,
    ) -> Answer:
        """Send one request.

        Raises:
            DatabaseUnavailable: db-api or its database does not answer.
            ParleyError: one of `PROBLEMS`, by the problem's type.
            RuntimeError: an unexpected answer, which is a bug.
        """
        headers = {"X-Session-ID": session} if session else {}
        if lease:
            headers["X-Lease-ID"] = str(lease)
        if request_id := correlation_id.get():
            headers["X-Request-ID"] = request_id
        try:
            answer = await self._connection.call(method, path, headers, body=body, query=query)
        except DatabaseUnavailable as error:
            logger.warning("db-api did not answer %s: %r", method, error.__cause__)
            raise
        if answer.is_error:
            raise _problem(answer)
        return answer

    async def is_ready(self) -> bool:
        """Whether db-api and its database answer."""
        try:
            async with asyncio.timeout(READY_SECONDS):
                return not (await self._connection.call("GET", "/health/ready", {})).is_error
        except (DatabaseUnavailable, TimeoutError):
            return False


def _problem(answer: Answer) -> Exception:
    problem = _read_problem(answer)
    name = str(problem.get("type", "")).removeprefix("/problems/")
    if name == "reply-running":
        return ReplyRunning(UUID(problem["reply_id"]))
    if name == "quota-reached":
        return QuotaReached(problem["quota"], problem["most"])
    if name == "too-many-chats":
        return TooManyChats(problem["retry_after"])
    if name in PROBLEMS:
        return PROBLEMS[name]()
    if name in ("invalid-text", "invalid-request"):
        return InvalidText(problem["detail"])
    if answer.status in (502, 503, 504):
        return DatabaseUnavailable()
    return RuntimeError(f"db-api answered {answer.status}: {answer.content[:500]!r}")


def _read_problem(answer: Answer) -> dict[str, Any]:
    try:
        problem = answer.json()
    except ValueError:  # the error page of a proxy in between
        return {}
    return problem if isinstance(problem, dict) else {}
