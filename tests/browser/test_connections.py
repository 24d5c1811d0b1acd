"""Browsers open six connections to a server; more tabs than that with replies in progress still work."""

import time

import pytest
from playwright.sync_api import BrowserContext, Page, expect

from tests.support.drivers.chat_ui import FakeWorld
from tests.support.drivers.conversation import ask, last_reply, start_chat

pytestmark = pytest.mark.browser
TABS = 7


@pytest.fixture
def site(world: FakeWorld) -> str:
    return world.url


@pytest.mark.parametrize("slots", [1, TABS])
def test_with_seven_running_replies_every_page_loads_and_stops(
    world: FakeWorld, context: BrowserContext, slots: int
) -> None:
    world.model.slots, world.model.answer, world.model.pace = slots, "word " * 3000, 0.2
    tabs: list[Page] = []
    for number in range(TABS):
        tabs.append(context.new_page())
        start_chat(tabs[-1], f"Chat {number}")
        ask(tabs[-1], "Hello")
    for tab in reversed(tabs):
        tab.bring_to_front()
        begin = time.monotonic()
        tab.get_by_role("button", name="Stop").click()
        expect(last_reply(tab)).to_have_attribute("data-status", "stopped", timeout=10_000)
        assert time.monotonic() - begin < 10
    begin = time.monotonic()
    tabs[0].reload()
    assert time.monotonic() - begin < 5
