import httpx

from tests.support.drivers.chatting import Json, Person, Writer
from tests.support.running.database import Database


def create_key(person: Person, **key: object) -> Json:
    created: Json = person.call("POST", "/keys", json={"name": "laptop"} | key).raise_for_status().json()
    return created


def as_key(key: Json) -> dict[str, str]:
    return {"X-Session-ID": key["key"]}


def test_a_key_authenticates_its_user(ada: Person, db_api_client: httpx.Client) -> None:
    chat = ada.open_chat("Ada's")
    key = create_key(ada)
    found = db_api_client.get(f"/chats/{chat['id']}", headers=as_key(key))
    assert found.json()["name"] == "Ada's"


def test_a_key_is_shown_once_and_stored_as_a_hash(ada: Person, database: Database) -> None:
    key = create_key(ada, name="laptop", scopes=["read"])
    listed = ada.call("GET", "/keys").json()["items"]
    assert listed == [{field: key[field] for field in listed[0]}]
    assert key["key"].startswith(listed[0]["prefix"])
    with database.connect("parley_owner") as cursor:
        cursor.execute("SELECT count(*) FROM api_keys k WHERE k::text LIKE %s", (f"%{key['key']}%",))
        assert cursor.fetchone() == (0,)


def test_a_key_shows_when_it_was_last_used(ada: Person, db_api_client: httpx.Client) -> None:
    key = create_key(ada)
    assert key["last_used_at"] is None
    db_api_client.get("/chats", headers=as_key(key))
    assert ada.call("GET", "/keys").json()["items"][0]["last_used_at"]


def test_a_revoked_key_is_unknown_at_once(ada: Person, db_api_client: httpx.Client) -> None:
    key = create_key(ada)
    assert ada.call("DELETE", f"/keys/{key['id']}").status_code == 204
    assert db_api_client.get("/chats", headers=as_key(key)).json()["type"] == "/problems/session-unknown"
    assert ada.call("DELETE", f"/keys/{key['id']}").json()["type"] == "/problems/key-not-found"


def test_another_users_key_can_neither_be_seen_nor_revoked(ada: Person, bob: Person) -> None:
    key = create_key(ada)
    assert bob.call("GET", "/keys").json()["items"] == []
    assert bob.call("DELETE", f"/keys/{key['id']}").status_code == 404


def enter(database: httpx.Client, headers: dict[str, str], *limits: Json) -> Json:
    caller: Json = database.post("/requests", json={"limits": limits}, headers=headers).raise_for_status().json()
    return caller


def count_of(caller: Json, holder: str, period: str) -> tuple[int, int]:
    (window,) = [w for w in caller["windows"] if (w["holder"], w["period"]) == (holder, period)]
    return window["requests"], window["tokens"]


def test_requests_are_counted_for_the_user_and_for_the_key(ada: Person, db_api_client: httpx.Client) -> None:
    key = create_key(ada, scopes=["read"])
    by_session = enter(db_api_client, ada.headers)
    assert (by_session["user_id"], by_session["key_id"]) == (ada.id, None)
    assert by_session["scopes"] == ["chat", "read"]
    by_key = enter(db_api_client, as_key(key))
    assert (by_key["user_id"], by_key["key_id"], by_key["scopes"]) == (ada.id, key["id"], ["read"])
    assert (count_of(by_key, "user", "day"), count_of(by_key, "key", "day")) == ((2, 0), (1, 0))


def test_a_request_beyond_a_limit_is_refused_and_not_counted(ada: Person, db_api_client: httpx.Client) -> None:
    limit = {"holder": "user", "period": "day", "requests": 2}
    answers = [enter(db_api_client, ada.headers, limit) for _ in range(4)]
    assert [answer["admitted"] for answer in answers] == [True, True, False, False]
    assert count_of(answers[-1], "user", "day") == (2, 0)


def test_tokens_are_counted_when_a_reply_ends(ada: Person, db_api_client: httpx.Client) -> None:
    key = create_key(ada)
    used = [{"user_id": ada.id, "key_id": key["id"], "tokens": 40}, {"user_id": ada.id, "tokens": 2}]
    assert db_api_client.post("/usage", json={"items": used}).status_code == 204
    limit = {"holder": "key", "period": "day", "tokens": 40}
    caller = enter(db_api_client, as_key(key), limit)
    assert not caller["admitted"]
    assert (count_of(caller, "user", "day"), count_of(caller, "key", "day")) == ((0, 42), (0, 40))


def test_tokens_of_a_deleted_user_are_not_an_error(db_api_client: httpx.Client, ada: Person) -> None:
    nobody = "00000000-0000-0000-0000-000000000000"
    used = [{"user_id": nobody, "tokens": 1}, {"user_id": ada.id, "key_id": nobody, "tokens": 1}]
    assert db_api_client.post("/usage", json={"items": used}).status_code == 204
    assert count_of(enter(db_api_client, ada.headers), "user", "day") == (1, 1)


def test_a_subject_becomes_a_user_at_the_first_sign_in(db_api_client: httpx.Client) -> None:
    def user_of(issuer: str, subject: str) -> str:
        identity = {"issuer": issuer, "subject": subject}
        created = db_api_client.post("/sessions", json={"identity": identity}).raise_for_status().json()
        return str(created["user"]["id"])

    first = user_of("https://login.example", "ada")
    assert user_of("https://login.example", "ada") == first
    assert user_of("https://login.example", "bob") != first
    assert user_of("https://other.example", "ada") != first


def test_a_change_to_an_outdated_version_is_refused(ada: Person) -> None:
    chat = ada.open_chat()

    def rename(title: str, version: str) -> httpx.Response:
        return ada.call("PATCH", f"/chats/{chat['id']}", params={"if_version": version}, json={"title": title})

    changed = rename("First", chat["version"])
    assert (changed.status_code, changed.json()["title"]) == (200, "First")
    late = rename("Second", chat["version"])
    assert (late.status_code, late.json()["type"]) == (412, "/problems/chat-changed")
    assert ada.call("DELETE", f"/chats/{chat['id']}", params={"if_version": chat["version"]}).status_code == 412
    current = changed.json()["version"]
    assert ada.call("DELETE", f"/chats/{chat['id']}", params={"if_version": current}).status_code == 204


def test_a_new_message_changes_the_version(ada: Person, writer: Writer) -> None:
    chat = ada.open_chat()
    assert ada.ask(chat["id"], writer)["chat"]["version"] != chat["version"]


def test_the_same_token_creates_one_chat(ada: Person, bob: Person) -> None:
    token = {"client_token": "01a1f000-0000-7000-8000-000000000001"}
    made = [ada.call("POST", "/chats", json=token) for _ in range(2)]
    assert [answer.status_code for answer in made] == [201, 200]
    assert made[0].json()["id"] == made[1].json()["id"]
    assert bob.call("POST", "/chats", json=token).status_code == 201
