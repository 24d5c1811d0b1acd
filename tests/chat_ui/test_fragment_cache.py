"""Cached parts of pages equal freshly rendered ones."""

from chat_ui.web.rendering.fragment_cache import fragment_cache
from markupsafe import Markup

from tests.support.drivers.chat_ui import FakeWorld, Sent, Visitor


class Greeting:
    """A macro that counts its calls."""

    def __init__(self) -> None:
        self.calls = 0

    def __call__(self, name: str) -> Markup:
        self.calls += 1
        return Markup("Hello {}.").format(name)


def test_a_part_is_rendered_once_for_the_same_arguments() -> None:
    greeting, cached = Greeting(), fragment_cache()
    said = [cached(greeting, name) for name in ("Anna", "Ben", "Anna")]
    assert said == ["Hello Anna.", "Hello Ben.", "Hello Anna."]
    assert greeting.calls == 2


def test_the_least_recently_used_part_is_dropped() -> None:
    greeting, cached = Greeting(), fragment_cache(max_characters=30)
    for name in ("Anna", "Ben", "Anna", "Carla", "Anna"):  # Carla's replaces Ben's
        cached(greeting, name)
    assert greeting.calls == 3
    cached(greeting, "Ben")
    assert greeting.calls == 4


def test_a_part_that_is_too_long_to_keep_is_still_rendered() -> None:
    assert fragment_cache(max_characters=1)(Greeting(), "Anna") == "Hello Anna."


def test_a_message_that_changes_shows_at_once(world: FakeWorld, visitor: Visitor) -> None:
    chat = visitor.open_chat()
    sent = visitor.ask(chat, "Hello")
    visitor.events(sent)
    for text in ("other words", "still others"):
        world.db.messages[sent.reply_id]["content"] = text
        assert visitor.last_reply(chat).css_first(".text").text().strip() == text
    world.db.messages[sent.reply_id]["status"] = "stopped"
    assert "Stopped." in visitor.last_reply(chat).text()


def test_each_reader_gets_their_own_language(visitor: Visitor) -> None:
    chat = visitor.open_chat()
    visitor.ask_and_wait(chat, "Hello")
    for language, word in (("en", "Copy"), ("de", "Kopieren"), ("en", "Copy")):
        page = visitor.http.get(chat, headers={"Accept-Language": language}).text
        assert f"<span>{word}</span>" in page
        assert f'data-copy="{word}"' in page


def test_what_is_done_with_the_chat_shows_at_once(visitor: Visitor) -> None:
    chat = visitor.open_chat()
    visitor.http.get(chat)
    visitor.http.post(f"{chat}/pin", data={"pinned": "true"})
    assert "Unpin" in visitor.page(chat).css_first(".menu").text()
    visitor.http.post(f"{chat}/title", data={"title": "Tides"})
    page = visitor.page(chat)
    assert page.css_first("#title").attributes["value"] == page.css_first("h1").text() == "Tides"


def test_an_edit_that_is_sent_twice_is_stored_once_and_another_wording_is_another(visitor: Visitor) -> None:
    chat = visitor.open_chat()
    visitor.ask_and_wait(chat, "Helo")
    form = visitor.page(chat).css_first("details.edit form")
    token = form.css_first("input[name=client_token]").attributes["value"]
    assert token is not None
    question = form.attributes["action"].split("/")[-2]
    for content, versions in (("Hello", "2 / 2"), ("Hello", "1 / 2"), ("Good morning", "3 / 3")):
        visitor.http.post(f"{chat}/branch", data={"message_id": question})
        visitor.http.post(form.attributes["action"], data={"content": content, "client_token": token})
        visitor.events(Sent(chat, str(visitor.last_reply(chat).id).removeprefix("message-")))
        assert visitor.page(chat).css_first("article.question .branches span").text() == versions
    assert visitor.page(chat).css_first("input[name=client_token]").attributes["value"] != token
