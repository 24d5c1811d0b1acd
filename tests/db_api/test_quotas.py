"""What one user may own, and what is counted for it."""

from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import AbstractContextManager, contextmanager
from pathlib import Path
from random import Random

import httpx
import pytest
from db_api.migrations import FOLDER

from tests.support.drivers.chatting import Json, Person, Writer
from tests.support.running.database import Database
from tests.support.running.db_api import running_db_api

Serving = Callable[..., AbstractContextManager[httpx.Client]]


@pytest.fixture
def serving(database: Database, tmp_path: Path) -> Serving:
    """Run another db-api with these settings over the same database."""

    @contextmanager
    def serve(**settings: int) -> Iterator[httpx.Client]:
        names = {name.upper(): str(value) for name, value in settings.items()}
        with running_db_api(database, tmp_path, **names) as server, server.client() as client:
            yield client

    return serve


def refused(response: httpx.Response, quota: str, most: int) -> bool:
    problem = response.json()
    found = (response.status_code, problem["type"], problem.get("quota"), problem.get("most"))
    return bool(found == (409, "/problems/quota-reached", quota, most))


def totals(database: Database, person: Person) -> Json:
    names = ("chats", "messages", "text_bytes", "presets", "api_keys")
    with database.connect("parley_owner") as cursor:
        cursor.execute(f"SELECT {', '.join(names)} FROM users WHERE id = %s", (person.id,))
        return dict(zip(names, cursor.fetchone() or (), strict=True))


def recounted(database: Database, person: Person) -> Json:
    """Count the rows themselves."""
    with database.connect("parley_owner") as cursor:
        cursor.execute(
            "SELECT (SELECT count(*) FROM chats WHERE user_id = u.id), (SELECT count(*) FROM messages"
            " WHERE user_id = u.id), (SELECT coalesce(sum(octet_length(content)), 0) FROM messages"
            " WHERE user_id = u.id AND status NOT IN ('queued', 'generating'))"
            " + (SELECT coalesce(sum(octet_length(settings::text) - 2), 0) FROM chats WHERE user_id = u.id),"
            " (SELECT count(*) FROM presets WHERE user_id = u.id), (SELECT count(*) FROM api_keys WHERE user_id = u.id)"
            " FROM users u WHERE id = %s",
            (person.id,),
        )
        names = ("chats", "messages", "text_bytes", "presets", "api_keys")
        return dict(zip(names, cursor.fetchone() or (), strict=True))


def test_what_a_user_owns_is_counted_as_it_comes_changes_and_goes(
    ada: Person, bob: Person, writer: Writer, database: Database
) -> None:
    def check() -> None:
        for person in (ada, bob):
            assert totals(database, person) == recounted(database, person)

    chat_id = ada.open_chat("Grüße")["id"]
    bob.converse(bob.open_chat()["id"], writer, "Ja?", "Nein.")
    check()
    turn = ada.ask(chat_id, writer, "Wie groß?")
    writer.write(turn["reply"]["id"], 0, "So groß")
    check()
    ada.stop(turn["reply"]["id"]).raise_for_status()
    check()
    ada.continue_(turn["reply"]["id"], writer).raise_for_status()
    check()
    writer.give_up()
    writer.claim()
    check()
    writer.end(turn["reply"]["id"], "So groß wie das Meer.").raise_for_status()
    check()
    writer.end(ada.regenerate(turn["message"]["id"], writer).json()["reply"]["id"], "Klein.").raise_for_status()
    ada.call("PATCH", f"/chats/{chat_id}", json={"settings": {"system_prompt": "Größe zählt"}}).raise_for_status()
    check()
    key = ada.call("POST", "/keys", json={"name": "k"}).json()
    preset = ada.call("POST", "/presets", json={"name": "p"}).json()
    assert ada.call("POST", "/presets", json={"name": "P"}).status_code == 409
    check()
    assert totals(database, ada) == {
        "chats": 1,
        "messages": 3,
        "text_bytes": totals(database, ada)["text_bytes"],
        "presets": 1,
        "api_keys": 1,
    }
    ada.call("DELETE", f"/keys/{key['id']}").raise_for_status()
    ada.call("DELETE", f"/presets/{preset['id']}").raise_for_status()
    ada.call("DELETE", f"/chats/{chat_id}").raise_for_status()
    check()
    with database.connect("parley_owner") as cursor:
        cursor.execute("DELETE FROM chats WHERE user_id = %s", (ada.id,))
    check()
    assert set(totals(database, ada).values()) == {0}


def test_a_migration_counts_what_is_there(ada: Person, writer: Writer, database: Database) -> None:
    ada.converse(ada.open_chat()["id"], writer, "Ja?", "Nein.")
    expected = totals(database, ada)
    sql = (FOLDER / "versions" / "0007_limits" / "quotas.sql").read_text()
    recount = sql[sql.index("UPDATE users u SET\n    chats") : sql.index("REVOKE")]
    with database.connect("parley_owner") as cursor:
        cursor.execute("UPDATE users SET chats = 0, messages = 0, text_bytes = 0, presets = 0, api_keys = 0")
        cursor.execute(recount)
    assert totals(database, ada) == expected == recounted(database, ada)


def test_a_user_has_so_many_chats_and_no_more(serving: Serving, database: Database) -> None:
    with serving(most_chats=2) as client:
        ada, bob = Person(client), Person(client)
        first, _ = ada.open_chat("one"), ada.open_chat("two")
        for body in ({"name": "three"}, {}, {"client_token": "00000000-0000-0000-0000-000000000001"}):
            assert refused(ada.call("POST", "/chats", json=body), "chats", 2)
        assert ada.open_chat("ONE")["id"] == first["id"]
        bob.open_chat()
        # A deleted chat counts as long as it can be restored: deleting and restoring creates no room.
        ada.call("DELETE", f"/chats/{first['id']}").raise_for_status()
        assert refused(ada.call("POST", "/chats", json={}), "chats", 2)
        ada.call("POST", f"/chats/{first['id']}/restore").raise_for_status()
        assert totals(database, ada)["chats"] == 2


def test_a_user_has_so_many_messages_and_no_more(serving: Serving) -> None:
    with serving(most_messages=5) as client:
        ada, writer = Person(client), Writer(client)
        chat_id = ada.open_chat()["id"]
        first = ada.converse(chat_id, writer, "one", "1")
        ada.converse(chat_id, writer, "two", "2")
        for response in (
            ada.post(chat_id, writer, "three"),
            ada.post(ada.open_chat()["id"], writer, "three"),
            ada.post(chat_id, writer, "a branch", parent_id=None),
        ):
            assert refused(response, "messages", 5)
        writer.end(ada.regenerate(first["message"]["id"], writer).json()["reply"]["id"], "I").raise_for_status()
        assert refused(ada.regenerate(first["message"]["id"], writer), "messages", 5)


def test_a_user_has_so_much_text_and_no_more(serving: Serving) -> None:
    with serving(most_bytes=100) as client:
        ada, writer = Person(client), Writer(client)
        chat_id = ada.open_chat()["id"]
        assert refused(ada.post(chat_id, writer, "ü" * 51), "bytes", 100)
        prompt = {"settings": {"system_prompt": "ü" * 51}}
        assert refused(ada.call("PATCH", f"/chats/{chat_id}", json=prompt), "bytes", 100)
        turn = ada.ask(chat_id, writer, "ü" * 40)
        # The end of a reply is always stored.
        writer.end(turn["reply"]["id"], "x" * 30, status="stopped").raise_for_status()
        assert refused(ada.post(chat_id, writer, "x"), "bytes", 100)
        assert refused(ada.regenerate(turn["message"]["id"], writer), "bytes", 100)
        assert refused(ada.continue_(turn["reply"]["id"], writer), "bytes", 100)
        assert ada.read_reply(turn["reply"]["id"])["status"] == "stopped"


def test_a_user_has_so_many_presets_and_keys_and_no_more(serving: Serving) -> None:
    with serving(most_presets=1, most_keys=1) as client:
        ada = Person(client)
        for path, quota in (("/presets", "presets"), ("/keys", "keys")):
            kept = ada.call("POST", path, json={"name": "one"}).raise_for_status().json()
            assert refused(ada.call("POST", path, json={"name": "two"}), quota, 1)
            ada.call("DELETE", f"{path}/{kept['id']}").raise_for_status()
            ada.call("POST", path, json={"name": "two"}).raise_for_status()


def test_a_key_has_its_users_quota(serving: Serving) -> None:
    with serving(most_chats=1) as client:
        ada = Person(client)
        key = {"X-Session-ID": ada.call("POST", "/keys", json={"name": "k"}).json()["key"]}
        ada.open_chat()
        assert refused(client.post("/chats", json={}, headers=key), "chats", 1)


def test_requests_at_once_do_not_pass_a_quota(serving: Serving, database: Database) -> None:
    with serving(most_chats=5) as client, ThreadPoolExecutor(16) as threads:
        ada = Person(client)
        responses = list(threads.map(lambda _: ada.call("POST", "/chats", json={}), range(40)))
        assert sorted({response.status_code for response in responses}) == [201, 409]
        assert totals(database, ada)["chats"] == 5


def test_a_user_creates_so_many_chats_in_a_minute(serving: Serving, database: Database) -> None:
    with serving(most_new_chats=3) as client:
        ada, bob = Person(client), Person(client)
        chats = [ada.open_chat("again") for _ in range(5)] + [ada.open_chat() for _ in range(2)]
        ada.call("DELETE", f"/chats/{chats[0]['id']}").raise_for_status()
        response = ada.call("POST", "/chats", json={})
        assert (response.status_code, response.json()["type"]) == (429, "/problems/too-many-chats")
        assert 0 < int(response.headers["retry-after"]) <= 60
        assert response.json()["retry_after"] == int(response.headers["retry-after"])
        bob.open_chat()
        with database.connect("parley_owner") as cursor:
            cursor.execute("UPDATE users SET new_chats_since = now() - interval '61 s' WHERE id = %s", (ada.id,))
        ada.open_chat()


def test_zero_means_unlimited(serving: Serving) -> None:
    unlimited = dict.fromkeys(("most_chats", "most_messages", "most_bytes", "most_keys", "most_new_chats"), 0)
    with serving(**unlimited) as client:
        ada, writer = Person(client), Writer(client)
        for _ in range(70):
            chat_id = ada.open_chat()["id"]
        ada.converse(chat_id, writer, "one", "1")
        ada.call("POST", "/keys", json={"name": "k"}).raise_for_status()


def test_everything_at_once_is_counted_right_and_waits_for_nobody_forever(
    ada: Person, bob: Person, database: Database, db_api_client: httpx.Client
) -> None:
    def act(number: int) -> list[int]:
        """Use some chats of one user, as this user, a writer and the purging job do."""
        random, person, writer = Random(number), (ada, bob)[number % 2], Writer(db_api_client)
        statuses = []
        for _ in range(8):
            chat_id = person.open_chat(f"chat {random.randrange(3)}")["id"]
            asked = person.post(chat_id, writer, "x" * random.randrange(1, 50))
            statuses.append(asked.status_code)
            if asked.status_code == 201:
                reply_id = asked.json()["reply"]["id"]
                writer.write(reply_id, 0, "some text")
                match random.randrange(4):
                    case 0:
                        statuses.append(writer.end(reply_id, "y" * random.randrange(50)).status_code)
                    case 1:
                        statuses.append(person.stop(reply_id).status_code)
                    case 2:
                        writer.give_up()
                        writer.claim()
            if not random.randrange(4):
                statuses.append(person.call("DELETE", f"/chats/{chat_id}").status_code)
                with database.connect("parley_api") as cursor:
                    cursor.execute("SELECT purge_chats(interval '0')")
        return statuses

    with ThreadPoolExecutor(8) as threads:
        statuses = {status for found in threads.map(act, range(8)) for status in found}
    assert max(statuses) < 500, statuses
    for person in (ada, bob):
        assert totals(database, person) == recounted(database, person)
