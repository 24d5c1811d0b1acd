from http import HTTPStatus
from uuid import UUID

from fastapi import APIRouter

from db_api.dependencies import UserDatabase
from db_api.repositories import keys
from db_api.schemas.keys import KeyCreate, KeyCreated, KeyList

router = APIRouter(prefix="/keys", tags=["keys"])


@router.get("")
async def list_keys(database: UserDatabase) -> KeyList:
    """The user's API keys, newest first, without the keys themselves."""
    return await database.run(keys.list_keys)


@router.post("", status_code=HTTPStatus.CREATED)
async def create_key(key: KeyCreate, database: UserDatabase) -> KeyCreated:
    """Create an API key, which `X-Session-ID` accepts like a session's token. Only this response contains it."""
    return await database.run(keys.create_key, key)


@router.delete("/{key_id}", status_code=HTTPStatus.NO_CONTENT)
async def revoke_key(key_id: UUID, database: UserDatabase) -> None:
    """Revoke an API key at once."""
    await database.run(keys.revoke_key, key_id)
