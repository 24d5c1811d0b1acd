"""Callers and their usage, in db-api."""

from collections.abc import Sequence
from dataclasses import asdict
from typing import Any

from chat_ui.clients.database.api import DatabaseApi
from chat_ui.models.people import Caller, Limit, TokensUsed


class UsageClient:
    def __init__(self, api: DatabaseApi) -> None:
        self._api = api

    async def enter(self, session: str, limits: Sequence[Limit]) -> Caller:
        """The caller with this session token or API key. The request counts if the limits allow it.

        Raises:
            SessionUnknown: unknown token or key.
        """
        body = {"limits": [asdict(limit) for limit in limits]}
        response = await self._api.call("POST", "/requests", session=session, body=body)
        return Caller.model_validate_json(response.content)

    async def count(self, used: Sequence[TokensUsed]) -> None:
        """Add the tokens of replies that ended."""
        items: list[dict[str, Any]] = [
            {"user_id": str(u.user_id), "key_id": str(u.key_id) if u.key_id else None, "tokens": u.tokens} for u in used
        ]
        await self._api.call("POST", "/usage", body={"items": items})
