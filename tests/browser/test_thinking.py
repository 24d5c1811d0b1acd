"""A model that thinks first, on the page: folded away, with its time, the same after a reload and without scripts."""

import re

import pytest
from playwright.sync_api import expect

from tests.support.drivers.browser import Watched
from tests.support.drivers.chat_ui import FakeWorld
from tests.support.drivers.conversation import ask, expect_complete, last_reply, start_chat

pytestmark = pytest.mark.browser


@pytest.fixture
def site(world: FakeWorld) -> str:
    return world.url


@pytest.mark.parametrize("tags", [False, True])
def test_thoughts_are_folded_away_with_their_time(world: FakeWorld, people: Watched, tags: bool) -> None:
    world.model.thoughts, world.model.tags, world.model.pace = f"They want a **colour**.{' Hm.' * 500}", tags, 0.05
    page = people.open(permissions=["clipboard-read", "clipboard-write"]).new_page()
    start_chat(page, "Ada")
    ask(page, "Which colour?")
    expect(last_reply(page).locator("details.thoughts summary")).to_have_text("Thinking")
    world.model.pace = 0
    for _ in ("as it came", "loaded anew"):
        answer = expect_complete(last_reply(page))
        assert "forty-two" in answer
        assert "They want" not in answer
        summary = last_reply(page).locator("details.thoughts summary")
        expect(summary).to_have_text(re.compile(r"Thought for \d+ s"))
        summary.click()
        expect(last_reply(page).locator(".thoughts strong")).to_have_text("colour")
        page.reload()
    last_reply(page).locator("a.copy").click()
    expect(last_reply(page).get_by_text("Copied")).to_be_visible()
    assert page.evaluate("navigator.clipboard.readText()") == world.model.answer


def test_without_scripts_they_are_there_too(world: FakeWorld, people: Watched) -> None:
    world.model.thoughts, world.model.pace = "They want a **colour**.", 0.05
    page = people.open(java_script_enabled=False).new_page()
    start_chat(page, "Ada")
    ask(page, "Which colour?")
    frame = page.frame_locator("iframe[title='Reply in progress']")
    frame.get_by_role("link", name="Show the finished reply").click()
    expect_complete(last_reply(page))
    summary = last_reply(page).locator("details.thoughts summary")
    expect(summary).to_have_text(re.compile(r"Thought for \d+ s"))
    expect(last_reply(page).locator(".thoughts strong")).to_be_hidden()
    summary.click()
    expect(last_reply(page).locator(".thoughts strong")).to_be_visible()
