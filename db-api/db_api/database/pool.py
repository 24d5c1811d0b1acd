"""The connection pool."""

import select
from typing import Any

from sqlalchemy import URL, Engine, create_engine, event
from sqlalchemy.exc import DisconnectionError

CONNECT_SECONDS = 3


def open_pool(url: URL, size: int) -> Engine:
    """Return an engine that replaces lost connections, so that db-api survives a restart of the database."""
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
            "options": "-c timezone=utc",  # Postgres also writes times as JSON
            # Detect a database host that vanished without closing its connections.
            "tcp_user_timeout": 5_000,
            "keepalives_idle": 30,
        },
    )
    event.listen(engine, "checkout", _refuse_if_lost)
    return engine


def _refuse_if_lost(connection: Any, *_: object) -> None:
    """Replace a connection that the server has closed; unlike `pool_pre_ping`, without a round trip."""
    poll = select.poll()
    poll.register(connection.fileno(), select.POLLIN)
    if poll.poll(0):
        raise DisconnectionError
