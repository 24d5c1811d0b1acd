from uuid import UUID

from fastapi import APIRouter

from db_api.dependencies import Database
from db_api.repositories import instance

router = APIRouter(tags=["instance"])


@router.get("/instance")
async def read_instance(database: Database) -> dict[str, UUID]:
    """The `id` that this database got when it was created; it never changes."""
    return {"id": await database.run(instance.read_id)}
