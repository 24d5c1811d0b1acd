"""The real Postgres with Parley's schema, started once per test process."""

import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import psycopg2
import pytest
from db_api.migrate import migrate
from db_api.settings import MigrationSettings, Settings
from parley_db.embedded import EmbeddedPostgres
from parley_local.ports import free_port

from tests.support.running.waiting import wait_until

SECRETS = ("postgres_password", "owner_password", "api_password", "db_api_token")

# The data is thrown away, and flushing it to disk would take most of a small transaction's time.
FAST_AND_LOOSE = {"fsync": "off", "full_page_writes": "off"}


class Database:
    """A Postgres with Parley's schema, and its secrets as files."""

    def __init__(self, server: EmbeddedPostgres) -> None:
        self.server = server

    @property
    def url(self) -> str:
        """DATABASE_URL: it has no user and no password."""
        return self.server.database_url

    @property
    def secrets(self) -> Path:
        return self.server.secrets

    def secret(self, name: str) -> str:
        return (self.secrets / name).read_text().strip()

    @property
    def api_settings(self) -> Settings:
        """The argument of db-api's `create_app`."""
        return Settings(database_url=self.url, _secrets_dir=self.secrets)

    @property
    def owner_settings(self) -> MigrationSettings:
        return MigrationSettings(database_url=self.url, _secrets_dir=self.secrets)

    @contextmanager
    def connect(self, role: str) -> Iterator["psycopg2.extensions.cursor"]:
        """Yield a cursor as `parley_owner` or `parley_api`; commit its one transaction at the end."""
        url = (self.api_settings if role == "parley_api" else self.owner_settings).url
        connection = psycopg2.connect(url.set(drivername="postgresql").render_as_string(hide_password=False))
        try:
            with connection, connection.cursor() as cursor:
                yield cursor
        finally:
            connection.close()

    def wait_until_somebody_waits(self) -> None:
        """Return as soon as a transaction waits for another one's lock."""

        def waiting() -> int:
            with self.connect("parley_owner") as cursor:
                cursor.execute("SELECT count(*) FROM pg_locks WHERE NOT granted")
                (count,) = cursor.fetchone() or (0,)
                return int(count)

        wait_until(waiting, 10, lambda: "nobody waits for a lock")


@contextmanager
def running_postgres(directory: Path, port: int | None = None) -> Iterator[Database]:
    """Run Postgres with new secrets and without the schema, on a free port unless one is given."""
    secrets = directory / "secrets"
    secrets.mkdir(exist_ok=True)
    for name in SECRETS:
        (secrets / name).write_text(f"{name}-of-the-tests\n")
    with EmbeddedPostgres(directory / "data", port or free_port(), secrets, FAST_AND_LOOSE) as server:
        yield Database(server)


@contextmanager
def running_database(directory: Path) -> Iterator[Database]:
    """Run Postgres with the schema."""
    with running_postgres(directory) as database:
        migrate(database.owner_settings.url, wait_seconds=30)
        yield database


@contextmanager
def place_for_postgres() -> Iterator[Path]:
    """Yield a temporary directory outside pytest's.

    Each start of pytest makes its own directories private, which would lock out a Postgres that runs under another
    account for a parallel pytest.
    """
    with tempfile.TemporaryDirectory(prefix="parley-", ignore_cleanup_errors=True) as directory:
        yield Path(directory)


@pytest.fixture
def place() -> Iterator[Path]:
    with place_for_postgres() as directory:
        yield directory


@pytest.fixture(scope="session")
def database() -> Iterator[Database]:
    with place_for_postgres() as directory, running_database(directory) as database:
        yield database
