"""Presets in db-api."""

from collections.abc import Sequence
from typing import Any
from uuid import UUID

from pydantic import TypeAdapter

from chat_ui.clients.database.api import DatabaseApi
from chat_ui.errors import PresetNotFound
from chat_ui.models.base import Value
from chat_ui.models.chats import Preset


class _Presets(Value):
    items: tuple[Preset, ...]


_presets = TypeAdapter(_Presets)


class PresetsClient:
    def __init__(self, api: DatabaseApi) -> None:
        self._api = api

    async def list(self, session: str) -> Sequence[Preset]:
        """The user's presets, by name."""
        response = await self._api.call("GET", "/presets", session=session)
        return _presets.validate_json(response.content).items

    async def get(self, session: str, preset_id: UUID) -> Preset:
        """
        Raises:
            PresetNotFound: unknown, or another user's.
        """
        found = next((preset for preset in await self.list(session) if preset.id == preset_id), None)
        if found is None:
            raise PresetNotFound
        return found

    async def create(self, session: str, name: str, settings: dict[str, Any]) -> Preset:
        """
        Raises:
            PresetNameTaken: another preset has this name, ignoring case.
        """
        body = {"name": name, "settings": settings}
        response = await self._api.call("POST", "/presets", session=session, body=body)
        return Preset.model_validate_json(response.content)

    async def change(self, session: str, preset_id: UUID, name: str, settings: dict[str, Any]) -> Preset:
        """
        Raises:
            PresetNotFound: unknown, or another user's.
            PresetNameTaken: another preset has this name, ignoring case.
        """
        body = {"name": name, "settings": settings}
        response = await self._api.call("PATCH", f"/presets/{preset_id}", session=session, body=body)
        return Preset.model_validate_json(response.content)

    async def delete(self, session: str, preset_id: UUID) -> None:
        await self._api.call("DELETE", f"/presets/{preset_id}", session=session)
