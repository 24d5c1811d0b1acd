"""Operation: health, logs, faults of the database, a clean stop."""

import json
import re
import signal
import uuid
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import httpx
import pytest
from db_api.migrate import migrate
from db_api.migrations import head_revision

from tests.support.drivers.chatting import Person, Writer
from tests.support.running.database import Database, running_database, running_postgres
from tests.support.running.db_api import DbApiServer, running_db_api
from tests.support.running.waiting import wait_until

SECONDS = 20


def wait_until_ready(client: httpx.Client) -> None:
    wait_until(lambda: client.get("/health/ready").status_code == 200, SECONDS)


def test_a_service_is_live_but_not_ready_until_the_database_is_migrated(place: Path) -> None:
    with (
        running_postgres(place) as database,
        running_db_api(database, place) as server,
        server.client() as client,
    ):
        assert client.get("/health/live").status_code == 200
        refused = client.get("/health/ready")
        assert (refused.status_code, refused.json()["type"]) == (503, "/problems/database-unavailable")
        migrate(database.owner_settings.url, wait_seconds=5)
        assert client.get("/health/ready").status_code == 200


def test_a_newer_schema_is_accepted(database: Database, db_api_client: httpx.Client) -> None:
    with database.connect("parley_owner") as cursor:
        cursor.execute("UPDATE alembic_version SET version_num = '9999'")
    try:
        assert db_api_client.get("/health/ready").status_code == 200
    finally:
        with database.connect("parley_owner") as cursor:
            cursor.execute("UPDATE alembic_version SET version_num = %s", (head_revision(),))


def test_it_recovers_by_itself_once_the_database_is_back(place: Path) -> None:
    with running_database(place) as database:
        port = database.server.port
        with running_db_api(database, place) as server, server.client() as client:
            ada = Person(client)
            page = f"/chats/{ada.open_chat()['id']}/page"
            assert ada.call("GET", page).status_code == 200
            database.server.stop()
            for path in ("/chats", page, "/session", "/health/ready"):
                refused = ada.call("GET", path)
                assert (refused.status_code, refused.json()["type"]) == (503, "/problems/database-unavailable")
                assert int(refused.headers["retry-after"]) >= 1
            assert client.get("/health/live").status_code == 200
            with running_postgres(place, port):
                wait_until_ready(client)
                assert ada.call("GET", "/session").status_code == 200
                assert ada.call("GET", page).status_code == 200


def test_a_lost_connection_is_noticed_before_its_use(ada: Person, database: Database) -> None:
    page = f"/chats/{ada.open_chat()['id']}/page"
    for _ in range(3):
        with database.connect("parley_api") as cursor:
            others = "usename = current_user AND pid <> pg_backend_pid()"
            cursor.execute(f"SELECT count(pg_terminate_backend(pid, 5000)) FROM pg_stat_activity WHERE {others}")
            assert cursor.fetchone() != (0,)
        assert [ada.call("GET", path).status_code for path in (page, "/chats", page)] == [200, 200, 200]


def test_a_lock_that_is_held_too_long_is_answered_503(ada: Person, writer: Writer, database: Database) -> None:
    chat_id = ada.open_chat()["id"]
    with database.connect("parley_owner") as cursor:
        cursor.execute("SELECT FROM chats WHERE id = %s FOR UPDATE", (chat_id,))
        assert ada.post(chat_id, writer).status_code == 503
    assert ada.post(chat_id, writer).status_code == 201


def test_many_callers_at_once_are_all_answered(ada: Person, writer: Writer) -> None:
    chat_id = ada.ask(ada.open_chat()["id"], writer)["chat"]["id"]
    with ThreadPoolExecutor(64) as threads:
        responses = list(threads.map(lambda _: ada.call("GET", f"/chats/{chat_id}"), range(400)))
    assert {response.status_code for response in responses} == {200}


def test_every_line_of_the_log_is_json_with_its_request_id(
    db_api_client: httpx.Client, db_api_server: DbApiServer
) -> None:
    request_id = uuid.uuid4().hex
    db_api_client.get("/chats", headers={"X-Request-ID": request_id})
    db_api_client.get("/health/live")
    lines = [json.loads(line) for line in db_api_server.log.read_text().splitlines()]
    (line,) = [line for line in lines if line["request_id"] == request_id]
    assert (line["service"], line["status"], line["message"][:14]) == ("db-api", 401, "GET /chats 401")
    assert "/health/live" not in db_api_server.log.read_text()


def test_no_users_text_and_no_secret_is_in_the_log(
    ada: Person, writer: Writer, database: Database, db_api_server: DbApiServer
) -> None:
    chat_id = ada.open_chat("the-name")["id"]
    with database.connect("parley_owner") as cursor:
        cursor.execute("ALTER TABLE messages ADD CONSTRAINT a_bug CHECK (content <> 'the-content') NOT VALID")
    try:
        assert ada.post(chat_id, writer, "the-content").json()["type"] == "/problems/internal-error"
    finally:
        with database.connect("parley_owner") as cursor:
            cursor.execute("ALTER TABLE messages DROP CONSTRAINT a_bug")
    log = wait_until(lambda: "a_bug" in (log := db_api_server.log.read_text()) and log, SECONDS)
    for secret in ("the-content", "the-name", ada.headers["X-Session-ID"], db_api_server.token):
        assert secret not in log
    assert database.secret("api_password") not in log


def test_postgres_logs_no_statement_of_the_api_role(database: Database) -> None:
    with database.connect("parley_api") as cursor:
        cursor.execute("SHOW log_min_error_statement")
        assert cursor.fetchone() == ("panic",)


def test_it_finishes_its_requests_before_it_stops_and_can_log_text(place: Path, database: Database) -> None:
    with running_db_api(database, place, LOG_FORMAT="text") as server, server.client() as client:
        ada, writer = Person(client), Writer(client)
        chat_id = ada.open_chat()["id"]
        with ThreadPoolExecutor(1) as threads, database.connect("parley_owner") as cursor:
            cursor.execute("SELECT FROM chats WHERE id = %s FOR UPDATE", (chat_id,))
            response = threads.submit(ada.post, chat_id, writer)
            database.wait_until_somebody_waits()
            server.process.send_signal(signal.SIGTERM)
            cursor.connection.commit()
            assert response.result(SECONDS).status_code == 201
        assert server.process.wait(SECONDS) in (0, -signal.SIGTERM)
    assert f"INFO    POST /chats/{chat_id}/messages 201 in " in server.log.read_text()


def test_a_missing_secret_is_named(place: Path, database: Database) -> None:
    (place / "secrets").mkdir()
    with (
        pytest.raises(RuntimeError, match=r"(DB_API_TOKEN|API_PASSWORD) is missing"),
        running_db_api(database, place, SECRETS_DIR=str(place / "secrets")),
    ):
        pass


def test_swagger_loads_nothing_from_elsewhere(db_api_client: httpx.Client) -> None:
    page = db_api_client.get("/docs").text
    files = re.findall(r'(?:src|href)="([^"]+)"', page)
    assert files
    assert all(path.startswith("/") for path in files), files
    assert all(db_api_client.get(path).status_code == 200 for path in files)
