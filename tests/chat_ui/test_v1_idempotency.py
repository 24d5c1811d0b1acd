"""`Idempotency-Key` on every POST: a repeated request is carried out once."""

import pytest

from tests.support.drivers.chat_ui import FakeWorld
from tests.support.drivers.program import Program, sending, with_key
from tests.support.running.waiting import wait_until

KEY = {"Idempotency-Key": "order-7"}
HELLO = {"messages": [{"role": "user", "content": "Hello"}]}


@pytest.fixture
def program(world: FakeWorld) -> Program:
    return with_key(world)


def answered(program: Program) -> str:
    """A reply that has ended."""
    answer = program.chat("Hi")
    return f"/v1/conversations/{answer['conversation_id']}/replies/{answer['reply_id']}"


@pytest.mark.parametrize(
    ("path", "body"),
    [
        ("/v1/chat", {"message": "Hi"}),
        ("/v1/conversations", {"title": "Moon"}),
        ("/v1/chat/completions", HELLO),
        ("/v1/responses", {"input": "Hi"}),
    ],
)
def test_the_same_request_gets_the_same_answer(program: Program, path: str, body: dict[str, object]) -> None:
    first, again = [program.post(path, body, headers=KEY) for _ in range(2)]
    assert first.is_success
    assert (first.status_code, first.json()) == (again.status_code, again.json())
    assert program.post(path, body, headers={"Idempotency-Key": "order-8"}).is_success


def test_a_repeated_completion_asks_the_model_once(world: FakeWorld, program: Program) -> None:
    for _ in range(2):
        program.post("/v1/chat/completions", HELLO, headers=KEY).raise_for_status()
        program.post("/v1/responses", {"input": "Hi"}, headers={"Idempotency-Key": "order-8"}).raise_for_status()
    assert len(world.model.prompts) == 2


def test_a_message_is_sent_once(program: Program) -> None:
    where = program.post("/v1/conversations", {}).headers["location"]
    sent = [program.post(f"{where}/messages", {"content": "Hi"}, headers=KEY).json()["message"]["id"] for _ in "ab"]
    assert sent[0] == sent[1]
    assert program.post(f"{where}/messages", {"content": "Ho"}, headers=KEY).status_code in (409, 422)


def test_a_reply_is_regenerated_once_even_after_its_end(program: Program) -> None:
    reply = answered(program)
    first = program.post(f"{reply}/regenerate", headers=KEY)
    wait_until(lambda: program.get(first.headers["location"]).json()["status"] == "complete")
    again = program.post(f"{reply}/regenerate", headers=KEY)
    assert (again.status_code, again.headers["location"]) == (201, first.headers["location"])
    assert len(program.get(first.headers["location"].rsplit("/replies", 1)[0]).json()["messages"][-1]["siblings"]) == 2


def test_a_reply_is_continued_once(world: FakeWorld, program: Program) -> None:
    world.model.answer, world.model.pace = "word " * 500, 0.05
    reply = program.post("/v1/chat", {"message": "Hi", "background": True}).headers["location"]
    wait_until(lambda: program.get(reply).json()["content"])
    program.post(f"{reply}/stop", headers=KEY)
    first = program.post(f"{reply}/continue", headers=KEY)
    program.post(f"{reply}/stop", headers=KEY)
    again = program.post(f"{reply}/continue", headers=KEY)
    assert (first.status_code, again.status_code, first.json()) == (202, 202, again.json())
    assert program.get(reply).json()["status"] == "stopped"


@pytest.mark.parametrize(
    ("path", "body", "other"),
    [
        ("/v1/chat", {"message": "Hi"}, {"message": "Ho"}),
        ("/v1/conversations", {"title": "Moon"}, {"title": "Mars"}),
    ],
)
def test_a_key_of_a_different_request_is_refused(
    program: Program, path: str, body: dict[str, object], other: dict[str, object]
) -> None:
    program.post(path, body, headers=KEY).raise_for_status()
    refused = program.post(path, other, headers=KEY)
    assert (refused.status_code, refused.json()["type"]) == (422, "/problems/key-reused")


def test_the_openai_compatible_addresses_answer_in_openais_format(program: Program) -> None:
    program.post("/v1/responses", {"input": "Hi"}, headers=KEY).raise_for_status()
    refused = program.post("/v1/responses", {"input": "Ho"}, headers=KEY)
    assert (refused.status_code, refused.json()["error"]["code"]) == (400, "key_reused")


def test_a_request_in_progress_is_a_conflict(world: FakeWorld, program: Program) -> None:
    world.model.pace = 3600
    with sending(world, "/v1/chat/completions", HELLO, headers=KEY):
        wait_until(lambda: world.model.running)
        again = program.post("/v1/chat/completions", HELLO, headers=KEY)
        assert (again.status_code, again.json()["error"]["code"]) == (409, "key_in_use")


def test_a_failed_request_is_carried_out_again(world: FakeWorld, program: Program) -> None:
    world.model.refusal = {"code": 400, "message": "no", "type": "invalid_request_error"}
    assert program.post("/v1/chat/completions", HELLO, headers=KEY).status_code == 400
    world.model.refusal = None
    assert program.post("/v1/chat/completions", HELLO, headers=KEY).status_code == 200


def test_a_key_belongs_to_one_user(world: FakeWorld, program: Program) -> None:
    made = [one.post("/v1/conversations", {}, headers=KEY).json()["id"] for one in (program, with_key(world, "bob"))]
    assert made[0] != made[1]


def test_a_key_is_printable_ascii(program: Program) -> None:
    assert program.post("/v1/conversations", {}, headers={"Idempotency-Key": "a b"}).status_code == 422
