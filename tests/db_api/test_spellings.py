"""Texts that look alike are stored alike: in Unicode's form NFC."""

import unicodedata

import pytest

from tests.support.drivers.chatting import Person, Writer

TYPED = ["Jose\u0301", "Vie\u0323\u0302t", "\u1112\u1161\u11ab", "か\u3099", "A\u030a", "\u212b", "नऩ\u0958"]


@pytest.mark.parametrize("typed", TYPED)
def test_a_name_typed_in_two_ways_is_one_name(ada: Person, typed: str) -> None:
    composed = unicodedata.normalize("NFC", typed)
    first = ada.open_chat(typed)
    assert first["name"] == composed
    assert ada.open_chat(composed)["id"] == ada.open_chat(unicodedata.normalize("NFD", typed))["id"] == first["id"]
    assert ada.call("POST", "/presets", json={"name": typed}).status_code == 201
    assert ada.call("POST", "/presets", json={"name": composed}).status_code == 409
    assert ada.call("POST", "/keys", json={"name": typed}).json()["name"] == composed


@pytest.mark.parametrize("typed", TYPED)
def test_messages_titles_and_instructions_are_composed(ada: Person, writer: Writer, typed: str) -> None:
    composed = unicodedata.normalize("NFC", typed)
    chat = ada.open_chat()["id"]
    turn = ada.ask(chat, writer, typed, title=typed)
    assert (turn["message"]["content"], turn["chat"]["title"]) == (composed, composed)
    changed = ada.call("PATCH", f"/chats/{chat}", json={"title": typed, "settings": {"system_prompt": typed}}).json()
    assert (changed["title"], changed["settings"]["system_prompt"]) == (composed, composed)


def test_a_name_that_grows_beyond_the_limit_is_refused(ada: Person) -> None:
    response = ada.call("POST", "/chats", json={"name": "\u0958" * 60})
    assert (response.status_code, response.json()["type"]) == (422, "/problems/invalid-request")
    assert ada.call("POST", "/chats", json={"name": "\u0958" * 50}).status_code == 201
