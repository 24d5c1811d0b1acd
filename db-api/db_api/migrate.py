"""Bring the database's schema to this version: `python -m db_api.migrate [REVISION]`.

Any number of processes may run it at once; one of them migrates.
"""

import logging
import sys
import time

from alembic import command
from alembic.config import Config
from alembic.runtime.migration import MigrationContext
from alembic.script import ScriptDirectory
from alembic.util import CommandError
from sqlalchemy import URL, Connection, NullPool, create_engine, text
from sqlalchemy.exc import OperationalError

from db_api.log import configure_logging
from db_api.migrations import FOLDER
from db_api.settings import MigrationSettings, Settings, check_settings, load_settings

# An arbitrary number that nothing else in this database uses.
ADVISORY_LOCK = 7_275_539

TURN_SECONDS = 0.1

logger = logging.getLogger("db_api.migrate")


class NoConnection(Exception):
    def __init__(self, url: URL, seconds: float, error: OperationalError) -> None:
        super().__init__(f"No connection to {url!r} within {seconds:g} s: {' '.join(str(error.orig).split())}")


class LowerRevision(Exception):
    def __init__(self, current: str, revision: str) -> None:
        super().__init__(f"The database is at {current}, above {revision}. Upgrade to a later revision or name “base”.")


class UnknownRevision(Exception):
    def __init__(self, revision: str) -> None:
        super().__init__(f"There is no revision {revision}. Name one of db_api/migrations/versions, head or base.")


def migrate(url: URL, wait_seconds: float, revision: str = "head") -> None:
    """Upgrade to a revision, or downgrade to `base`.

    A database that a newer version has migrated is left as it is: the code of the previous version serves it.

    Raises:
        NoConnection: The database accepted no connection within `wait_seconds`.
        LowerRevision: The database is at a later revision already.
        UnknownRevision: No migration has this name.
    """
    with _connect(url, wait_seconds) as connection:
        _wait_for_turn(connection)
        _run(connection, revision)
        connection.commit()


def _wait_for_turn(connection: Connection) -> None:
    """Wait for another process's migration, which may take any time.

    A statement that waits for the lock would hold a snapshot, for which CREATE INDEX CONCURRENTLY waits in turn.
    """
    while not connection.scalar(text("SELECT pg_try_advisory_lock(:lock)"), {"lock": ADVISORY_LOCK}):
        connection.commit()
        time.sleep(TURN_SECONDS)
    connection.commit()


def _run(connection: Connection, revision: str) -> None:
    config = Config()
    config.set_main_option("script_location", str(FOLDER).replace("%", "%%"))
    config.set_main_option("path_separator", "os")
    config.attributes["connection"] = connection
    if revision == "base":
        command.downgrade(config, revision)
    elif _is_upgrade(connection, ScriptDirectory.from_config(config), revision):
        connection.commit()  # a migration begins and commits its own transaction
        command.upgrade(config, revision)


def _is_upgrade(connection: Connection, scripts: ScriptDirectory, revision: str) -> bool:
    current = MigrationContext.configure(connection).get_current_revision()
    known = {script.revision: script for script in scripts.walk_revisions()}
    if current is not None and current not in known:
        logger.warning("A newer version has migrated the database to %s; it stays as it is", current)
        return False
    try:
        target = scripts.get_revision(revision)
    except CommandError as error:
        raise UnknownRevision(revision) from error
    if current and current != target.revision and target.revision in _ancestors(scripts, current):
        raise LowerRevision(current, revision)
    return True


def _ancestors(scripts: ScriptDirectory, revision: str) -> set[str]:
    return {script.revision for script in scripts.iterate_revisions(revision, "base")}


def _connect(url: URL, wait_seconds: float) -> Connection:
    """Wait for the database; on its first start the port opens before the role exists."""
    # Closing the connection releases the advisory lock.
    engine = create_engine(url, poolclass=NullPool, connect_args={"connect_timeout": 3})
    deadline = time.monotonic() + wait_seconds
    while True:
        try:
            return engine.connect()
        except OperationalError as error:
            if time.monotonic() > deadline:
                raise NoConnection(url, wait_seconds, error) from error
            time.sleep(0.2)


def main() -> None:
    settings = load_settings(MigrationSettings)
    check_settings(Settings)  # before db-api starts: it would be restarted for ever
    configure_logging(settings.log_format)
    revision = sys.argv[1] if len(sys.argv) > 1 else "head"
    try:
        migrate(settings.url, settings.wait_seconds, revision)
    except (NoConnection, LowerRevision, UnknownRevision) as error:
        sys.exit(f"migrate: {error}")
    logger.info("The database is at %s", revision)


if __name__ == "__main__":
    main()
