"""Presets: settings that a user keeps under a name, to begin chats with."""

from typing import Any
from uuid import UUID

from sqlalchemy import delete, func, insert, select, update
from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm import Session

from db_api.errors import PresetNameTaken, PresetNotFound
from db_api.models import Preset
from db_api.schemas.presets import PresetChange, PresetCreate, PresetList, PresetRead


def list_presets(database: Session) -> PresetList:
    """This transaction's user's presets, by their names."""
    presets = database.scalars(select(Preset).order_by(func.lower(Preset.name)))
    return PresetList(items=[PresetRead.model_validate(preset) for preset in presets])


def create_preset(database: Session, preset: PresetCreate) -> PresetRead:
    """
    Raises:
        PresetNameTaken: the user has a preset of this name, in upper or lower case.
    """
    values = {"name": preset.name, "settings": preset.settings.model_dump(exclude_none=True)}
    return _write(database, insert(Preset).values(values))


def change_preset(database: Session, preset_id: UUID, change: PresetChange) -> PresetRead:
    """
    Raises:
        PresetNotFound: this user has no such preset.
        PresetNameTaken: another one has this name.
    """
    columns = change.columns() or {"name": Preset.name}  # nothing to change is no error
    return _write(database, update(Preset).where(Preset.id == preset_id).values(columns))


def delete_preset(database: Session, preset_id: UUID) -> None:
    """
    Raises:
        PresetNotFound: this user has no such preset.
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
