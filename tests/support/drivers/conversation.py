"""A person's actions on the pages, by the names they see there."""

import re

from playwright.sync_api import Locator, Page, expect

MAX_TABS = 60


def start_chat(page: Page, name: str) -> None:
    page.goto("/")
    page.get_by_label("Your name").fill(name)
    page.get_by_role("button", name="Start chatting").click()
    expect(page).to_have_url(re.compile(r"/chats/[0-9a-f-]{36}$"))


def ask(page: Page, question: str) -> None:
    """Send a message; return when the chat shows it."""
    asked = messages(page, "user").count()
    page.get_by_label("Message", exact=True).fill(question)
    page.get_by_role("button", name="Send").click()
    expect(messages(page, "user")).to_have_count(asked + 1)
    expect(messages(page, "user").last).to_contain_text(question)


def messages(page: Page, role: str) -> Locator:
    return page.locator(f"article.message[data-role={role}]")


def last_reply(page: Page) -> Locator:
    return messages(page, "assistant").last


def expect_complete(reply: Locator) -> str:
    """Wait for the end of a reply; return its text."""
    expect(reply).to_have_attribute("data-status", "complete", timeout=60_000)
    expect(reply).to_contain_text(re.compile(r"\w"))
    return reply.inner_text()


def tab_to(target: Locator) -> None:
    """Move the focus to an element with the Tab key."""
    for _ in range(MAX_TABS):
        if target.evaluate("element => element === document.activeElement"):
            return
        target.page.keyboard.press("Tab")
    raise AssertionError(f"{target} cannot be reached with the Tab key")
