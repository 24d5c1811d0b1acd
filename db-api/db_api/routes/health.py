from fastapi import APIRouter

from db_api.dependencies import Database
from db_api.repositories import health

router = APIRouter(prefix="/health", tags=["health"])


@router.get("/live")
async def tell_live() -> dict[str, str]:
    """The process answers."""
    return {"status": "live"}


@router.get("/ready")
async def tell_ready(database: Database) -> dict[str, str]:
    """The database answers, and its schema is the one that this version needs."""
    await database.run(health.check)
    return {"status": "ready"}
