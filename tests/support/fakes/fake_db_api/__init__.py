"""db-api in memory: the part of its API that chat-ui uses, held to db-api's behaviour by tests/contract."""

from fastapi import FastAPI, Request
from fastapi.responses import JSONResponse, Response
from starlette.middleware.base import RequestResponseEndpoint

from tests.support.fakes.fake_db_api.callers import caller_routes
from tests.support.fakes.fake_db_api.chats import chat_routes
from tests.support.fakes.fake_db_api.database import FakeDatabase, Problem
from tests.support.fakes.fake_db_api.idempotency_keys import idempotency_key_routes
from tests.support.fakes.fake_db_api.presets import preset_routes
from tests.support.fakes.fake_db_api.replies import reply_routes

__all__ = ["FakeDatabase", "fake_db_api"]


def fake_db_api(db: FakeDatabase) -> FastAPI:
    app = FastAPI()

    @app.exception_handler(Problem)
    async def problem(request: Request, error: Problem) -> JSONResponse:
        return JSONResponse(error.body, error.status, media_type="application/problem+json")

    @app.middleware("http")
    async def be_away(request: Request, call_next: RequestResponseEndpoint) -> Response:
        if db.away:
            return JSONResponse({"type": "/problems/database-unavailable"}, 503)
        return await call_next(request)

    @app.get("/health/ready")
    async def ready() -> dict[str, str]:
        return {"status": "ready"}

    for routes in (caller_routes, chat_routes, idempotency_key_routes, preset_routes, reply_routes):
        app.include_router(routes(db))
    return app
