"""API keys in db-api."""

from collections.abc import Sequence
from uuid import UUID

from pydantic import TypeAdapter

from chat_ui.clients.database.api import DatabaseApi
from chat_ui.models.base import Value
from chat_ui.models.people import ApiKey


class _Keys(Value):
    items: tuple[ApiKey, ...]


_keys = TypeAdapter(_Keys)


class KeysClient:
    def __init__(self, api: DatabaseApi) -> None:
        self._api = api

    async def list(self, session: str) -> Sequence[ApiKey]:
        """The user's keys, newest first."""
        response = await self._api.call("GET", "/keys", session=session)
        return _keys.validate_json(response.content).items

    async def create(self, session: str, name: str, scopes: Sequence[str]) -> ApiKey:
        """Create a key. Only this result contains the key itself."""
        response = await self._api.call("POST", "/keys", session=session, body={"name": name, "scopes": list(scopes)})
        return ApiKey.model_validate_json(response.content)

    async def revoke(self, session: str, key_id: UUID) -> None:
        await self._api.call("DELETE", f"/keys/{key_id}", session=session)
