"""Forms of pages that others have overtaken: nothing is lost, and each form acts on what it names."""

import uuid

import pytest

from tests.support.drivers.chat_ui import HTMX, FakeWorld, Sent, Visitor
from tests.support.drivers.html import Element, parse_html


def form_of(page: Element, selector: str) -> dict[str, str]:
    fields = page.css_first(selector).css("input[name]")
    return {field.attributes["name"]: field.attributes.get("value", "") for field in fields}


def questions(page: Element) -> list[str]:
    return [text.text(strip=True) for text in page.css("article[data-role=user] .text")]


def finish(world: FakeWorld) -> None:
    for message in world.db.messages.values():
        if message["status"] in ("queued", "generating"):
            message["status"] = "complete"


@pytest.mark.parametrize("headers", [{}, HTMX])
def test_another_text_with_a_used_token_is_another_message(visitor: Visitor, headers: dict[str, str]) -> None:
    chat = visitor.open_chat()
    form = form_of(visitor.page(chat), "#composer")
    for text in ("First", "Second", "Second"):
        response = visitor.http.post(f"{chat}/messages", data=form | {"content": text}, headers=headers)
        assert response.status_code == 200
        assert ("stored-message" in response.headers) == bool(headers)
        visitor.events(Sent(chat, visitor.last_reply(chat).id.removeprefix("message-")))
    assert questions(visitor.page(chat)) == ["First", "Second"]


@pytest.mark.parametrize("page", ["/", "/chats", "/chats/new", "/search", "/settings", "/keys", "/presets", "chat"])
def test_no_page_with_chats_is_kept_by_a_browser(visitor: Visitor, page: str) -> None:
    chat = visitor.open_chat()
    assert visitor.http.get(chat if page == "chat" else page).headers["cache-control"] == "no-store"


def test_a_message_from_an_older_page_shows_what_came_between(visitor: Visitor) -> None:
    chat = visitor.open_chat()
    visitor.ask_and_wait(chat, "One")
    old = form_of(visitor.page(chat), "#composer")
    visitor.ask_and_wait(chat, "Two")
    fragment = visitor.http.post(f"{chat}/messages", data=old | {"content": "Three"}, headers=HTMX).text
    assert questions(parse_html(fragment)) == ["Two", "Three"]
    assert questions(visitor.page(chat)) == ["One", "Two", "Three"]


def test_a_message_from_a_page_of_another_branch_goes_to_that_branch(world: FakeWorld, visitor: Visitor) -> None:
    chat = visitor.open_chat()
    visitor.ask_and_wait(chat, "One")
    page = visitor.page(chat)
    question, old = page.css_first("article.question").id.removeprefix("message-"), form_of(page, "#composer")
    edit = {"content": "Another", "client_token": str(uuid.uuid4())}
    visitor.http.post(f"{chat}/messages/{question}/edit", data=edit)
    finish(world)
    visitor.http.post(f"{chat}/messages", data=old | {"content": "Two"})
    assert questions(visitor.page(chat)) == ["One", "Two"]


def test_a_refused_message_shows_no_stop_for_a_reply_that_the_page_lacks(world: FakeWorld, visitor: Visitor) -> None:
    world.model.answer, world.model.pace = "word " * 200, 0.05
    chat = visitor.open_chat()
    old = form_of(visitor.page(chat), "#composer")
    running = visitor.ask(chat, "One")
    refused = visitor.http.post(f"{chat}/messages", data=old | {"content": "Mine"}, headers=HTMX)
    assert refused.status_code == 409
    assert "Mine" in refused.text
    assert f"stop-{running.reply_id}" not in refused.text
    page = visitor.http.post(f"{chat}/messages", data=old | {"content": "Mine"})
    assert page.status_code == 409
    assert "Mine" in page.text
    assert f'id="stop-{running.reply_id}"' in page.text


def test_a_message_to_a_deleted_chat_is_kept_for_a_new_one(visitor: Visitor) -> None:
    chat = visitor.open_chat()
    visitor.open_chat("Bert")
    form = form_of(visitor.page(chat), "#composer")
    visitor.http.post(f"{chat}/delete")
    for headers in ({}, HTMX):
        response = visitor.http.post(f"{chat}/messages", data=form | {"content": "Still here"}, headers=headers)
        assert response.status_code == 404
        assert "Still here" in response.text
        assert 'action="/chats"' in response.text


def test_a_page_asks_for_changes_and_gets_what_it_lacks(world: FakeWorld, visitor: Visitor) -> None:
    chat = visitor.open_chat()
    visitor.ask_and_wait(chat, "One")
    page = visitor.page(chat)

    def ask(page: Element) -> tuple[int, list[str]]:
        """Return the status, and the questions and the versions in the answer."""
        shown = page.css_first("#page-version").attributes
        query = {"version": shown["data-version"], "shape": shown["data-shape"]}
        query["last"] = page.css("article.message")[-1].id.removeprefix("message-")
        response = visitor.http.get(f"{chat}/changes", params=query, headers=HTMX)
        answer = parse_html(response.text or "<p>")
        return response.status_code, [*questions(answer), *[span.text() for span in answer.css(".branches span")]]

    assert ask(page) == (204, [])
    visitor.ask_and_wait(chat, "Two")
    assert ask(page) == (200, ["Two"])
    page = visitor.page(chat)
    reply = visitor.last_reply(chat).id.removeprefix("message-")
    visitor.http.post(f"{chat}/replies/{reply}/regenerate")
    finish(world)
    assert ask(page) == (200, ["One", "Two", "2 / 2"])
    page = visitor.page(chat)
    visitor.http.post(f"{chat}/title", data={"title": "Moon"})
    assert ask(page) == (200, [])


def test_a_title_that_was_given_elsewhere_is_not_overwritten_unseen(visitor: Visitor) -> None:
    chat = visitor.open_chat()
    old = form_of(visitor.page(chat), "form.rename")
    visitor.http.post(f"{chat}/title", data={"title": "Theirs"})
    refused = visitor.http.post(f"{chat}/title", data=old | {"title": "Mine"})
    assert refused.status_code == 409
    assert "Theirs" in refused.text
    assert 'value="Mine"' in refused.text
    again = form_of(parse_html(refused.text), "form.rename")
    visitor.http.post(f"{chat}/title", data=again)
    assert visitor.page(chat).css_first("h1").text() == "Mine"


def test_settings_that_were_changed_elsewhere_are_not_overwritten_unseen(world: FakeWorld, visitor: Visitor) -> None:
    chat = visitor.open_chat()
    address = f"{chat}/settings"
    old = form_of(visitor.page(address), "form.settings-form")
    visitor.http.post(address, data={"temperature": "1"})
    refused = visitor.http.post(address, data=old | {"system_prompt": "Mine"})
    assert refused.status_code == 422
    assert "changed elsewhere" in refused.text
    assert "Mine" in refused.text
    settings = world.db.chats[chat.rpartition("/")[2]]["settings"]
    assert settings == {"temperature": 1.0}
    again = form_of(parse_html(refused.text), "form.settings-form")
    assert visitor.http.post(address, data=again | {"system_prompt": "Mine"}).url.path == chat


@pytest.mark.parametrize("act", ["stop", "regenerate", "continue"])
def test_a_button_that_is_pressed_twice_ends_on_the_chat(world: FakeWorld, visitor: Visitor, act: str) -> None:
    world.model.answer, world.model.pace = "word " * 100, 0.02
    chat = visitor.open_chat()
    sent = visitor.ask(chat, "Hello")
    if act != "stop":
        visitor.http.post(f"{sent.address}/stop")
    form = {} if act == "stop" else form_of(visitor.page(chat), f"form[action$={act}]")
    for _ in range(3):
        response = visitor.http.post(f"{sent.address}/{act}", data=form)
        assert (response.status_code, response.url.path) == (200, chat)
    assert len(world.db.messages) == (3 if act == "regenerate" else 2)
    finish(world)
    assert visitor.http.post(f"{sent.address}/{act}", data=form).status_code == 200


def test_regenerate_while_another_reply_is_written_says_so_on_the_chat(world: FakeWorld, visitor: Visitor) -> None:
    chat = visitor.open_chat()
    visitor.ask_and_wait(chat, "One")
    first = visitor.last_reply(chat).id.removeprefix("message-")
    world.model.answer, world.model.pace = "word " * 100, 0.05
    visitor.ask(chat, "Two")
    page = visitor.http.post(f"{chat}/replies/{first}/regenerate", data={"client_token": str(uuid.uuid4())})
    assert page.status_code == 409
    assert "still being written" in page.text
    assert "Two" in page.text


def test_a_chat_is_deleted_twice(visitor: Visitor) -> None:
    chat = visitor.open_chat()
    for _ in "ab":
        assert visitor.http.post(f"{chat}/delete").url.path == "/"


def test_on_another_branch_every_form_acts_on_what_it_names(world: FakeWorld, visitor: Visitor) -> None:
    chat = visitor.open_chat()
    visitor.ask_and_wait(chat, "One")
    page = visitor.page(chat)
    question, reply = (article.id.removeprefix("message-") for article in page.css("article.message"))
    token = {"client_token": str(uuid.uuid4())}
    visitor.http.post(f"{chat}/messages/{question}/edit", data=token | {"content": "Uno"})
    finish(world)
    found = visitor.http.get(f"{chat}/messages/{question}")
    assert found.url.fragment == f"message-{question}"
    assert questions(parse_html(found.text)) == ["One"]
    assert "another version" in found.text
    assert questions(visitor.page(chat)) == ["Uno"]  # reading wrote nothing
    visitor.http.post(f"{chat}/replies/{reply}/regenerate", data=token)
    finish(world)
    assert questions(visitor.page(chat)) == ["One"]
    assert "2 / 2" in visitor.last_reply(chat).text()
