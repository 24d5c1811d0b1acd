"""The connection pool."""

from sqlalchemy import URL, Engine, create_engine

CONNECT_SECONDS = 3


def open_engine(url: URL, pool_size: int) -> Engine:
    """A pool that finds out about lost connections by itself, so that the service outlives its database's restart."""
    return create_engine(
        url,
        pool_size=pool_size,
        max_overflow=0,
        pool_pre_ping=True,
        pool_timeout=CONNECT_SECONDS,
        hide_parameters=True,  # an error in the log shows no text of anybody's
        connect_args={
            "connect_timeout": CONNECT_SECONDS,
            "application_name": "db-api",
            # A database machine that vanished without a word.
            "tcp_user_timeout": 5_000,
            "keepalives_idle": 30,
        },
    )
