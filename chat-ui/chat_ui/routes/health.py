"""Liveness and readiness."""

from fastapi import APIRouter, status
from fastapi.responses import JSONResponse

from chat_ui.web.dependencies import App

router = APIRouter(prefix="/health", tags=["health"])


@router.get("/live")
async def live() -> dict[str, str]:
    return {"status": "live"}


@router.get("", include_in_schema=False)
@router.get("/ready")
async def ready(app: App) -> JSONResponse:
    """200 while the database is available. Without a model, messages are stored and their replies wait for it."""
    database, model = await app.database.is_ready(), await app.model_servers.current()
    state = {
        "status": "ready" if database else "unavailable",
        "db_api": "ok" if database else "unavailable",
        "lm_api": "ok" if model else "unavailable",
        "model": model.name if model else None,
    }
    return JSONResponse(state, status.HTTP_200_OK if database else status.HTTP_503_SERVICE_UNAVAILABLE)
