"""A person keeps their chats in order, in a real browser over the real services."""

import re

import pytest
from playwright.sync_api import Page, expect

from tests.support.drivers.browser import Watched
from tests.support.drivers.conversation import ask, expect_complete, last_reply, messages, start_chat

pytestmark = pytest.mark.browser


@pytest.mark.parametrize("javascript", [True, False])
def test_a_chat_is_renamed_deleted_and_had_back(people: Watched, javascript: bool) -> None:
    page = people.open(java_script_enabled=javascript).new_page()
    start_chat(page, f"Ada {javascript}")
    open_menu(page)
    page.get_by_label("Title").fill("Engines")
    page.get_by_role("button", name="Rename").click()
    expect(page.get_by_role("heading", level=1)).to_have_text("Engines")
    open_menu(page)
    page.get_by_role("button", name="Delete").click()
    expect(page.get_by_text("Chat deleted.")).to_be_visible()
    page.get_by_role("button", name="Undo").click()
    expect(page.get_by_role("heading", level=1)).to_have_text("Engines")
    expect(page.get_by_role("navigation", name="Chats").get_by_role("link", name="Engines")).to_be_visible()


def test_words_are_found_while_they_are_typed(page: Page) -> None:
    start_chat(page, "Mary")
    ask(page, "Where do zebras sleep?")
    expect_complete(last_reply(page))
    chat = page.url
    page.get_by_role("link", name="Search").click()
    page.get_by_label("Search your chats").press_sequentially("zebr")
    hits = page.locator("#hits a", has_text=re.compile("zebras sleep"))
    expect(hits.last.locator("mark").last).to_have_text("zebras")
    hits.last.click()
    expect(messages(page, "user").first).to_be_in_viewport()
    assert page.url.startswith(chat.split("#")[0])


def test_the_list_goes_on_as_it_is_scrolled(page: Page) -> None:
    start_chat(page, "Chat 0")
    for number in range(1, 60):
        page.request.post("/chats", form={"name": f"Chat {number}"}, max_redirects=0)
    page.goto("/chats")
    for part in ("nav.chat-list", "main .chat-list"):
        links = page.locator(part).locator("li a")
        expect(links).to_have_count(50)
        page.locator(part).get_by_role("link", name="Show more chats").scroll_into_view_if_needed()
        expect(links).to_have_count(60)
        expect(page.locator(part).get_by_role("heading", name="Today")).to_have_count(1)
        expect(links.last).to_have_text("Chat 0")


@pytest.mark.parametrize("javascript", [True, False])
def test_a_preset_is_kept_and_begins_a_chat(people: Watched, javascript: bool) -> None:
    page = people.open(java_script_enabled=javascript).new_page()
    page.goto("/presets")
    page.get_by_role("link", name="New preset").click()
    page.get_by_label("Name", exact=True).fill("Clerk")
    page.get_by_label("Instructions").fill("Be brief.")
    page.get_by_role("button", name="Save").click()
    page.get_by_role("button", name="New chat with Clerk").click()
    expect(page.get_by_role("button", name="Clerk")).to_have_attribute("aria-pressed", "true")
    ask(page, "Hello")
    page.goto(page.url.partition("#")[0] + "/settings")
    expect(page.get_by_label("Instructions")).to_have_value("Be brief.")
    page.get_by_label("Instructions").fill("In verse.")
    page.get_by_role("button", name="Save as preset").click()
    page.get_by_label("Name", exact=True).fill("Poet")
    page.keyboard.press("Enter")
    expect(page.locator(".preset strong")).to_have_text(["Clerk", "Poet"])


def test_the_menu_closes_by_escape_and_gives_the_focus_back(page: Page) -> None:
    start_chat(page, "Grace")
    open_menu(page)
    page.keyboard.press("Escape")
    expect(page.get_by_role("button", name="Rename")).to_be_hidden()
    expect(page.locator("summary[aria-label='Chat menu']")).to_be_focused()


def open_menu(page: Page) -> None:
    page.locator("summary[aria-label='Chat menu']").click()
