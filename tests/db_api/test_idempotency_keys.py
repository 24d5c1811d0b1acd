"""How long idempotency keys are kept, and how many."""

import uuid

import httpx
from db_api.repositories.idempotency_keys import MAX_KEYS

from tests.support.drivers.chatting import Person
from tests.support.running.database import Database


def claim(person: Person, token: str, request: str = "a request") -> httpx.Response:
    return person.call("POST", "/idempotency-keys", json={"token": token, "request": request})


def answer(person: Person, token: str) -> None:
    person.call("PATCH", f"/idempotency-keys/{token}", json={"answer": "its answer"}).raise_for_status()


def let_expire(database: Database, token: str) -> None:
    with database.connect("parley_owner") as cursor:
        cursor.execute(
            "UPDATE idempotency_keys SET expires_at = now() - interval '1 second' WHERE token = %s", (token,)
        )
        cursor.connection.commit()


def kept(database: Database, person: Person) -> int:
    with database.connect("parley_owner") as cursor:
        cursor.execute("SELECT count(*) FROM idempotency_keys WHERE user_id = %s", (person.id,))
        (count,) = cursor.fetchone() or (0,)
        return int(count)


def test_the_claim_of_a_dead_process_expires(ada: Person, database: Database) -> None:
    token = str(uuid.uuid4())
    assert claim(ada, token).status_code == 201
    assert claim(ada, token).json()["type"] == "/problems/idempotency-key-in-use"
    let_expire(database, token)
    assert claim(ada, token).status_code == 201


def test_an_answer_is_kept_for_a_day(ada: Person, database: Database) -> None:
    token = str(uuid.uuid4())
    claim(ada, token)
    answer(ada, token)
    with database.connect("parley_owner") as cursor:
        cursor.execute(
            "SELECT expires_at > now() + interval '23 hours' FROM idempotency_keys WHERE token = %s", (token,)
        )
        assert cursor.fetchone() == (True,)
    assert (claim(ada, token).status_code, claim(ada, token).json()) == (200, {"answer": "its answer"})
    let_expire(database, token)
    assert claim(ada, token, "another request").status_code == 201


def test_expired_keys_are_purged(ada: Person, bob: Person, database: Database) -> None:
    for person in (ada, bob):
        claim(person, token := str(uuid.uuid4()))
        let_expire(database, token)
    claim(ada, str(uuid.uuid4()))
    with database.connect("parley_api") as cursor:
        cursor.execute("SELECT purge_idempotency_keys()")
        cursor.connection.commit()
    assert (kept(database, ada), kept(database, bob)) == (1, 0)


def test_the_oldest_of_too_many_keys_are_dropped(ada: Person, bob: Person, database: Database) -> None:
    claim(bob, str(uuid.uuid4()))
    with database.connect("parley_owner") as cursor:
        cursor.execute(
            "INSERT INTO idempotency_keys (user_id, token, request, answer, created_at, expires_at)"
            " SELECT %s, uuidv7(), 'many', 'answered', now() - interval '1 hour', now() + interval '1 hour'"
            " FROM generate_series(1, %s)",
            (ada.id, MAX_KEYS),
        )
        cursor.connection.commit()
    newest = str(uuid.uuid4())
    claim(ada, newest)
    answer(ada, newest)
    assert kept(database, ada) == MAX_KEYS
    assert claim(ada, newest).status_code == 200
    assert kept(database, bob) == 1
