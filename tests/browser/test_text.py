"""What a model writes, as a real browser shows it; a fake model writes what no real one writes on demand."""

from collections.abc import Iterator

import pytest
from playwright.sync_api import Browser, Page, expect

from tests.support.browser import Watched
from tests.support.chat_ui import FakeServices, FakeWorld, fake_services
from tests.support.conversation import ask, expect_complete, last_reply, start_chat

pytestmark = pytest.mark.browser


@pytest.fixture(scope="module")
def services() -> Iterator[FakeServices]:
    with fake_services() as services:
        yield services


@pytest.fixture
def world(services: FakeServices) -> Iterator[FakeWorld]:
    with services.world() as world:
        yield world


@pytest.fixture
def people(world: FakeWorld, browser: Browser) -> Iterator[Watched]:
    people = Watched(browser, world.url)
    yield people
    people.close()
    assert people.problems == []


@pytest.fixture
def page(people: Watched) -> Page:
    return people.open().new_page()


def test_thoughts_can_be_read_while_they_come_and_stay_unfolded(world: FakeWorld, page: Page) -> None:
    world.model.thoughts, world.model.pace = "First this.\n\n" + "And then that. " * 20, 0.05
    start_chat(page, "Ada")
    ask(page, "Think!")
    thoughts = last_reply(page).locator("details.thoughts")
    expect(thoughts.locator("summary")).to_have_text("Thinking")
    expect(thoughts.get_by_text("First this.")).to_be_hidden()
    thoughts.locator("summary").click()
    expect(thoughts.get_by_text("First this.")).to_be_visible()
    thoughts.evaluate("element => { element.first = element.querySelector('p') }")
    expect(thoughts).to_contain_text("And then that. And then that.")
    assert thoughts.evaluate("element => element.first.isConnected")  # a finished block stays untouched
    expect_complete(last_reply(page))
    expect(thoughts.locator("summary")).to_contain_text("Thought for")
    expect(thoughts.get_by_text("First this.")).to_be_visible()
    page.reload()
    expect(thoughts.get_by_text("First this.")).to_be_hidden()
