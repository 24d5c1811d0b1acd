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
    """200 while the database is available and the queue makes progress.

    Without a model the status is `degraded`: messages are stored and their replies wait for it.
    """
    database, model = await app.database.is_ready(), await app.model_servers.current()
    works = database and not app.writer.queue.is_stuck
    state = {
        "status": "unavailable" if not works else "ready" if model else "degraded",
        "db_api": "ok" if database else "unavailable",
        "queue": "stuck" if app.writer.queue.is_stuck else "ok",
        "lm_api": "ok" if model else "unavailable",
        "model": model.name if model else None,
    }
    return JSONResponse(state, status.HTTP_200_OK if works else status.HTTP_503_SERVICE_UNAVAILABLE)
