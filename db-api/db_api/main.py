"""Assemble the application."""

import gc
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from datetime import timedelta

from asgi_correlation_id import CorrelationIdMiddleware
from fastapi import Depends, FastAPI
from fastapi_offline import FastAPIOffline

from db_api.database.pool import open_pool
from db_api.database.transactions import Transactions
from db_api.dependencies import check_service
from db_api.error_handlers import add_error_handlers
from db_api.head_requests import HeadRequests
from db_api.log import AccessLog, configure_logging
from db_api.purge import purging
from db_api.routes import (
    chats,
    health,
    idempotency_keys,
    instance,
    keys,
    messages,
    presets,
    replies,
    search,
    sessions,
    usage,
)
from db_api.settings import Settings, load_settings


def production_app() -> FastAPI:
    """Return the app for `uvicorn --factory`, with settings from the environment and the secret files."""
    settings = load_settings(Settings)
    configure_logging(settings.log_format)
    app = create_app(settings)
    _collect_less()
    return app


def create_app(settings: Settings) -> FastAPI:
    """Return an app with its own pool. It starts, and answers 503, while the database is unavailable."""
    engine = open_pool(settings.url, settings.pool_size, settings.quotas)
    transactions = Transactions(engine, settings.pool_size, settings.pool_wait_seconds)

    @asynccontextmanager
    async def lifespan(_: FastAPI) -> AsyncIterator[None]:
        async with purging(transactions, timedelta(seconds=settings.undo_seconds), timedelta(days=settings.guest_days)):
            yield
        engine.dispose()

    app = FastAPIOffline(  # serves Swagger's files itself: a private machine may have no way to a CDN
        title="Parley db-api",
        description="Chats and replies; see docs/contracts.md.",
        lifespan=lifespan,
        max_body_size=settings.max_body_bytes,
        telemetry={"tracing": False, "metrics": False, "logs": False},
    )
    app.state.settings = settings
    app.state.transactions = transactions
    app.add_middleware(HeadRequests)
    app.add_middleware(AccessLog)
    app.add_middleware(CorrelationIdMiddleware)
    add_error_handlers(app)
    # The busiest routes first: FastAPI tries them in order.
    for module in (chats, replies, messages, usage, sessions, keys, idempotency_keys, presets, search, instance):
        app.include_router(module.router, dependencies=[Depends(check_service)])
    app.include_router(health.router)
    return app


def _collect_less() -> None:
    """Exempt start-up objects from garbage collection and collect rarely: a request leaves hardly any cycle."""
    gc.collect()
    gc.freeze()
    gc.set_threshold(10_000)
