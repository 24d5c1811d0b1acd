"""An `Idempotency-Key` means the same to every process, even after the death of the one that received it first."""

from concurrent.futures import ThreadPoolExecutor

import httpx

from tests.faults.conftest import LONG, System, url_of
from tests.support.running.parts import Part
from tests.support.running.waiting import wait_until

KEY = {"Idempotency-Key": "order-7"}
PATH = "/v1/chat/completions"


def program(system: System, part: Part) -> httpx.Client:
    """A client of this replica, with its own API key."""
    with system.parts.db_api_client() as db_api:
        token = db_api.post("/sessions", json={}).json()["token"]
        wanted = {"name": "a program", "scopes": ["read", "chat"]}
        key = db_api.post("/keys", json=wanted, headers={"X-Session-ID": token}).json()["key"]
    return at(system, part, {"Authorization": f"Bearer {key}"} | KEY)


def at(system: System, part: Part, headers: dict[str, str]) -> httpx.Client:
    client = httpx.Client(base_url=url_of(part), headers=headers, timeout=300, trust_env=False)
    return system.ending.enter_context(client)


def asking(content: str) -> dict[str, object]:
    return {"messages": [{"role": "user", "content": content}], "max_tokens": 800}


def test_another_process_and_a_restarted_one_return_the_first_answer(system: System) -> None:
    first, _ = system.chat_ui()
    second, _ = system.chat_ui()
    here = program(system, first)
    there = at(system, second, dict(here.headers))
    answer = here.post(PATH, json=asking("Hello")).raise_for_status().json()
    assert there.post(PATH, json=asking("Hello")).json() == answer
    assert there.post(PATH, json=asking("Goodbye")).json()["error"]["code"] == "key_reused"
    first.kill()
    first.start()
    assert here.post(PATH, json=asking("Hello")).json() == answer


def test_a_request_whose_process_died_can_be_sent_again(system: System) -> None:
    dying, _ = system.chat_ui()
    heir, _ = system.chat_ui()
    here = program(system, dying)
    there = at(system, heir, dict(here.headers))
    wait_until(lambda: not system.busy_slots(), 60)  # on a reply of an earlier test
    with ThreadPoolExecutor(1) as threads:
        asked = threads.submit(here.post, PATH, json=asking(LONG))
        wait_until(system.busy_slots, 30)
        assert there.post(PATH, json=asking(LONG)).json()["error"]["code"] == "key_in_use"
        dying.kill()
        assert isinstance(asked.exception(), httpx.TransportError)
    wait_until(lambda: there.post(PATH, json=asking(LONG)).is_success, 60)
