"""Bring the database's schema to this version, once, whoever else tries: `python -m db_api.migrate [REVISION]`."""

import logging
import sys
import time

from alembic import command
from alembic.config import Config
from sqlalchemy import URL, Connection, NullPool, create_engine, text
from sqlalchemy.exc import OperationalError

from db_api.log import configure_logging
from db_api.migrations import FOLDER
from db_api.settings import MigrationSettings, load_settings

# Any number will do, as long as nobody else uses it in this database.
ADVISORY_LOCK = 7_275_539

logger = logging.getLogger("db_api.migrate")


class DatabaseStayedAway(Exception):
    def __init__(self, url: URL, seconds: float, error: OperationalError) -> None:
        super().__init__(f"No connection to {url!r} within {seconds:g} s: {' '.join(str(error.orig).split())}")


def migrate(url: URL, wait_seconds: float, revision: str = "head") -> None:
    """Upgrade, or downgrade, to a revision.

    Raises:
        DatabaseStayedAway: it took no connection within the time.
    """
    with _connect(url, wait_seconds) as connection:
        # Waiting for another one's migration takes what it takes.
        connection.execute(text("SET lock_timeout = 0"))
        connection.execute(text("SELECT pg_advisory_lock(:lock)"), {"lock": ADVISORY_LOCK})
        connection.execute(text("RESET lock_timeout"))
        connection.commit()
        _run(connection, revision)
        connection.commit()


def _run(connection: Connection, revision: str) -> None:
    config = Config()
    config.set_main_option("script_location", str(FOLDER).replace("%", "%%"))
    config.set_main_option("path_separator", "os")
    config.attributes["connection"] = connection
    step = command.downgrade if revision == "base" else command.upgrade
    step(config, revision)


def _connect(url: URL, wait_seconds: float) -> Connection:
    """Wait for the database; on a first start its role comes later than its port."""
    # Closing the connection gives the lock back.
    engine = create_engine(url, poolclass=NullPool, connect_args={"connect_timeout": 3})
    deadline = time.monotonic() + wait_seconds
    while True:
        try:
            return engine.connect()
        except OperationalError as error:
            if time.monotonic() > deadline:
                raise DatabaseStayedAway(url, wait_seconds, error) from error
            time.sleep(0.2)


def main() -> None:
    settings = load_settings(MigrationSettings)
    configure_logging(settings.log_format)
    revision = sys.argv[1] if len(sys.argv) > 1 else "head"
    try:
        migrate(settings.url, settings.wait_seconds, revision)
    except DatabaseStayedAway as error:
        sys.exit(f"migrate: {error}")
    logger.info("The database is at %s", revision)


if __name__ == "__main__":
    main()
