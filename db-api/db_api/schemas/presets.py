"""Presets: named settings for new chats."""

from datetime import datetime
from typing import Any
from uuid import UUID

from db_api.schemas.chats import ChatSettings
from db_api.schemas.fields import Incoming, Name, Outgoing


class PresetCreate(Incoming):
    name: Name
    settings: ChatSettings = ChatSettings()


class PresetChange(Incoming):
    """Omitted fields stay as they are; `settings` replaces all settings."""

    name: Name = ""
    settings: ChatSettings = ChatSettings()

    def columns(self) -> dict[str, Any]:
        """Return the columns to update."""
        columns = self.model_dump(exclude_unset=True, exclude={"settings"})
        if "settings" in self.model_fields_set:
            columns["settings"] = self.settings.model_dump(exclude_none=True)
        return columns


class PresetRead(Outgoing):
    id: UUID
    name: str
    settings: ChatSettings
    created_at: datetime


class PresetList(Outgoing):
    items: list[PresetRead]
