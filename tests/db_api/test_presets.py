import uuid

import psycopg2
import pytest

from tests.support.drivers.chatting import Json, Person
from tests.support.running.database import Database

BRIEF = {"system_prompt": "Be brief.", "temperature": 0.5}


def keep(person: Person, name: str, **settings: object) -> Json:
    preset: Json = person.call("POST", "/presets", json={"name": name, "settings": settings}).raise_for_status().json()
    return preset


def kept(person: Person) -> list[tuple[str, Json]]:
    items = person.call("GET", "/presets").raise_for_status().json()["items"]
    return [(item["name"], {key: value for key, value in item["settings"].items() if value}) for item in items]


def test_presets_are_listed_by_name(ada: Person) -> None:
    for name in ("poet", "Clerk"):
        keep(ada, name, **BRIEF)
    assert kept(ada) == [("Clerk", BRIEF), ("poet", BRIEF)]


def test_a_preset_gets_another_name_or_other_settings(ada: Person) -> None:
    address = f"/presets/{keep(ada, 'Clerk', **BRIEF)['id']}"
    assert ada.call("PATCH", address, json={"name": "Poet"}).status_code == 200
    assert kept(ada) == [("Poet", BRIEF)]
    assert ada.call("PATCH", address, json={"settings": {"max_tokens": 64}}).json()["settings"]["max_tokens"] == 64
    assert kept(ada) == [("Poet", {"max_tokens": 64})]
    assert ada.call("PATCH", address, json={}).json()["name"] == "Poet"


def test_a_name_is_taken_once(ada: Person, bob: Person) -> None:
    keep(ada, "Clerk")
    other = keep(ada, "Poet")
    again = ada.call("POST", "/presets", json={"name": "clerk"})
    assert (again.status_code, again.json()["type"]) == (409, "/problems/preset-name-taken")
    assert ada.call("PATCH", f"/presets/{other['id']}", json={"name": "CLERK"}).status_code == 409
    assert keep(bob, "Clerk")["name"] == "Clerk"


def test_a_deleted_preset_is_gone(ada: Person) -> None:
    address = f"/presets/{keep(ada, 'Clerk')['id']}"
    assert ada.call("DELETE", address).status_code == 204
    assert kept(ada) == []
    assert ada.call("DELETE", address).json()["type"] == "/problems/preset-not-found"


def test_another_users_preset_looks_like_a_missing_one(ada: Person, bob: Person) -> None:
    preset = keep(ada, "Clerk", **BRIEF)
    for preset_id in (preset["id"], str(uuid.uuid4())):
        for method, body in (("PATCH", {"name": "mine"}), ("DELETE", None)):
            refused = bob.call(method, f"/presets/{preset_id}", json=body)
            assert (refused.status_code, refused.json()["type"]) == (404, "/problems/preset-not-found")
    assert kept(bob) == []
    assert kept(ada) == [("Clerk", BRIEF)]


def test_a_taken_name_is_not_in_the_databases_log(
    ada: Person, database: Database, capfd: pytest.CaptureFixture[str]
) -> None:
    secret = uuid.uuid4().hex
    keep(ada, secret)
    other = keep(ada, "Poet")
    assert ada.call("POST", "/presets", json={"name": secret}).status_code == 409
    assert ada.call("PATCH", f"/presets/{other['id']}", json={"name": secret}).status_code == 409
    with database.connect("parley_api") as cursor:
        cursor.execute("SELECT set_config('app.user_id', %s, true)", (ada.id,))
        with pytest.raises(psycopg2.errors.UniqueViolation):
            cursor.execute("INSERT INTO presets (name) VALUES (%s)", (secret,))
    assert secret not in capfd.readouterr().err
