"""What is removed for good, and what is not."""

import time
import uuid
from pathlib import Path

import httpx
import pytest
from db_api.purge import ADVISORY_LOCK

from tests.support.drivers.chatting import Person, Writer
from tests.support.running.database import Database
from tests.support.running.db_api import running_db_api


def leave_for(database: Database, person: Person, days: int) -> None:
    """Make the user look as if they had not come for so many days."""
    with database.connect("parley_owner") as cursor:
        for table, column, of in (
            ("users", "created_at", "id"),
            ("sessions", "last_seen_at", "user_id"),
            ("chats", "created_at", "user_id"),
        ):
            cursor.execute(
                f"UPDATE {table} SET {column} = {column} - %s * interval '1 day' WHERE {of} = %s", (days, person.id)
            )


def purge_guests(database: Database) -> None:
    with database.connect("parley_api") as cursor:
        cursor.execute("SELECT purge_guests(interval '7 days', 1000)")


def exists(database: Database, person: Person) -> bool:
    with database.connect("parley_owner") as cursor:
        cursor.execute("SELECT count(*) FROM users WHERE id = %s", (person.id,))
        return bool(cursor.fetchone() == (1,))


def test_a_guest_who_never_wrote_is_removed_after_a_week(ada: Person, bob: Person, database: Database) -> None:
    ada.open_chat()
    leave_for(database, ada, 8)
    leave_for(database, bob, 6)
    purge_guests(database)
    assert not exists(database, ada)
    assert exists(database, bob)


@pytest.mark.parametrize("what", ["message", "settings", "preset", "key", "recent visit", "recent chat", "identity"])
def test_a_user_who_wrote_or_comes_is_kept(
    ada: Person, writer: Writer, database: Database, db_api_client: httpx.Client, what: str
) -> None:
    chat_id = ada.open_chat()["id"]
    match what:
        case "message":
            ada.ask(chat_id, writer)
        case "settings":
            ada.call("PATCH", f"/chats/{chat_id}", json={"settings": {"temperature": 1}}).raise_for_status()
        case "preset" | "key":
            ada.call("POST", f"/{what}s", json={"name": "mine"}).raise_for_status()
        case "identity":
            body = {"identity": {"issuer": "https://login.example", "subject": uuid.uuid4().hex}}
            ada.id = db_api_client.post("/sessions", json=body).json()["user"]["id"]
    leave_for(database, ada, 100)
    if what == "recent visit":
        ada.call("GET", "/chats").raise_for_status()
    if what == "recent chat":
        with database.connect("parley_owner") as cursor:
            cursor.execute("UPDATE chats SET created_at = now() WHERE user_id = %s", (ada.id,))
    purge_guests(database)
    assert exists(database, ada)


def test_only_expired_sessions_old_usage_and_expired_answers_are_removed(
    ada: Person, bob: Person, database: Database
) -> None:
    for person in (ada, bob):
        person.call("POST", "/requests", json={}).raise_for_status()
        claim = {"token": str(uuid.uuid4()), "request": "a request"}
        person.call("POST", "/idempotency-keys", json=claim).raise_for_status()
    with database.connect("parley_owner") as cursor:
        cursor.execute("UPDATE sessions SET expires_at = now() - interval '1 s' WHERE user_id = %s", (ada.id,))
        cursor.execute("UPDATE idempotency_keys SET expires_at = now() - interval '1 s' WHERE user_id = %s", (ada.id,))
        cursor.execute("UPDATE usage SET begins_at = begins_at - interval '32 days' WHERE user_id = %s", (ada.id,))
    with database.connect("parley_api") as cursor:
        cursor.execute("SELECT purge_sessions(1000), purge_usage(1000), purge_answers(1000)")
        (counts,) = cursor.fetchall()
        assert all(count >= 1 for count in counts)
    with database.connect("parley_owner") as cursor:
        for table, of_bob in (("sessions", 1), ("usage", 2), ("idempotency_keys", 1)):
            cursor.execute(f"SELECT user_id::text FROM {table} WHERE user_id IN (%s, %s)", (ada.id, bob.id))
            assert cursor.fetchall() == [(bob.id,)] * of_bob


def test_a_batch_has_a_limit_and_leaves_what_is_locked(ada: Person, bob: Person, database: Database) -> None:
    for person in (ada, bob):
        leave_for(database, person, 8)
    with database.connect("parley_owner") as owner:
        owner.execute("SELECT FROM users WHERE id = %s FOR KEY SHARE", (ada.id,))
        with database.connect("parley_api") as cursor:
            cursor.execute("SELECT purge_guests(interval '7 days', 0)")
            assert cursor.fetchone() == (0,)
        purge_guests(database)
    assert exists(database, ada)
    assert not exists(database, bob)


def test_the_job_runs_in_one_process_at_a_time(ada: Person, database: Database, tmp_path: Path) -> None:
    leave_for(database, ada, 8)
    with database.connect("parley_owner") as cursor:
        cursor.execute("SELECT pg_advisory_xact_lock(%s)", (ADVISORY_LOCK,))
        with running_db_api(database, tmp_path, UNDO_SECONDS="0.1"):
            time.sleep(0.5)
            assert exists(database, ada)
            cursor.connection.commit()
            deadline = time.monotonic() + 20
            while exists(database, ada):
                assert time.monotonic() < deadline
                time.sleep(0.05)


def test_answers_beyond_a_users_share_of_bytes_are_forgotten(ada: Person, database: Database) -> None:
    for _ in range(25):
        token = str(uuid.uuid4())
        ada.call("POST", "/idempotency-keys", json={"token": token, "request": "r"}).raise_for_status()
        ada.call("PATCH", f"/idempotency-keys/{token}", json={"answer": "x" * 1_000_000}).raise_for_status()
    with database.connect("parley_owner") as cursor:
        cursor.execute("SELECT count(*) FROM idempotency_keys WHERE user_id = %s", (ada.id,))
        (count,) = cursor.fetchone() or (0,)
    assert 20 <= count <= 21
