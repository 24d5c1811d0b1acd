"""axe-core finds nothing on any page, in any state, in either theme (WCAG 2.2 A and AA, and best practices)."""

from collections.abc import Callable
from typing import Any

import pytest
from playwright.sync_api import Page, expect

from tests.support.drivers.axe import find_violations
from tests.support.drivers.browser import PHONE, Watched
from tests.support.drivers.conversation import ask, expect_complete, last_reply, start_chat

pytestmark = pytest.mark.browser

Look = Callable[[str], None]


@pytest.mark.parametrize("screen", [{}, PHONE], ids=["desktop", "phone"])
@pytest.mark.parametrize("theme", ["light", "dark"])
def test_axe_finds_nothing(people: Watched, theme: str, screen: dict[str, Any]) -> None:
    page = people.open(color_scheme=theme, reduced_motion="reduce", **screen).new_page()
    found: dict[str, Any] = {}

    def look(state: str) -> None:
        if violations := find_violations(page):
            found[state] = violations

    page.goto("/")
    look("first page")
    start_chat(page, f"Ada {theme} {len(screen)}")
    look("empty chat")
    walk_a_chat(page, look)
    walk_the_lists(page, look)
    page.goto("/nowhere")
    look("nothing here")
    people.problems.remove("console: Failed to load resource: the server responded with a status of 404 (Not Found)")
    assert found == {}


def walk_a_chat(page: Page, look: Look) -> None:
    for question in ("What is the capital of France?", "I need code that reverses a string"):
        ask(page, question)
        expect_complete(last_reply(page))
    look("chat")
    page.locator("summary[aria-label='Chat menu']").click()
    look("chat menu")
    page.keyboard.press("Escape")
    page.get_by_text("Details").last.click()
    look("details")
    page.get_by_text("Edit", exact=True).last.click()
    look("edit")
    page.get_by_role("heading", level=1).click()
    page.keyboard.press("Control+/")
    expect(page.get_by_role("dialog")).to_be_visible()
    look("shortcuts")
    page.keyboard.press("Escape")


def walk_the_lists(page: Page, look: Look) -> None:
    chat = page.url.split("#")[0]
    page.request.post("/presets", form={"name": "Clerk", "system_prompt": "Be brief."})
    page.request.post("/keys", form={"name": "laptop"})
    page.request.post("/chats", max_redirects=0)
    lists = ("/search", "/search?q=capital", "/chats", "/chats?archived=true")
    for address in (f"{chat}/settings", *lists, "/settings", "/keys", "/presets", "/presets/new", "/offline"):
        page.goto(address)
        look(address)
    page.goto(chat)
    page.locator("summary[aria-label='Chat menu']").click()
    page.get_by_role("button", name="Delete").click()
    expect(page.get_by_role("button", name="Undo")).to_be_visible()
    look("deleted")
