"""The id of this instance of Parley, which its database has had since it was created."""

import asyncio
from typing import Any
from uuid import UUID

from chat_ui.clients.database.api import DatabaseApi
from chat_ui.errors import DatabaseUnavailable

WAIT_SECONDS = 3.0


class InstanceClient:
    def __init__(self, api: DatabaseApi) -> None:
        self._api = api
        self._known: UUID | None = None

    async def id(self) -> UUID | None:
        """The id, read once; None while the database is unavailable."""
        if self._known is None:
            try:
                async with asyncio.timeout(WAIT_SECONDS):
                    answer: dict[str, Any] = (await self._api.call("GET", "/instance")).json()
            except (DatabaseUnavailable, TimeoutError):
                return None
            self._known = UUID(answer["id"])
        return self._known
