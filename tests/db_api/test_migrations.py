from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest
from alembic.autogenerate import compare_metadata
from alembic.migration import MigrationContext
from db_api.migrate import LowerRevision, NoConnection, UnknownRevision, migrate
from db_api.migrations import FOLDER, head_revision
from db_api.models import Base
from parley_local.ports import free_port
from sqlalchemy import NullPool, create_engine, make_url

from tests.support.running.database import Database, place_for_postgres, running_postgres


@pytest.fixture(scope="module")
def empty() -> Iterator[Database]:
    with place_for_postgres() as directory, running_postgres(directory) as database:
        yield database


def schema(database: Database) -> list[tuple[str, ...]]:
    """Return everything in the schema as text."""
    with database.connect("parley_owner") as cursor:
        cursor.execute(
            "SELECT 'relation', relname, relacl::text FROM pg_class WHERE relnamespace = 'public'::regnamespace"
            " UNION ALL SELECT 'column', c.relname || attname, format_type(atttypid, atttypmod) || attacl::text"
            "  FROM pg_attribute JOIN pg_class c ON c.oid = attrelid WHERE relnamespace = 'public'::regnamespace"
            " UNION ALL SELECT 'constraint', conname, pg_get_constraintdef(oid) FROM pg_constraint"
            " UNION ALL SELECT 'policy', tablename || policyname, qual FROM pg_policies"
            " UNION ALL SELECT 'function', proname, prosrc || proacl::text FROM pg_proc"
            "  WHERE pronamespace = 'public'::regnamespace ORDER BY 1, 2, 3"
        )
        rows: list[tuple[str, ...]] = cursor.fetchall()
        return rows


def test_up_down_and_up_again_gives_the_same_schema(empty: Database) -> None:
    url = empty.owner_settings.url
    migrate(url, wait_seconds=5)
    first = schema(empty)
    assert any(kind == "policy" for kind, *_ in first)
    migrate(url, wait_seconds=5, revision="base")
    assert {name for kind, name, *_ in schema(empty) if kind in ("relation", "function")} == {
        "alembic_version",
        "alembic_version_pkc",
    }
    migrate(url, wait_seconds=5)
    assert schema(empty) == first


def test_migrating_twice_changes_nothing(database: Database) -> None:
    before = schema(database)
    migrate(database.owner_settings.url, wait_seconds=5)
    assert schema(database) == before


def test_concurrent_migrations_migrate_once(empty: Database) -> None:
    url = empty.owner_settings.url
    migrate(url, wait_seconds=5, revision="base")
    with ThreadPoolExecutor(3) as threads:
        migrations = [threads.submit(migrate, url, wait_seconds=5) for _ in range(3)]
    assert [migration.exception() for migration in migrations] == [None, None, None]


def test_the_models_agree_with_the_migrations(database: Database) -> None:
    engine = create_engine(database.owner_settings.url, poolclass=NullPool)
    with engine.connect() as connection:
        # The models omit composite foreign keys and most indexes.
        context = MigrationContext.configure(connection, opts={"compare_type": False})
        differences = compare_metadata(context, Base.metadata)
    about_columns = [step for step in differences if isinstance(step, tuple) and "column" in step[0]]
    about_columns += [step for steps in differences if isinstance(steps, list) for step in steps]
    assert about_columns == []
    assert [step for step in differences if step[0] in ("add_table", "remove_table")] == []


def test_migrations_are_numbered_one_after_another() -> None:
    numbers = sorted(path.name[:4] for path in (FOLDER / "versions").glob("*.py"))
    assert numbers == [f"{number:04}" for number in range(1, len(numbers) + 1)]
    assert head_revision() == numbers[-1]


def test_an_unreachable_database_is_reported_without_the_password() -> None:
    url = make_url(f"postgresql+psycopg2://parley_owner:secret@127.0.0.1:{free_port()}/parley")
    with pytest.raises(NoConnection) as raised:
        migrate(url, wait_seconds=0.3)
    assert "No connection to postgresql" in str(raised.value)
    assert "secret" not in str(raised.value)


def test_migrating_waits_for_a_database_that_is_still_starting(place: Path) -> None:
    port = free_port()
    url = make_url(f"postgresql+psycopg2://parley_owner:owner_password-of-the-tests@127.0.0.1:{port}/parley")
    with ThreadPoolExecutor(1) as threads:
        migration = threads.submit(migrate, url, wait_seconds=30)
        with running_postgres(place, port) as database:
            migration.result(30)
            assert any(name == "chats" for _, name, *_ in schema(database))


def test_a_lower_revision_is_refused_and_changes_nothing(empty: Database) -> None:
    url = empty.owner_settings.url
    migrate(url, wait_seconds=5)
    before = schema(empty)
    with pytest.raises(LowerRevision, match=f"at {head_revision()}, above 0001"):
        migrate(url, wait_seconds=5, revision="0001")
    assert schema(empty) == before


def test_an_unknown_revision_is_refused(empty: Database) -> None:
    with pytest.raises(UnknownRevision, match="no revision 9999"):
        migrate(empty.owner_settings.url, wait_seconds=5, revision="9999")


def test_a_database_of_a_newer_version_stays_as_it_is(empty: Database, caplog: pytest.LogCaptureFixture) -> None:
    url = empty.owner_settings.url
    migrate(url, wait_seconds=5)
    with empty.connect("parley_owner") as cursor:
        cursor.execute("UPDATE alembic_version SET version_num = '9999'")
    before = schema(empty)
    migrate(url, wait_seconds=5)
    assert "newer version has migrated the database to 9999" in caplog.text
    assert schema(empty) == before
    with empty.connect("parley_owner") as cursor:
        cursor.execute("UPDATE alembic_version SET version_num = %s", (head_revision(),))


def test_quotas_and_sessions_of_an_existing_database_are_filled_in(empty: Database) -> None:
    url = empty.owner_settings.url
    migrate(url, wait_seconds=5, revision="base")
    migrate(url, wait_seconds=5, revision="0006")
    with empty.connect("parley_owner") as cursor:
        for name in ("guest", "known", "nobody"):
            cursor.execute("INSERT INTO users (display_name) VALUES (%s) RETURNING id", (name,))
            (user_id,) = cursor.fetchone() or ("",)
            cursor.execute(
                "INSERT INTO sessions (user_id, token_hash, expires_at)"
                " VALUES (%s, sha256(%s), now() + interval '365 days')",
                (user_id, name.encode()),
            )
            if name == "nobody":
                continue
            cursor.execute(
                "INSERT INTO chats (user_id, settings) VALUES (%s, '{\"temperature\": 1}') RETURNING id", (user_id,)
            )
            (chat_id,) = cursor.fetchone() or ("",)
            for content, status in (("Grüße", "complete"), ("running", "generating")):
                cursor.execute(
                    "INSERT INTO messages (user_id, chat_id, role, content, status)"
                    " VALUES (%s, %s, 'assistant', %s, %s)",
                    (user_id, chat_id, content, status),
                )
            cursor.execute("INSERT INTO presets (user_id, name) VALUES (%s, 'one'), (%s, 'two')", (user_id, user_id))
        cursor.execute(
            "INSERT INTO identities (identity_hash, user_id, issuer, subject)"
            " SELECT sha256('ada'), id, 'issuer', 'ada' FROM users WHERE display_name = 'known'"
        )
    migrate(url, wait_seconds=5)
    with empty.connect("parley_owner") as cursor:
        cursor.execute(
            "SELECT display_name, chats, messages, text_bytes, presets, api_keys,"
            " extract(days FROM s.lifetime)::integer FROM users u JOIN sessions s ON s.user_id = u.id ORDER BY 1"
        )
        counted = 1, 2, len("Grüße".encode()) + len('"temperature": 1'), 2, 0
        assert cursor.fetchall() == [
            ("guest", *counted, 365),
            ("known", *counted, None),
            ("nobody", 0, 0, 0, 0, 0, 365),
        ]
