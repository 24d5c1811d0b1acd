import uuid

import psycopg2
import pytest

from tests.support.drivers.chatting import Person, Writer
from tests.support.running.database import Database

TABLES = ("users", "sessions", "chats", "messages", "reply_chunks", "api_keys", "usage", "presets", "idempotency_keys")


@pytest.fixture
def adas_reply(ada: Person, writer: Writer) -> str:
    """A reply with a chunk, after which every table has a row of Ada's."""
    reply_id = str(ada.ask(ada.open_chat("Ada's")["id"], writer)["reply"]["id"])
    writer.write(reply_id, 0, "for Ada alone")
    key = ada.call("POST", "/keys", json={"name": "Ada's"}).raise_for_status().json()
    ada.call("POST", "/requests", json={}, headers={"X-Session-ID": key["key"]}).raise_for_status()
    ada.call("POST", "/presets", json={"name": "Ada's"}).raise_for_status()
    ada.call("POST", "/idempotency-keys", json={"token": reply_id, "request": "hers"}).raise_for_status()
    return reply_id


def test_another_users_chat_looks_like_a_missing_one(ada: Person, bob: Person, writer: Writer) -> None:
    chat = ada.read_chat(ada.ask(ada.open_chat()["id"], writer)["chat"]["id"])
    nowhere = str(uuid.uuid4())
    attempts = [
        ("GET", "/chats/{}", None),
        ("PATCH", "/chats/{}", {"title": "mine now"}),
        ("DELETE", "/chats/{}", None),
        ("POST", "/chats/{}/restore", None),
        ("POST", "/chats/{}/messages", {"content": "Hello", "client_token": "1"}),
    ]
    for method, path, body in attempts:
        answers = []
        for chat_id in (chat["id"], nowhere):
            response = bob.call(method, path.format(chat_id), writer, json=body)
            answers.append((response.status_code, response.json() | {"request_id": None}))
        assert answers[0] == answers[1]
        assert (answers[0][0], answers[0][1]["type"]) == (404, "/problems/chat-not-found")
    assert ada.read_chat(chat["id"]) == chat
    assert bob.call("GET", "/chats").json()["items"] == []


def test_another_users_messages_and_replies_are_not_found(
    ada: Person, bob: Person, writer: Writer, adas_reply: str
) -> None:
    message_id = ada.read_chat(ada.read_reply(adas_reply)["chat_id"])["path"][0]["id"]
    assert bob.call("GET", f"/replies/{adas_reply}").json()["type"] == "/problems/reply-not-found"
    assert bob.stop(adas_reply).json()["type"] == "/problems/reply-not-found"
    assert bob.continue_(adas_reply, writer).json()["type"] == "/problems/reply-not-found"
    assert bob.regenerate(message_id, writer).json()["type"] == "/problems/message-not-found"
    bobs_chat = bob.open_chat()["id"]
    assert bob.post(bobs_chat, writer, parent_id=adas_reply).json()["type"] == "/problems/message-not-found"
    choice = bob.call("PATCH", f"/chats/{bobs_chat}", json={"current_message_id": adas_reply})
    assert choice.json()["type"] == "/problems/message-not-found"
    assert ada.read_reply(adas_reply)["status"] == "generating"


@pytest.mark.parametrize("table", TABLES)
@pytest.mark.usefixtures("adas_reply")
def test_a_query_without_a_user_sees_nothing(database: Database, table: str) -> None:
    with database.connect("parley_api") as cursor:
        cursor.execute(f"SELECT count(*) FROM {table}")
        assert cursor.fetchone() == (0,)


@pytest.mark.parametrize("table", TABLES)
@pytest.mark.usefixtures("adas_reply")
def test_a_query_without_a_where_sees_only_its_users_rows(
    ada: Person, bob: Person, database: Database, table: str
) -> None:
    column = "id" if table == "users" else "user_id"
    with database.connect("parley_api") as cursor:
        cursor.execute("SELECT set_config('app.user_id', %s, true)", (ada.id,))
        cursor.execute(f"SELECT DISTINCT {column}::text FROM {table}")
        assert cursor.fetchall() == [(ada.id,)]


def test_rows_cannot_be_written_for_another_user(ada: Person, bob: Person, database: Database) -> None:
    with database.connect("parley_api") as cursor:
        cursor.execute("SELECT set_config('app.user_id', %s, true)", (bob.id,))
        with pytest.raises(psycopg2.errors.InsufficientPrivilege, match="row-level security"):
            cursor.execute("INSERT INTO chats (user_id) VALUES (%s)", (ada.id,))


def test_a_message_cannot_be_stored_in_another_users_chat(ada: Person, bob: Person, database: Database) -> None:
    # Foreign keys bypass row-level security, so they include the user.
    chat_id = ada.open_chat()["id"]
    with database.connect("parley_api") as cursor:
        cursor.execute("SELECT set_config('app.user_id', %s, true)", (bob.id,))
        with pytest.raises(psycopg2.errors.ForeignKeyViolation):
            cursor.execute("INSERT INTO messages (chat_id, role) VALUES (%s, 'user')", (chat_id,))


@pytest.mark.parametrize(
    "statement",
    [
        "SELECT password_hash FROM users",
        "UPDATE users SET username = 'root'",
        "UPDATE users SET messages = 0",
        "UPDATE sessions SET expires_at = 'infinity'",
        "SELECT add_to_totals(uuidv7(), p_messages => -1)",
        "SELECT check_quota('chats', 0)",
        "INSERT INTO sessions (token_hash, expires_at) VALUES ('', now())",
        "UPDATE messages SET user_id = uuidv7()",
        "DELETE FROM messages",
        "INSERT INTO reply_chunks (reply_id, position, text) VALUES (uuidv7(), 0, '')",
        "ALTER TABLE chats DISABLE ROW LEVEL SECURITY",
        "DROP TABLE chats",
        "CREATE TABLE mine ()",
        "SET ROLE parley_owner",
        "UPDATE alembic_version SET version_num = '9999'",
    ],
)
def test_the_api_role_lacks_privileges_for(database: Database, statement: str) -> None:
    with (
        database.connect("parley_api") as cursor,
        pytest.raises(psycopg2.Error, match=r"permission denied|must be owner"),
    ):
        cursor.execute(statement)


def test_the_api_role_owns_nothing_and_cannot_bypass_row_level_security(database: Database) -> None:
    with database.connect("parley_owner") as cursor:
        cursor.execute(
            "SELECT rolsuper, rolbypassrls, rolcreatedb, rolcreaterole, rolreplication,"
            " EXISTS (SELECT FROM pg_class WHERE relowner = r.oid),"
            " EXISTS (SELECT FROM pg_auth_members WHERE member = r.oid)"
            " FROM pg_roles r WHERE rolname = 'parley_api'"
        )
        assert cursor.fetchone() == (False,) * 7


def test_every_table_has_forced_row_level_security(database: Database) -> None:
    with database.connect("parley_owner") as cursor:
        cursor.execute(
            "SELECT relname FROM pg_class WHERE relnamespace = 'public'::regnamespace AND relkind = 'r'"
            " AND NOT (relrowsecurity AND relforcerowsecurity)"
        )
        assert cursor.fetchall() == [("alembic_version",)]


def test_everything_that_crosses_users_is_a_function_for_the_api_role_only(database: Database) -> None:
    with database.connect("parley_owner") as cursor:
        cursor.execute(
            "SELECT proname, proconfig, has_function_privilege('public', oid, 'EXECUTE'),"
            " has_function_privilege('parley_api', oid, 'EXECUTE') FROM pg_proc"
            " WHERE pronamespace = 'public'::regnamespace AND prosecdef ORDER BY proname"
        )
        functions = cursor.fetchall()
    names = [
        "add_usage",
        "claim_replies",
        "count_tokens",
        "create_guest",
        "end_reply",
        "enter_identity",
        "enter_key",
        "enter_session",
        "enter_subject",
        "find_chats",
        "find_messages",
        "purge_answers",
        "purge_chats",
        "purge_guests",
        "purge_idempotency_keys",
        "purge_sessions",
        "purge_usage",
        "release_replies",
        "search_messages",
        "write_replies",
    ]
    triggers = ["count_chats", "count_keys", "count_messages", "count_presets", "count_settings", "count_text"]
    expected = [(name, name not in triggers) for name in sorted(names + triggers)]
    assert functions == [(name, ["search_path=public, pg_temp"], False, callable_) for name, callable_ in expected]


def test_one_users_transaction_leaves_nothing_for_the_next_on_the_connection(ada: Person, database: Database) -> None:
    with database.connect("parley_api") as cursor:
        cursor.execute("SELECT set_config('app.user_id', %s, true)", (ada.id,))
        cursor.connection.commit()
        cursor.execute("SELECT count(*) FROM users")
        assert cursor.fetchone() == (0,)
