from http import HTTPStatus
from uuid import UUID

from fastapi import APIRouter

from db_api.dependencies import UserDatabase
from db_api.repositories import presets
from db_api.schemas.presets import PresetChange, PresetCreate, PresetList, PresetRead

router = APIRouter(prefix="/presets", tags=["presets"])


@router.get("")
async def list_presets(database: UserDatabase) -> PresetList:
    """The user's presets, sorted by name."""
    return await database.run(presets.list_presets)


@router.post("", status_code=HTTPStatus.CREATED)
async def create_preset(preset: PresetCreate, database: UserDatabase) -> PresetRead:
    return await database.run(presets.create_preset, preset)


@router.patch("/{preset_id}")
async def change_preset(preset_id: UUID, change: PresetChange, database: UserDatabase) -> PresetRead:
    """Change a preset; chats created with it keep their settings."""
    return await database.run(presets.change_preset, preset_id, change)


@router.delete("/{preset_id}", status_code=HTTPStatus.NO_CONTENT)
async def delete_preset(preset_id: UUID, database: UserDatabase) -> None:
    await database.run(presets.delete_preset, preset_id)
