"""The model gives a chat a title: in spare time, with the prompt that it knows already, and never over a person's."""

import pytest
from chat_ui.services.model.prompt import TITLE_REQUEST

from tests.support.drivers.chat_ui import HTMX, FakeWorld, Visitor
from tests.support.running.waiting import wait_until

TITLE = "The number forty-two"


@pytest.fixture
def world(world: FakeWorld) -> FakeWorld:
    world.model.title = f'"{TITLE}."'
    return world


def ask_for_title(visitor: Visitor, chat: str) -> str:
    """What the page gets for the place of the title, once there is one."""
    return visitor.http.post(f"{chat}/suggested-title", headers=HTMX).text


def titles_asked(world: FakeWorld) -> int:
    return sum(prompt["messages"][-1]["content"] == TITLE_REQUEST for prompt in world.model.prompts)


def title_of(visitor: Visitor, chat: str) -> str:
    return visitor.page(chat).css_first("h1").text()


def test_the_page_asks_for_a_title_when_the_reply_has_come(visitor: Visitor) -> None:
    chat = visitor.open_chat()
    *_, final, _ = visitor.events(visitor.ask(chat, "What is the answer?"))
    assert f'hx-post="{chat}/suggested-title" hx-trigger="load"' in final.data
    fragment = ask_for_title(visitor, chat)
    assert f'<hx-partial hx-target="#chat-title" hx-swap="innerHTML">{TITLE}</hx-partial>' in fragment
    page = visitor.page(chat)
    assert page.css_first("h1").text() == page.css_first("#current-chat").text() == TITLE
    assert not page.css("[hx-post$=suggested-title]")


def test_it_is_one_more_message_of_the_same_conversation(world: FakeWorld, visitor: Visitor) -> None:
    chat = visitor.open_chat()
    visitor.ask_and_wait(chat, "What is the answer?")
    ask_for_title(visitor, chat)
    visitor.ask_and_wait(chat, "And why?")
    first, title, second = [prompt["messages"] for prompt in world.model.prompts]
    assert title[:-1] == second[:-1] == [*first, {"role": "assistant", "content": world.model.answer}]
    assert title[-1] == {"role": "user", "content": TITLE_REQUEST}


def test_a_page_without_scripts_has_it_at_its_next_load(world: FakeWorld, visitor: Visitor) -> None:
    chat = visitor.open_chat()
    visitor.ask_and_wait(chat, "What is the answer?")  # loads the page
    ask_for_title(visitor, chat)
    assert title_of(visitor, chat) == TITLE
    assert titles_asked(world) == 1


def test_a_title_that_a_person_wrote_stays(world: FakeWorld, visitor: Visitor) -> None:
    chat = visitor.open_chat()
    visitor.events(visitor.ask(chat, "What is the answer?"))
    visitor.http.post(f"{chat}/title", data={"title": "Mine"})
    assert ask_for_title(visitor, chat) == ""
    assert title_of(visitor, chat) == "Mine"
    assert titles_asked(world) == 0


def test_a_person_who_writes_one_meanwhile_is_first(world: FakeWorld, visitor: Visitor) -> None:
    chat = visitor.open_chat()
    visitor.events(visitor.ask(chat, "What is the answer?"))
    world.model.pace = 0.1
    visitor.http.get(chat)  # begins with the title
    wait_until(lambda: titles_asked(world) == 1, 10)
    visitor.http.post(f"{chat}/title", data={"title": "Mine"})
    ask_for_title(visitor, chat)
    assert title_of(visitor, chat) == "Mine"


@pytest.mark.parametrize("answer", ["", "…", "I would call it " + "a very long title " * 8])
def test_what_is_no_title_is_none(world: FakeWorld, visitor: Visitor, answer: str) -> None:
    world.model.title = answer or "\n"
    chat = visitor.open_chat()
    visitor.events(visitor.ask(chat, "What is the answer?"))
    for _ in range(2):  # the same reply is not asked about again
        assert ask_for_title(visitor, chat) == ""
        assert title_of(visitor, chat) == "What is the answer?"
    assert titles_asked(world) == 1
    visitor.events(visitor.ask(chat, "And why?"))
    assert ask_for_title(visitor, chat) == ""
    assert titles_asked(world) == 2


def test_a_model_that_cannot_is_not_asked(world: FakeWorld, visitor: Visitor) -> None:
    world.model.title = ""
    chat = visitor.open_chat()
    visitor.ask_and_wait(chat, "What is the answer?")
    assert ask_for_title(visitor, chat) == ""
    assert titles_asked(world) == 0


def test_a_reply_does_not_wait_for_a_title(world: FakeWorld, visitor: Visitor) -> None:
    chat = visitor.open_chat()
    visitor.events(visitor.ask(chat, "What is the answer?"))
    world.model.pace = 60.0
    visitor.http.get(chat)  # begins with the title
    wait_until(lambda: titles_asked(world) == 1, 10)
    world.model.pace = 0.0
    visitor.events(visitor.ask(chat, "And why?"))
    assert world.model.most_running == 1
    ask_for_title(visitor, chat)
    assert title_of(visitor, chat) == TITLE
    assert titles_asked(world) == 2
    assert world.model.prompts[-1]["messages"][2]["content"] == "And why?"
