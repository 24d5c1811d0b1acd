"""Presets: named settings for new chats."""

from typing import Any
from uuid import UUID

from sqlalchemy import delete, func, insert, select, update
from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm import Session

from db_api.errors import PresetNameTaken, PresetNotFound
from db_api.models import Preset
from db_api.schemas.presets import PresetChange, PresetCreate, PresetList, PresetRead


def list_presets(database: Session) -> PresetList:
    """Return the presets of this transaction's user, sorted by name."""
    presets = database.scalars(select(Preset).order_by(func.lower(Preset.name)))
    return PresetList(items=[PresetRead.model_validate(preset) for preset in presets])


def create_preset(database: Session, preset: PresetCreate) -> PresetRead:
    """Create a preset.

    Raises:
        PresetNameTaken: The user has a preset with this name (case-insensitive).
    """
    values = {"name": preset.name, "settings": preset.settings.model_dump(exclude_none=True)}
    return _write(database, insert(Preset).values(values))


def change_preset(database: Session, preset_id: UUID, change: PresetChange) -> PresetRead:
    """Change a preset.

    Raises:
        PresetNotFound: This user has no such preset.
        PresetNameTaken: Another preset has this name.
    """
    columns = change.columns() or {"name": Preset.name}  # an empty change is allowed
    return _write(database, update(Preset).where(Preset.id == preset_id).values(columns))


def delete_preset(database: Session, preset_id: UUID) -> None:
    """Delete a preset.

    Raises:
        PresetNotFound: This user has no such preset.
    """
    if database.scalar(delete(Preset).where(Preset.id == preset_id).returning(Preset.id)) is None:
        raise PresetNotFound


def _write(database: Session, statement: Any) -> PresetRead:
    try:
        preset = database.scalars(statement.returning(Preset)).one_or_none()
    except IntegrityError as error:
        raise PresetNameTaken from error
    if preset is None:
        raise PresetNotFound
    return PresetRead.model_validate(preset)
