"""What the search's migration does with the rows of earlier versions."""

import uuid
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor

import pytest
from db_api.migrate import migrate

from tests.support.running.database import Database, place_for_postgres, running_postgres

USER, CHAT = str(uuid.uuid4()), str(uuid.uuid4())


@pytest.fixture
def earlier() -> Iterator[Database]:
    """A database of the version before."""
    with place_for_postgres() as directory, running_postgres(directory) as database:
        migrate(database.owner_settings.url, wait_seconds=10, revision="0007")
        with database.connect("parley_owner") as cursor:
            cursor.execute("INSERT INTO users (id) VALUES (%s)", (USER,))
            cursor.execute("INSERT INTO chats (id, user_id) VALUES (%s, %s)", (CHAT, USER))
        yield database


def insert_message(database: Database, text: str) -> None:
    with database.connect("parley_owner") as cursor:
        cursor.execute(
            "INSERT INTO messages (user_id, chat_id, role, content) VALUES (%s, %s, 'user', %s)", (USER, CHAT, text)
        )


def count(database: Database, statement: str, words: str) -> int:
    with database.connect("parley_api") as cursor:
        cursor.execute("SELECT set_config('app.user_id', %s, true)", (USER,))
        cursor.execute(f"SELECT count(*) FROM {statement}", {"words": words})
        ((found,),) = cursor.fetchall()
        return int(found)


FIND = "find_messages(%(words)s, 10, NULL)"
FIND_AS_BEFORE = "search_messages(to_tsquery('simple', %(words)s), 10)"


def test_texts_of_earlier_versions_are_found_and_those_versions_find_them_too(earlier: Database) -> None:
    insert_message(earlier, "今天天气很好 in utils/helpers.py")
    migrate(earlier.owner_settings.url, wait_seconds=10)
    assert count(earlier, FIND, "天气 helpers.py") == 1
    assert count(earlier, FIND_AS_BEFORE, "'helper':* & 'utils':*") == 1
    assert count(earlier, FIND_AS_BEFORE, "'moon':*") == 0


def test_names_become_one_spelling_unless_it_is_taken(earlier: Database) -> None:
    names = ["Jose\u0301", "José", "Vie\u0323\u0302t", "VI\u1eb8\u0302T", "Ada"]
    with earlier.connect("parley_owner") as cursor:
        for name in names:
            cursor.execute("INSERT INTO chats (user_id, name, title) VALUES (%s, %s, %s)", (USER, name, name))
            cursor.execute("INSERT INTO presets (user_id, name) VALUES (%s, %s)", (USER, name + "x"))
            cursor.execute(
                "INSERT INTO api_keys (user_id, name, prefix, key_hash, scopes) VALUES (%s, %s, '', %s, '{read}')",
                (USER, name, uuid.uuid4().bytes * 2),
            )
    migrate(earlier.owner_settings.url, wait_seconds=10)
    with earlier.connect("parley_owner") as cursor:
        cursor.execute("SELECT name, title FROM chats WHERE name IS NOT NULL ORDER BY created_at, id")
        chats = cursor.fetchall()
        assert [title for _, title in chats] == ["José", "José", "Việt", "VIỆT", "Ada"]
        assert [name for name, _ in chats][:2] == ["Jose\u0301", "José"]
        assert len({"Việt", "VIỆT"} & {name for name, _ in chats}) == 1
        cursor.execute("SELECT count(*) FROM api_keys WHERE name IS NOT NFC NORMALIZED")
        assert cursor.fetchone() == (0,)
        cursor.execute("SELECT count(*) FROM presets WHERE name IN ('Joséx', 'Việtx', 'VIỆTx', 'Adax')")
        assert cursor.fetchone() == (3,)


def test_the_index_is_built_beside_the_writers(earlier: Database) -> None:
    insert_message(earlier, "before")
    url = earlier.owner_settings.url
    with ThreadPoolExecutor(1) as thread:
        with earlier.connect("parley_owner") as cursor:
            cursor.execute("UPDATE messages SET content = content")  # an open transaction, for which the index waits
            migration = thread.submit(migrate, url, wait_seconds=10)
            earlier.wait_until_somebody_waits()
            insert_message(earlier, "meanwhile")
            assert not migration.done()
        migration.result(30)
    assert count(earlier, FIND, "before") == count(earlier, FIND, "meanwhile") == 1


def test_a_broken_off_migration_can_be_repeated(earlier: Database) -> None:
    insert_message(earlier, "moon")
    with earlier.connect("parley_owner") as cursor:
        # What a build that was broken off leaves: an index of the name, of no use.
        cursor.execute("CREATE INDEX messages_search_idx ON messages (id) WHERE false")
    migrate(earlier.owner_settings.url, wait_seconds=10)
    assert count(earlier, FIND, "moon") == 1


def test_the_search_of_the_version_before_is_restored(earlier: Database) -> None:
    insert_message(earlier, "moon")
    migrate(earlier.owner_settings.url, wait_seconds=10)
    migrate(earlier.owner_settings.url, wait_seconds=10, revision="base")
    migrate(earlier.owner_settings.url, wait_seconds=10, revision="0007")
    with earlier.connect("parley_owner") as cursor:
        cursor.execute("SELECT count(*) FROM pg_proc WHERE proname IN ('search_messages', 'message_words')")
        assert cursor.fetchone() == (2,)
        cursor.execute("SELECT count(*) FROM pg_proc WHERE proname IN ('find_messages', 'search_words')")
        assert cursor.fetchone() == (0,)
