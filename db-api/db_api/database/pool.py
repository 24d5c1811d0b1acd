"""The connection pool."""

import select
from collections.abc import Mapping
from typing import Any

from sqlalchemy import URL, Engine, ExceptionContext, create_engine, event
from sqlalchemy.exc import DisconnectionError

from db_api.errors import QuotaReached, TooManyChats

CONNECT_SECONDS = 3


def open_pool(url: URL, size: int, quotas: Mapping[str, int]) -> Engine:
    """Return an engine that replaces lost connections, so that db-api survives a restart of the database.

    Args:
        url: Where Postgres is, with user and password.
        size: The number of connections.
        quotas: What a user may own, for the database's triggers, which raise `QuotaReached` and `TooManyChats`.
    """
    options = {"timezone": "utc"} | {f"app.{name}": most for name, most in quotas.items()}
    engine = create_engine(
        url,
        pool_size=size,
        max_overflow=0,
        pool_use_lifo=True,  # the connection used last: its backend is still warm in the CPU cache
        pool_timeout=CONNECT_SECONDS,
        hide_parameters=True,  # an error in the log shows no user's text
        connect_args={
            "connect_timeout": CONNECT_SECONDS,
            "application_name": "db-api",
            # Postgres also writes times as JSON, so its time zone matters.
            "options": " ".join(f"-c {name}={value}" for name, value in options.items()),
            # Detect a database host that vanished without closing its connections.
            "tcp_user_timeout": 5_000,
            "keepalives_idle": 30,
        },
    )
    event.listen(engine, "checkout", _refuse_if_lost)
    event.listen(engine, "handle_error", _translate_refusal)
    return engine


def _refuse_if_lost(connection: Any, *_: object) -> None:
    """Replace a connection that the server has closed; unlike `pool_pre_ping`, without a round trip."""
    poll = select.poll()
    poll.register(connection.fileno(), select.POLLIN)
    if poll.poll(0):
        raise DisconnectionError


def _translate_refusal(context: ExceptionContext) -> None:
    """Raise what the triggers of migration 0007 mean by their SQLSTATEs."""
    error: Any = context.original_exception
    match getattr(error, "pgcode", None):
        case "PQ001":
            raise QuotaReached(error.diag.constraint_name, int(error.diag.message_detail)) from error
        case "PQ002":
            raise TooManyChats(max(1, int(error.diag.message_detail))) from error
