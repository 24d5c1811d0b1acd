"""Who calls and how much they use, in db-api."""

from collections.abc import Sequence
from dataclasses import asdict, dataclass
from typing import Any, Literal
from uuid import UUID

from chat_ui.clients.db_api import DatabaseApi
from chat_ui.models import Caller


@dataclass(frozen=True)
class Limit:
    """How much a user or a key may use of a minute or a day; None is any number."""

    holder: Literal["user", "key"]
    period: Literal["minute", "day"]
    requests: int | None
    tokens: int | None


@dataclass(frozen=True)
class TokensUsed:
    user_id: UUID
    key_id: UUID | None
    tokens: int


class UsageClient:
    def __init__(self, api: DatabaseApi) -> None:
        self._api = api

    async def enter(self, session: str, limits: Sequence[Limit]) -> Caller:
        """Who comes with this session's token or API key; the request is counted where the limits let it.

        Raises:
            SessionUnknown: nobody.
        """
        body = {"limits": [asdict(limit) for limit in limits]}
        response = await self._api.call("POST", "/requests", session=session, body=body)
        return Caller.model_validate_json(response.content)

    async def count(self, used: Sequence[TokensUsed]) -> None:
        """Tokens of replies that ended."""
        items: list[dict[str, Any]] = [
            {"user_id": str(u.user_id), "key_id": str(u.key_id) if u.key_id else None, "tokens": u.tokens} for u in used
        ]
        await self._api.call("POST", "/usage", body={"items": items})
