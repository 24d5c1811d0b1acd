from fastapi import APIRouter

from db_api.dependencies import Database
from db_api.repositories import health

router = APIRouter(prefix="/health", tags=["health"])


@router.get("/live")
async def report_live() -> dict[str, str]:
    """The process responds."""
    return {"status": "live"}


@router.get("/ready")
async def report_ready(database: Database) -> dict[str, str]:
    """The database responds, and its schema is at least as new as this version of db-api."""
    await database.run(health.check)
    return {"status": "ready"}
