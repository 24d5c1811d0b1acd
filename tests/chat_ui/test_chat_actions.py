"""Forms that act on whole chats, and the lists and the search that lead to them."""

import json
import re
from datetime import UTC, datetime, timedelta
from urllib.parse import unquote

from tests.support.drivers.chat_ui import HTMX, FakeWorld, Visitor
from tests.support.drivers.html import parse_html


def chat_labels(visitor: Visitor, path: str = "/") -> list[str]:
    return [link.text() for link in visitor.page(path).css("nav.chat-list li a")]


def test_a_chat_is_renamed(visitor: Visitor) -> None:
    chat = visitor.open_chat("Anna")
    response = visitor.http.post(f"{chat}/title", data={"title": " The\nmoon "})
    assert response.url.path == chat
    assert visitor.page(chat).css_first("h1").text() == "The moon"
    assert chat_labels(visitor) == ["The moon"]


def test_an_empty_title_is_refused_with_a_sentence(visitor: Visitor) -> None:
    response = visitor.http.post(f"{visitor.open_chat()}/title", data={"title": " "})
    assert response.status_code == 422
    assert "The title is empty" in response.text


def test_a_title_by_a_person_is_not_replaced(visitor: Visitor) -> None:
    chat = visitor.open_chat("Anna")
    visitor.http.post(f"{chat}/title", data={"title": "Mine"})
    visitor.ask_and_wait(chat, "Hello")
    assert visitor.page(chat).css_first("h1").text() == "Mine"


def test_a_pinned_chat_stands_first_under_its_own_heading(visitor: Visitor) -> None:
    first = visitor.open_chat("first")
    visitor.open_chat("second")
    visitor.http.post(f"{first}/pin", data={"pinned": "true"})
    assert chat_labels(visitor) == ["first", "second"]
    assert [h.text() for h in visitor.page("/").css("nav.chat-list h2")] == ["Pinned", "Today"]
    visitor.http.post(f"{first}/pin", data={"pinned": "false"})
    assert chat_labels(visitor) == ["second", "first"]


def test_an_archived_chat_is_only_in_the_archive(visitor: Visitor) -> None:
    chat = visitor.open_chat("Anna")
    visitor.open_chat("Bert")
    visitor.http.post(f"{chat}/archive", data={"archived": "true"})
    assert chat_labels(visitor) == ["Bert"]
    assert [link.text() for link in visitor.page("/chats?archived=true").css("main .chat-list li a")] == ["Anna"]
    assert "Archived" in visitor.page(chat).css_first(".chat-header").text()


def test_a_deleted_chat_can_be_restored(visitor: Visitor) -> None:
    chat = visitor.open_chat("Anna")
    page = visitor.http.post(f"{chat}/delete")
    assert page.url.path == "/"
    assert visitor.http.get(chat).status_code == 404
    undo = visitor.page(str(page.url)).css_first("form.undo").attributes["action"]
    assert visitor.http.post(undo).url.path == chat
    assert chat_labels(visitor) == ["Anna"]


def test_a_user_cannot_change_anothers_chat(world: FakeWorld, visitor: Visitor) -> None:
    chat, stranger = visitor.open_chat("Anna"), world.visitor()
    stranger.open_chat("Bert")
    acts = {"title": {"title": "x"}, "pin": {"pinned": "true"}, "archive": {"archived": "true"}, "delete": {}}
    for act, data in acts.items():
        assert stranger.http.post(f"{chat}/{act}", data=data).status_code == 404
    assert stranger.http.get(f"{chat}/export").status_code == 404
    assert chat_labels(visitor) == ["Anna"]


def test_a_chat_is_exported_as_markdown(visitor: Visitor) -> None:
    chat = visitor.open_chat("Anna")
    visitor.ask_and_wait(chat, "What is it? / über")
    response = visitor.http.get(f"{chat}/export?format=md")
    assert response.text == (
        "# What is it? / über\n\n## Anna\n\nWhat is it? / über\n\n## Parley\n\nThe answer is **forty-two**.\n"
    )
    assert response.headers["content-disposition"] == "attachment; filename*=UTF-8''What%20is%20it%20%C3%BCber.md"


def test_a_chat_is_exported_as_json(visitor: Visitor) -> None:
    chat = visitor.open_chat("Anna")
    visitor.ask_and_wait(chat, "Hello")
    exported = json.loads(visitor.http.get(f"{chat}/export?format=json").text)
    assert [(m["role"], m["content"]) for m in exported["messages"]] == [
        ("user", "Hello"),
        ("assistant", "The answer is **forty-two**."),
    ]


def test_chats_are_grouped_by_the_days_of_the_readers_zone(world: FakeWorld, visitor: Visitor) -> None:
    chat_id = visitor.open_chat("Anna").split("/")[-1]
    midnight = datetime.now(UTC).replace(hour=0, minute=0)
    world.db.chats[chat_id]["updated_at"] = (midnight - timedelta(minutes=30)).isoformat()
    assert visitor.page("/").css_first("nav.chat-list h2").text() == "Yesterday"
    visitor.http.cookies.set("zone", "Pacific/Kiritimati")  # 14 hours ahead
    late = datetime.now(UTC).hour >= 10
    assert visitor.page("/").css_first("nav.chat-list h2").text() == ("Yesterday" if late else "Today")
    for nonsense in ("nowhere", "../../etc/passwd", "America", "%00"):
        visitor.http.cookies.set("zone", nonsense)
        assert visitor.page("/").css_first("nav.chat-list h2").text() == "Yesterday"


def test_a_long_list_continues_by_link_and_by_scrolling(world: FakeWorld, visitor: Visitor) -> None:
    for number in range(60):
        visitor.open_chat(f"name {number}")
    link = visitor.page("/").css_first("nav .more").attributes["href"]
    assert len(visitor.page(link).css("main .chat-list li")) == 10
    fragment = visitor.http.get(link, headers=HTMX).text
    assert fragment.count("<li>") == 10
    assert "<h2>" not in fragment  # still today
    assert "<html" not in fragment


def test_an_invalid_cursor_is_refused_with_a_sentence(visitor: Visitor) -> None:
    visitor.open_chat()
    assert visitor.http.get("/chats?before=nonsense").status_code == 422


def test_a_text_is_found_and_its_hit_leads_to_the_message(visitor: Visitor) -> None:
    chat = visitor.open_chat("Anna")
    visitor.ask_and_wait(chat, "First <b>moon</b>")
    page = visitor.page("/search?q=forty")
    hit = page.css_first("#hits a")
    assert hit.css_first("mark").text() == "forty"
    response = visitor.http.get(hit.attributes["href"])
    assert response.url.path == chat
    assert response.url.fragment.startswith("message-")
    assert visitor.page(chat).css_matches(f"#{response.url.fragment}")


def test_a_hit_on_another_branch_leads_to_that_branch(visitor: Visitor) -> None:
    chat = visitor.open_chat("Anna")
    visitor.ask_and_wait(chat, "Zebras?")
    question = visitor.page(chat).css_first("article.question").attributes["id"].removeprefix("message-")
    visitor.events(visitor.ask(chat, "More"))
    token = "0f8fad5b-d9cb-469f-a165-70867728950e"
    visitor.http.post(f"{chat}/messages/{question}/edit", data={"content": "Lions?", "client_token": token})
    assert visitor.page(chat).css_first("article.question .text").text() == "Lions?"
    hits = visitor.page("/search?q=Zebras").css("#hits a[href*=messages]")
    found = visitor.http.get(hits[0].attributes["href"])
    assert parse_html(found.text).css_first("article.question .text").text() == "Zebras?"
    assert visitor.page(chat).css_first("article.question .text").text() == "Lions?"  # reading changes nothing


def test_hits_are_text_not_markup(visitor: Visitor) -> None:
    chat = visitor.open_chat("Anna")
    visitor.ask_and_wait(chat, "<img src=x onerror=alert(1)> moon <hx-partial>")
    for headers in ({}, HTMX):
        html = visitor.http.get("/search?q=moon", headers=headers).text
        assert "<img" not in html
        assert "<hx-" not in html
        assert "&lt;" in html


def test_an_empty_search_says_what_is_searched(visitor: Visitor) -> None:
    assert "Search the titles and messages" in visitor.page("/search").css_first("#hits").text()
    visitor.open_chat()
    assert "Nothing found" in visitor.page("/search?q=nowhere").css_first("#hits").text()
    assert visitor.http.get("/search?q=%00").status_code == 422


def test_an_exported_file_has_a_safe_name(visitor: Visitor) -> None:
    chat = visitor.open_chat()
    for attack in (
        "../../etc/passwd\r\nX-Attacked: 1",
        "<script>alert(1)</script>",
        '"; filename=x.exe',
        "CON: | > nul",
    ):
        visitor.http.post(f"{chat}/title", data={"title": attack})
        headers = visitor.http.get(f"{chat}/export").headers
        name = unquote(headers["content-disposition"].removeprefix("attachment; filename*=UTF-8''"))
        assert re.fullmatch(r"[\w -]+\.md", name), name
        assert "x-attacked" not in headers


def test_an_archived_only_chat_leaves_the_navigation(visitor: Visitor) -> None:
    chat = visitor.open_chat("Anna")
    visitor.http.post(f"{chat}/archive", data={"archived": "true"})
    for path in ("/", "/settings", "/chats?archived=true", chat):
        page = visitor.page(path)
        assert page.css_matches("a#new-chat"), path
        assert page.css_matches("nav.navigation a[href='/settings']"), path


def test_the_open_chat_is_in_the_sidebar_wherever_its_place_is(visitor: Visitor) -> None:
    chat = visitor.open_chat("Anna")
    for number in range(60):
        visitor.open_chat(f"name {number}")
    links = visitor.page(chat).css("nav.chat-list li a")
    assert (links[0].text(), links[0].id) == ("Anna", "current-chat")
    assert len(visitor.page(chat).css("#current-chat")) == 1
