import uuid
from collections.abc import Callable

import pytest
from db_api.schemas.pages import PageRead

from tests.support.drivers.chatting import Json, Person, Writer


def read_page(person: Person, chat_id: str, **query: object) -> Json:
    page: Json = person.call("GET", f"/chats/{chat_id}/page", params=query).raise_for_status().json()
    return page


def as_read(chat: Json, chats: Json, presets: list[Json] | None = None) -> PageRead:
    return PageRead.model_validate({"chat": chat, "chats": chats, "presets": presets})


def new(person: Person, _: Writer) -> str:
    return str(person.open_chat("Ada")["id"])


def with_settings(person: Person, _: Writer) -> str:
    chat_id = str(person.open_chat()["id"])
    person.call("PATCH", f"/chats/{chat_id}", json={"settings": {"temperature": 0.5}, "pinned": True})
    return chat_id


def archived(person: Person, _: Writer) -> str:
    chat_id = str(person.open_chat()["id"])
    person.call("PATCH", f"/chats/{chat_id}", json={"archived": True})
    return chat_id


def answered(person: Person, writer: Writer) -> str:
    chat_id = str(person.open_chat("Ada")["id"])
    turn = person.ask(chat_id, writer, "Hello \\ % ' \U0001f600", title="First words")
    outcome: Json = {
        "model": "demo",
        "prompt_tokens": 4,
        "completion_tokens": 5,
        "timings": {"predicted_per_second": 2.5},
    }
    writer.end(turn["reply"]["id"], "Hi.", finish_reason="stop", **outcome).raise_for_status()
    return chat_id


def being_answered(person: Person, writer: Writer) -> str:
    chat_id = answered(person, writer)
    reply_id = person.ask(chat_id, writer, "And now?")["reply"]["id"]
    writer.write(reply_id, 0, "Half ")
    writer.write(reply_id, 5, "of it")
    return chat_id


def with_branches(person: Person, writer: Writer) -> str:
    chat_id = answered(person, writer)
    question = person.read_chat(chat_id)["path"][0]["id"]
    reply = person.regenerate(question, writer).json()["reply"]
    writer.end(reply["id"], "Hi again.").raise_for_status()
    return chat_id


@pytest.mark.parametrize("make", [new, with_settings, archived, answered, being_answered, with_branches])
def test_a_page_agrees_with_the_chat_and_the_list(
    make: Callable[[Person, Writer], str], ada: Person, writer: Writer
) -> None:
    chat_id = make(ada, writer)
    chat, chats = ada.read_chat(chat_id), ada.call("GET", "/chats").json()
    assert PageRead.model_validate(read_page(ada, chat_id)) == as_read(chat, chats)


def test_the_list_of_a_page_continues_like_the_list(ada: Person) -> None:
    chat_ids = [ada.open_chat()["id"] for _ in range(4)]
    chats = read_page(ada, chat_ids[0], limit=2)["chats"]
    assert [chat["id"] for chat in chats["items"]] == [chat_ids[3], chat_ids[2]]
    assert chats["next"] == ada.call("GET", "/chats", params={"limit": 2}).json()["next"]
    assert read_page(ada, chat_ids[0], limit=4)["chats"]["next"] is None


def test_presets_are_on_the_page_of_an_empty_chat(ada: Person, writer: Writer) -> None:
    for name in ("poet", "Clerk"):
        ada.call("POST", "/presets", json={"name": name, "settings": {"temperature": 1}}).raise_for_status()
    chat_id = ada.open_chat()["id"]
    chat, chats, presets = (ada.call("GET", path).json() for path in (f"/chats/{chat_id}", "/chats", "/presets"))
    assert PageRead.model_validate(read_page(ada, chat_id)) == as_read(chat, chats, presets["items"])
    ada.ask(chat_id, writer)
    assert read_page(ada, chat_id)["presets"] is None


def test_a_page_shows_only_its_users_data(ada: Person, bob: Person, writer: Writer) -> None:
    chat_id = answered(ada, writer)
    ada.call("POST", "/presets", json={"name": "Clerk"}).raise_for_status()
    page = read_page(bob, bob.open_chat()["id"])
    assert (len(page["chats"]["items"]), page["presets"]) == (1, None)
    for nowhere in (chat_id, str(uuid.uuid4())):
        refused = bob.call("GET", f"/chats/{nowhere}/page")
        assert (refused.status_code, refused.json()["type"]) == (404, "/problems/chat-not-found")
    ada.call("DELETE", f"/chats/{chat_id}").raise_for_status()
    assert ada.call("GET", f"/chats/{chat_id}/page").json()["type"] == "/problems/chat-not-found"


def test_a_page_requires_a_session(ada: Person) -> None:
    path = f"/chats/{ada.open_chat()['id']}/page"
    for token in ("unknown", "parley_unknown", "'; SELECT 1; --"):
        refused = ada.call("GET", path, headers={"X-Session-ID": token})
        assert (refused.status_code, refused.json()["type"]) == (401, "/problems/session-unknown")
    ada.call("DELETE", "/session").raise_for_status()
    assert ada.call("GET", path).json()["type"] == "/problems/session-unknown"


def test_an_api_key_reads_the_page_too(ada: Person) -> None:
    path = f"/chats/{ada.open_chat()['id']}/page"
    key = ada.call("POST", "/keys", json={"name": "mine"}).raise_for_status().json()["key"]
    assert ada.call("GET", path, headers={"X-Session-ID": key}).json() == ada.call("GET", path).json()
