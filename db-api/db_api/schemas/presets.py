"""Presets."""

from datetime import datetime
from typing import Any
from uuid import UUID

from db_api.schemas.chats import ChatSettings
from db_api.schemas.fields import Incoming, Name, Outgoing


class PresetCreate(Incoming):
    name: Name
    settings: ChatSettings = ChatSettings()


class PresetChange(Incoming):
    """What is left out stays; `settings` replaces them all."""

    name: Name = ""
    settings: ChatSettings = ChatSettings()

    def columns(self) -> dict[str, Any]:
        return self.model_dump(exclude_unset=True, exclude={"settings"}) | (
            {"settings": self.settings.model_dump(exclude_none=True)} if "settings" in self.model_fields_set else {}
        )


class PresetRead(Outgoing):
    id: UUID
    name: str
    settings: ChatSettings
    created_at: datetime


class PresetList(Outgoing):
    items: list[PresetRead]
