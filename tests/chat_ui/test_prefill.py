"""A chat's prompt is read ahead: here when and when not, with a model server that never finishes by itself."""

from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor

import httpx
import pytest

from tests.support.drivers.chat_ui import FakeWorld, Visitor
from tests.support.running.waiting import wait_until

NEVER = 3600.0


@pytest.fixture
def chat(world: FakeWorld, visitor: Visitor) -> str:
    """A chat with one exchange; the model's next answer does not come."""
    chat = visitor.open_chat()
    visitor.ask_and_wait(chat, "Hello")
    world.model.prompts.clear()
    world.model.pace = NEVER
    return chat


@pytest.fixture
def windows() -> Iterator[ThreadPoolExecutor]:
    with ThreadPoolExecutor() as windows:
        yield windows


def warm(visitor: Visitor, chat: str, content: str = "", **headers: str) -> int:
    return visitor.http.post(f"{chat}/warm", data={"content": content}, headers=headers).status_code


def wait_for_reading(world: FakeWorld) -> None:
    wait_until(lambda: world.model.running, 20)


def test_what_is_read_is_the_beginning_of_what_will_be_asked(world: FakeWorld, visitor: Visitor, chat: str) -> None:
    world.model.pace = 0
    assert warm(visitor, chat, "  How are\r\nyou to") == 204
    visitor.ask_and_wait(chat, "How are\r\nyou today?")
    warming, asked = world.model.prompts
    assert (warming["max_tokens"], warming["add_generation_prompt"]) == (0, False)
    assert warming["messages"][:-1] == asked["messages"][:-1]
    assert warming["messages"][-1] == {"role": "user", "content": "  How are\nyou"}


def test_nothing_new_is_not_read_again(world: FakeWorld, visitor: Visitor, chat: str) -> None:
    world.model.pace = 0
    for draft in ("", "", "How are you to", "How are you tod", "How are"):
        assert warm(visitor, chat, draft) == 204
    assert [prompt["messages"][-1]["content"] for prompt in world.model.prompts] == ["", "How are you"]


def test_an_empty_chat_has_nothing_to_read(world: FakeWorld, visitor: Visitor) -> None:
    assert warm(visitor, visitor.open_chat()) == 204
    assert world.model.prompts == []


def test_a_reply_of_anybody_ends_the_reading(
    world: FakeWorld, visitor: Visitor, chat: str, windows: ThreadPoolExecutor
) -> None:
    reading = windows.submit(warm, visitor, chat)
    wait_for_reading(world)
    world.model.pace = 0
    other = world.visitor()
    assert other.ask_and_wait(other.open_chat(), "Hello").attributes["data-status"] == "complete"
    assert reading.result() == 204
    wait_until(lambda: not world.model.running, 20)


def test_a_reply_begins_when_the_server_has_let_go_of_what_was_read(
    world: FakeWorld, visitor: Visitor, chat: str, windows: ThreadPoolExecutor
) -> None:
    """Sooner, the slot that has read the chat would not be free for it."""
    windows.submit(warm, visitor, chat)
    wait_for_reading(world)
    world.model.pace, world.model.lingers = 0, True
    sent = visitor.ask(chat, "How are you?")
    wait_until(lambda: world.model.looks > 3, 20)
    assert len(world.model.prompts) == 1
    world.model.lingers = False
    world.model.seeds.clear()
    assert visitor.watch(sent)


def test_while_a_reply_runs_nothing_is_read(
    world: FakeWorld, visitor: Visitor, chat: str, windows: ThreadPoolExecutor
) -> None:
    other = world.visitor()
    sent = other.ask(other.open_chat(), "Hello")
    wait_for_reading(world)
    assert warm(other, sent.chat, "And then?") == 204  # its own chat's path is not at its end yet
    world.model.pace = 0
    reading = windows.submit(warm, visitor, chat)
    other.http.post(f"{sent.address}/stop").raise_for_status()
    assert reading.result() == 204
    assert world.model.most_running == 1
    assert len(world.model.prompts) == 2


def test_leaving_the_page_ends_the_reading(world: FakeWorld, visitor: Visitor, chat: str) -> None:
    with pytest.raises(httpx.ReadTimeout):
        visitor.http.post(f"{chat}/warm", timeout=3)  # enough to reach the model
    wait_until(lambda: not world.model.running, 20)


def test_of_one_person_only_the_newest_is_read(
    world: FakeWorld, visitor: Visitor, chat: str, windows: ThreadPoolExecutor
) -> None:
    earlier = windows.submit(warm, visitor, chat)
    wait_for_reading(world)
    world.model.pace = 0
    assert warm(visitor, chat, "How are you today?") == 204
    assert earlier.result() == 204
    assert world.model.most_running == 1


def test_one_person_has_only_so_much_read_in_a_minute(world: FakeWorld, visitor: Visitor, chat: str) -> None:
    world.model.pace = 0
    for number in range(100):
        assert warm(visitor, chat, f"{number} is a number") == 204
    assert 30 <= len(world.model.prompts) <= 60


def test_without_a_model_there_is_nothing_to_do(world: FakeWorld, visitor: Visitor, chat: str) -> None:
    world.model.pace, world.model.away = 0, True
    assert warm(visitor, chat, "How are you?") == 204
    world.model.away = False
    assert warm(visitor, chat, "How are you?") == 204


def test_a_chat_of_another_person_is_not_read(world: FakeWorld, visitor: Visitor, chat: str) -> None:
    stranger = world.visitor()
    stranger.open_chat()
    assert warm(stranger, chat) == 404
    assert world.model.prompts == []


def test_another_site_cannot_have_a_chat_read(world: FakeWorld, visitor: Visitor, chat: str) -> None:
    assert warm(visitor, chat, **{"Sec-Fetch-Site": "cross-site"}) == 403
    assert world.model.prompts == []


def test_a_draft_that_could_not_be_sent_is_not_read(world: FakeWorld, visitor: Visitor, chat: str) -> None:
    assert warm(visitor, chat, "word " * 10_000) == 422
    assert world.model.prompts == []
