"""The connection pool."""

import select
from typing import Any

from sqlalchemy import URL, Engine, create_engine, event
from sqlalchemy.exc import DisconnectionError

CONNECT_SECONDS = 3


def open_engine(url: URL, pool_size: int) -> Engine:
    """A pool that finds out about lost connections by itself, so that the service outlives its database's restart."""
    engine = create_engine(
        url,
        pool_size=pool_size,
        max_overflow=0,
        pool_use_lifo=True,
        pool_timeout=CONNECT_SECONDS,
        hide_parameters=True,  # an error in the log shows no text of anybody's
        connect_args={
            "connect_timeout": CONNECT_SECONDS,
            "application_name": "db-api",
            "options": "-c timezone=utc",  # Postgres writes times as JSON too
            # A database machine that vanished without a word.
            "tcp_user_timeout": 5_000,
            "keepalives_idle": 30,
        },
    )
    event.listen(engine, "checkout", _refuse_if_lost)
    return engine


def _refuse_if_lost(connection: Any, *_: object) -> None:
    """A server that went said so: looking for its word is a hundred times cheaper than asking it before each use."""
    poll = select.poll()
    poll.register(connection.fileno(), select.POLLIN)
    if poll.poll(0):
        raise DisconnectionError
