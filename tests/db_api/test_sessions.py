from collections.abc import Iterator

import httpx
import pytest

from tests.support.drivers.chatting import Person
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
