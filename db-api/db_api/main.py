"""The application, put together."""

import gc
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

from asgi_correlation_id import CorrelationIdMiddleware
from fastapi import Depends, FastAPI
from fastapi_offline import FastAPIOffline

from db_api.body_limit import BodyLimit
from db_api.database import open_engine
from db_api.dependencies import check_service
from db_api.error_handlers import add_error_handlers
from db_api.log import AccessLog, configure_logging
from db_api.purge import purging
from db_api.routes import chats, health, idempotency_keys, keys, messages, presets, replies, search, sessions, usage
from db_api.settings import Settings, load_settings
from db_api.transactions import Transactions


def production_app() -> FastAPI:
    """For `uvicorn --factory`: settings from the environment and the secret files."""
    settings = load_settings(Settings)
    configure_logging(settings.log_format)
    app = create_app(settings)
    _collect_less()
    return app


def create_app(settings: Settings) -> FastAPI:
    """An app with a pool of its own; a database that is away is met by 503, at start too."""
    engine = open_engine(settings.url, settings.pool_size)
    transactions = Transactions(engine, settings.pool_size, settings.pool_wait_seconds)

    @asynccontextmanager
    async def lifespan(_: FastAPI) -> AsyncIterator[None]:
        async with purging(transactions, settings.undo_seconds):
            yield
        engine.dispose()

    app = FastAPIOffline(  # Swagger's files come from here: a private machine may reach no other
        title="Parley db-api",
        description="Chats and replies; see docs/design.md.",
        lifespan=lifespan,
        telemetry={"tracing": False, "metrics": False, "logs": False},
    )
    app.state.settings = settings
    app.state.transactions = transactions
    app.add_middleware(BodyLimit, limit=settings.max_body_bytes)
    app.add_middleware(AccessLog)
    app.add_middleware(CorrelationIdMiddleware)
    add_error_handlers(app)
    # What is asked most comes first, for FastAPI tries one after the other.
    for module in (chats, replies, messages, usage, sessions, keys, idempotency_keys, presets, search):
        app.include_router(module.router, dependencies=[Depends(check_service)])
    app.include_router(health.router)
    return app


def _collect_less() -> None:
    """What a start makes stays, and a request leaves hardly a cycle: looking for them took 4 % of db-api's time."""
    gc.collect()
    gc.freeze()
    gc.set_threshold(10_000)
