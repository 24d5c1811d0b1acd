"""A real page stays open while things break: it connects again by itself, without a reload, and shows it all."""

import time
from collections.abc import Iterator

import pytest
from playwright.sync_api import Browser, Page, Route, expect

from tests.faults.conftest import LONG, System
from tests.support.drivers.browser import running_browser
from tests.support.drivers.conversation import ask, last_reply, start_chat
from tests.support.running.parts import Part
from tests.support.running.provision import find_chromium, not_here

WHOLE = ", ".join(str(number) for number in range(1, 201))


@pytest.fixture(scope="module")
def browser() -> Iterator[Browser]:
    with running_browser(find_chromium() or not_here("Chromium")) as browser:
        yield browser


def test_the_page_goes_on_after_kill_9(system: System, browser: Browser) -> None:
    part, _ = system.chat_ui()
    page = open_page(browser, part)
    part.kill()
    part.start()
    expect_whole_reply(page)


def test_the_page_goes_on_after_the_network_was_away(system: System, browser: Browser) -> None:
    part, _ = system.chat_ui()
    page = open_page(browser, part)
    page.context.set_offline(True)
    page.wait_for_timeout(4000)
    page.context.set_offline(False)
    expect_whole_reply(page)


def test_a_second_window_shows_the_same(system: System, browser: Browser) -> None:
    part, _ = system.chat_ui()
    page = open_page(browser, part)
    second = page.context.new_page()
    second.route("**/htmx-sse*", come_late)
    second.goto(page.url)
    expect(last_reply(second).locator(".text")).to_contain_text("1, 2, 3", timeout=30_000)
    expect_whole_reply(page)
    expect(last_reply(second)).to_have_attribute("data-status", "complete", timeout=90_000)
    assert last_reply(second).locator(".text").inner_text().strip() == WHOLE


def come_late(route: Route) -> None:
    """A script that comes after the others, as on a slow line."""
    time.sleep(1)
    route.continue_()


def open_page(browser: Browser, part: Part) -> Page:
    """A page on which a long reply has begun to grow."""
    context = browser.new_context(base_url=str(part.service.ready_url).removesuffix("/health/ready"))
    page = context.new_page()
    start_chat(page, "Ada")
    ask(page, LONG)
    expect(last_reply(page).locator(".text")).to_contain_text("1, 2, 3", timeout=30_000)
    page.evaluate("document.body.dataset.never = 'reloaded'")
    return page


def expect_whole_reply(page: Page) -> None:
    expect(last_reply(page)).to_have_attribute("data-status", "complete", timeout=90_000)
    assert last_reply(page).locator(".text").inner_text().strip() == WHOLE
    assert page.evaluate("document.body.dataset.never") == "reloaded"
