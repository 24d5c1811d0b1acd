"""A new chat is stored with its first message, and not before."""

import uuid

from tests.support.drivers.chat_ui import HTMX, FakeWorld, Visitor


def test_opening_a_new_chat_stores_nothing(world: FakeWorld, visitor: Visitor) -> None:
    page = visitor.page("/chats/new")
    assert page.css_first("#composer").attributes["action"] == "/chats"
    assert (world.db.chats, world.db.sessions) == ({}, {})


def test_the_first_message_makes_the_chat_once(world: FakeWorld, visitor: Visitor) -> None:
    first = {"content": "Hello", "client_token": str(uuid.uuid4())}
    chats = [visitor.http.post("/chats", data=first).url.path for _ in "ab"]
    assert chats[0] == chats[1]
    assert visitor.page(chats[0]).css_first("article.question .text").text() == "Hello"
    assert len(world.db.chats) == 1
    answer = visitor.http.post("/chats", data=first | {"content": "Other"}, headers=HTMX)
    assert answer.headers["hx-redirect"] not in chats
    assert "stored-message" in answer.headers


def test_an_empty_first_message_stores_nothing_and_says_so(world: FakeWorld, visitor: Visitor) -> None:
    form = {"content": " ", "client_token": str(uuid.uuid4())}
    for headers in ({}, HTMX):
        response = visitor.http.post("/chats", data=form, headers=headers)
        assert response.status_code == 422
        assert "Your message is empty" in response.text
    assert world.db.chats == {}


def test_a_first_message_that_cannot_be_stored_is_kept(world: FakeWorld, visitor: Visitor) -> None:
    visitor.open_chat()
    form = {"content": "Precious", "client_token": str(uuid.uuid4())}
    world.db.away = True
    for headers in ({}, HTMX):
        response = visitor.http.post("/chats", data=form, headers=headers)
        assert response.status_code == 503
        assert "Precious" in response.text


def test_a_preset_begins_a_new_chat(world: FakeWorld, visitor: Visitor) -> None:
    visitor.http.post("/presets", data={"name": "Clerk", "system_prompt": "Be brief."})
    (preset,) = world.db.presets
    page = visitor.page(f"/chats/new?preset={preset}")
    assert page.css_first(".preset-chips [aria-pressed]").text() == "Clerk"
    assert page.css_first("input[name=preset_id]").attributes["value"] == preset
    form = {"content": "Hello", "client_token": str(uuid.uuid4()), "preset_id": preset}
    chat = visitor.http.post("/chats", data=form).url.path.rpartition("/")[2]
    assert world.db.chats[chat]["settings"] == {"system_prompt": "Be brief."}


def test_a_preset_that_is_saved_twice_is_one(world: FakeWorld, visitor: Visitor) -> None:
    form = {"name": "Clerk", "system_prompt": "Be brief."}
    assert [visitor.http.post("/presets", data=form).url.path for _ in "ab"] == ["/presets"] * 2
    assert visitor.http.post("/presets", data=form | {"temperature": "1"}).status_code == 422
    assert len(world.db.presets) == 1
