import hashlib
import uuid
from collections.abc import Iterator

import httpx
import pytest

from tests.support.drivers.chatting import Person, Writer
from tests.support.running.database import Database
from tests.support.running.db_api import DbApiServer


@pytest.fixture
def stranger(db_api_server: DbApiServer) -> Iterator[httpx.Client]:
    with httpx.Client(base_url=db_api_server.base_url, trust_env=False) as client:
        yield client


def test_a_new_guest_gets_a_session(db_api_client: httpx.Client) -> None:
    response = db_api_client.post("/sessions", json={})
    assert response.status_code == 201
    session = response.json()
    found = db_api_client.get("/session", headers={"X-Session-ID": session["token"]}).json()
    assert found["user"] == session["user"]
    assert found["user"]["username"] is None
    assert found["expires_at"] == session["expires_at"]


def test_the_token_of_a_session_is_not_stored(db_api_client: httpx.Client, database: Database) -> None:
    token = db_api_client.post("/sessions", json={}).json()["token"]
    with database.connect("parley_owner") as cursor:
        cursor.execute("SELECT count(*) FROM sessions s WHERE s::text LIKE %s", (f"%{token}%",))
        assert cursor.fetchone() == (0,)


def test_signing_out_ends_the_session_at_once(ada: Person) -> None:
    assert ada.call("DELETE", "/session").status_code == 204
    assert ada.call("GET", "/session").json()["type"] == "/problems/session-unknown"


def test_signing_out_everywhere_ends_only_this_users_sessions(ada: Person, bob: Person) -> None:
    assert ada.call("DELETE", "/sessions").status_code == 204
    assert ada.call("GET", "/session").status_code == 401
    assert bob.call("GET", "/session").status_code == 200


def test_an_expired_session_is_unknown(ada: Person, database: Database) -> None:
    with database.connect("parley_owner") as cursor:
        cursor.execute("UPDATE sessions SET expires_at = now() WHERE user_id = %s", (ada.id,))
    assert ada.call("GET", "/chats").status_code == 401


def test_a_session_is_marked_as_seen_at_most_once_a_minute(ada: Person, database: Database) -> None:
    with database.connect("parley_owner") as cursor:
        cursor.execute("UPDATE sessions SET last_seen_at = now() - interval '2 minutes' WHERE user_id = %s", (ada.id,))
    seen = set()
    for _ in range(3):
        ada.call("GET", "/session")
        with database.connect("parley_owner") as cursor:
            cursor.execute("SELECT last_seen_at, last_seen_at > created_at FROM sessions WHERE user_id = %s", (ada.id,))
            seen.add(cursor.fetchone())
    (row,) = seen
    assert row
    assert row[1]


def test_requests_without_a_valid_session_are_refused(db_api_client: httpx.Client) -> None:
    for headers in ({}, {"X-Session-ID": "made up"}, {"X-Session-ID": ""}):
        response = db_api_client.get("/chats", headers=headers)
        assert response.status_code == 401
        assert response.json()["type"] == "/problems/session-unknown"


def test_a_service_without_the_token_gets_only_the_health_checks(
    stranger: httpx.Client,
) -> None:
    paths = stranger.get("/openapi.json").json()["paths"]
    for headers in ({}, {"Authorization": "Bearer wrong"}, {"Authorization": "Basic wrong"}):
        for path, operations in paths.items():
            for method in operations:
                response = stranger.request(method, path, headers=headers)
                if path.startswith("/health/"):
                    assert response.status_code == 200
                else:
                    assert response.json()["type"] == "/problems/service-unknown", (method, path)


def age_session(database: Database, person: Person, days: int) -> None:
    """Make the session as old as if nobody had come for so many days."""
    with database.connect("parley_owner") as cursor:
        cursor.execute(
            "UPDATE sessions SET created_at = created_at - %s * interval '1 day',"
            " last_seen_at = last_seen_at - %s * interval '1 day', expires_at = expires_at - %s * interval '1 day'"
            " WHERE user_id = %s",
            (days, days, days, person.id),
        )


def days_left(database: Database, person: Person) -> float:
    with database.connect("parley_owner") as cursor:
        cursor.execute(
            "SELECT extract(epoch FROM expires_at - now())::float8 / 86400 FROM sessions WHERE user_id = %s",
            (person.id,),
        )
        (days,) = cursor.fetchone() or (0.0,)
        return float(days)


def test_a_guest_who_comes_once_a_year_keeps_the_session(ada: Person, database: Database) -> None:
    for _ in range(3):
        age_session(database, ada, 364)
        assert ada.call("GET", "/chats").status_code == 200
        assert days_left(database, ada) == pytest.approx(365, abs=0.1)
    age_session(database, ada, 366)
    assert ada.call("GET", "/chats").status_code == 401


def test_a_session_is_renewed_at_most_once_a_day(ada: Person, database: Database) -> None:
    age_session(database, ada, 2)
    ends = set()
    for _ in range(3):
        age_session(database, ada, 0)
        ends.add(ada.call("GET", "/session").json()["expires_at"])
    assert len(ends) == 1


def test_every_way_into_the_database_renews_a_session(ada: Person, writer: Writer, database: Database) -> None:
    chat_id = ada.open_chat()["id"]
    reply_id = ada.ask(chat_id, writer)["reply"]["id"]
    for method, path in (
        ("GET", "/chats"),
        ("GET", f"/chats/{chat_id}/page"),
        ("GET", f"/replies/{reply_id}"),
        ("POST", "/requests"),
    ):
        age_session(database, ada, 100)
        ada.call(method, path, json={} if method == "POST" else None).raise_for_status()
        assert days_left(database, ada) == pytest.approx(365, abs=0.1), path


def test_another_providers_session_ends_when_it_was_told_to(db_api_client: httpx.Client) -> None:
    body = {"identity": {"issuer": "https://login.example", "subject": "slow"}, "lifetime_seconds": 60}
    session = db_api_client.post("/sessions", json=body).json()
    me = {"X-Session-ID": session["token"]}
    db_api_client.get("/chats", headers=me).raise_for_status()
    assert db_api_client.get("/session", headers=me).json()["expires_at"] == session["expires_at"]


def sign_in(client: httpx.Client, issuer: str, subject: str) -> str:
    body = {"identity": {"issuer": issuer, "subject": subject}}
    user_id: str = client.post("/sessions", json=body).raise_for_status().json()["user"]["id"]
    return user_id


def test_two_identities_are_never_one_user_wherever_their_line_feeds_are(db_api_client: httpx.Client) -> None:
    identities = [("a", "b\nc"), ("a\nb", "c"), ("", "a\nb\nc"), ("a\nb\nc", "c"), ("1:a", "c"), ("", "1:ac")]
    users = [sign_in(db_api_client, *identity) for identity in identities]
    assert len(set(users)) == len(identities)
    assert [sign_in(db_api_client, *identity) for identity in identities] == users


def test_an_identity_that_an_earlier_version_stored_stays_the_same_user(
    db_api_client: httpx.Client, database: Database
) -> None:
    subject = uuid.uuid4().hex
    former = hashlib.sha256(f"an\nissuer\n{subject}".encode()).digest()
    with database.connect("parley_owner") as cursor:
        cursor.execute("INSERT INTO users DEFAULT VALUES RETURNING id::text")
        (user_id,) = cursor.fetchone() or ("",)
        cursor.execute(
            "INSERT INTO identities (identity_hash, user_id, issuer, subject) VALUES (%s, %s, %s, %s)",
            (former, user_id, "an\nissuer", subject),
        )
    assert sign_in(db_api_client, "an\nissuer", subject) == user_id
    assert sign_in(db_api_client, "an", f"issuer\n{subject}") != user_id
