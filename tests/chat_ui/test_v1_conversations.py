import pytest

from tests.support.drivers.chat_ui import FakeWorld
from tests.support.drivers.program import Program, with_key


@pytest.fixture
def program(world: FakeWorld) -> Program:
    return with_key(world)


def test_a_conversation_is_created_read_changed_and_deleted(program: Program) -> None:
    made = program.post("/v1/conversations", {"title": "Moon"})
    assert made.status_code == 201
    where = made.headers["location"]
    assert program.get(where).json() == made.json()
    changed = program.call("PATCH", where, json={"title": "Mars", "pinned": True}).json()
    assert (changed["title"], changed["pinned"], changed["archived"]) == ("Mars", True, False)
    assert program.call("DELETE", where).status_code == 204
    assert program.get(where).status_code == 404


def test_location_leads_to_the_reply_of_a_sent_message(program: Program) -> None:
    where = program.post("/v1/conversations", {}).headers["location"]
    sent = program.post(f"{where}/messages", {"content": "Hi"})
    assert sent.status_code == 201
    events = program.get(sent.headers["location"] + "/events")
    assert '"done": true' in events.text
    messages = program.get(f"{where}/messages").json()["items"]
    assert [message["role"] for message in messages] == ["user", "assistant"]
    assert messages == program.get(where).json()["messages"]


def test_a_change_of_an_outdated_version_is_refused(program: Program) -> None:
    where = program.post("/v1/conversations", {}).headers["location"]
    tag = program.get(where).headers["etag"]
    first = program.call("PATCH", where, json={"title": "First"}, headers={"If-Match": tag})
    assert first.status_code == 200
    late = program.call("PATCH", where, json={"title": "Second"}, headers={"If-Match": tag})
    assert (late.status_code, late.json()["type"]) == (412, "/problems/conversation-changed")
    assert program.call("DELETE", where, headers={"If-Match": tag}).status_code == 412
    assert program.call("DELETE", where, headers={"If-Match": first.headers["etag"]}).status_code == 204


def test_an_unchanged_conversation_is_not_sent_again(program: Program) -> None:
    where = program.post("/v1/conversations", {}).headers["location"]
    tag = program.get(where).headers["etag"]
    assert program.get(where, headers={"If-None-Match": tag}).status_code == 304
    program.chat("Hi", conversation_id=where.rsplit("/", 1)[1])
    assert program.get(where, headers={"If-None-Match": tag}).status_code == 200


def test_the_same_idempotency_key_creates_one_conversation(program: Program) -> None:
    key = {"Idempotency-Key": "a"}
    made = [program.post("/v1/conversations", {}, headers=key).json()["id"] for _ in range(2)]
    assert made[0] == made[1]


def test_conversations_are_paged_by_cursor(program: Program) -> None:
    made = [program.post("/v1/conversations", {"title": str(n)}).json()["id"] for n in range(5)]
    seen, before = list[str](), None
    while True:
        query = {"limit": 2} | ({"before": before} if before else {})
        page = program.get("/v1/conversations", params=query).json()
        seen += [conversation["id"] for conversation in page["items"]]
        before = page["next"]
        if before is None:
            break
    assert seen == made[::-1]


def test_a_user_cannot_reach_anothers_conversation(world: FakeWorld, program: Program) -> None:
    where = program.post("/v1/conversations", {}).headers["location"]
    bob = with_key(world, "bob")
    assert bob.get(where).status_code == 404
    assert bob.call("PATCH", where, json={"title": "mine"}).status_code == 404
    assert bob.call("DELETE", where).status_code == 404
    assert bob.get("/v1/conversations").json()["items"] == []
