"""Presets: named settings for new chats."""

from uuid import UUID

from sqlalchemy import delete, func, select, update
from sqlalchemy.dialects.postgresql import insert
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
    # Not left to the index: Postgres's log would show the name that is taken.
    kept = insert(Preset).values(values).on_conflict_do_nothing(index_elements=["user_id", func.lower(Preset.name)])
    row = database.scalars(kept.returning(Preset)).one_or_none()
    if row is None:
        raise PresetNameTaken
    return PresetRead.model_validate(row)


def change_preset(database: Session, preset_id: UUID, change: PresetChange) -> PresetRead:
    """Change a preset.

    Raises:
        PresetNotFound: This user has no such preset.
        PresetNameTaken: Another preset has this name.
    """
    columns = change.columns() or {"name": Preset.name}  # an empty change is allowed
    taken = select(Preset.id).where(func.lower(Preset.name) == func.lower(change.name), Preset.id != preset_id)
    if database.scalar(taken) is not None:
        raise PresetNameTaken if _exists(database, preset_id) else PresetNotFound
    changed = update(Preset).where(Preset.id == preset_id).values(columns).returning(Preset)
    try:
        preset = database.scalars(changed).one_or_none()
    except IntegrityError as error:  # taken at this very moment
        raise PresetNameTaken from error
    if preset is None:
        raise PresetNotFound
    return PresetRead.model_validate(preset)


def delete_preset(database: Session, preset_id: UUID) -> None:
    """Delete a preset.

    Raises:
        PresetNotFound: This user has no such preset.
    """
    if database.scalar(delete(Preset).where(Preset.id == preset_id).returning(Preset.id)) is None:
        raise PresetNotFound


def _exists(database: Session, preset_id: UUID) -> bool:
    return database.scalar(select(Preset.id).where(Preset.id == preset_id)) is not None
