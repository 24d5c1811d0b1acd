"""The real Postgres, migrated: started once for all tests."""

import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import psycopg2
import pytest
from db_api.migrate import migrate
from db_api.settings import MigrationSettings, Settings
from parley_db.embedded import EmbeddedPostgres
from parley_local.ports import free_port

SECRETS = ("postgres_password", "owner_password", "api_password", "db_api_token")

# The data is thrown away; these make up most of the time of small transactions.
FAST_AND_LOOSE = {"fsync": "off", "full_page_writes": "off"}


class Database:
    """A Postgres with Parley's schema, and its secrets as files."""

    def __init__(self, server: EmbeddedPostgres) -> None:
        self.server = server

    @property
    def url(self) -> str:
        """Without user and password, as DATABASE_URL has it."""
        return self.server.database_url

    @property
    def secrets(self) -> Path:
        return self.server.secrets

    def secret(self, name: str) -> str:
        return (self.secrets / name).read_text().strip()

    @property
    def api_settings(self) -> Settings:
        """What `create_app` of db-api takes."""
        return Settings(database_url=self.url, _secrets_dir=self.secrets)

    @property
    def owner_settings(self) -> MigrationSettings:
        return MigrationSettings(database_url=self.url, _secrets_dir=self.secrets)

    @contextmanager
    def connect(self, role: str) -> Iterator["psycopg2.extensions.cursor"]:
        """A cursor as `parley_owner` or `parley_api`, in one transaction that is committed at the end."""
        url = (self.api_settings if role == "parley_api" else self.owner_settings).url
        connection = psycopg2.connect(url.set(drivername="postgresql").render_as_string(hide_password=False))
        try:
            with connection, connection.cursor() as cursor:
                yield cursor
        finally:
            connection.close()

    def wait_until_somebody_waits(self) -> None:
        """Return when a transaction waits for another one's lock."""
        deadline, waiting = time.monotonic() + 10, 0
        while not waiting:
            assert time.monotonic() < deadline, "nobody waits for a lock"
            with self.connect("parley_owner") as cursor:
                cursor.execute("SELECT count(*) FROM pg_locks WHERE NOT granted")
                (waiting,) = cursor.fetchone() or (0,)


@contextmanager
def running_postgres(directory: Path, port: int | None = None) -> Iterator[Database]:
    """Postgres on a free port with new secrets; without the schema."""
    secrets = directory / "secrets"
    secrets.mkdir(exist_ok=True)
    for name in SECRETS:
        (secrets / name).write_text(f"{name}-of-the-tests\n")
    with EmbeddedPostgres(directory / "data", port or free_port(), secrets, FAST_AND_LOOSE) as server:
        yield Database(server)


@contextmanager
def running_database(directory: Path) -> Iterator[Database]:
    """Postgres with the schema."""
    with running_postgres(directory) as database:
        migrate(database.owner_settings.url, wait_seconds=30)
        yield database


@contextmanager
def place_for_postgres() -> Iterator[Path]:
    """A directory that is not pytest's: each start of pytest closes its own to other accounts than root's, and with it
    the way of a Postgres that another run of pytest has there."""
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
