"""A real page stays open while things break: it reconnects by itself, without a reload, and shows the whole reply."""

from collections.abc import Iterator

import pytest
from playwright.sync_api import Browser, Page, Route, expect

from tests.faults.conftest import LONG, System, url_of
from tests.support.drivers.browser import running_browser
from tests.support.drivers.conversation import ask, last_reply, start_chat
from tests.support.drivers.html import parse_html
from tests.support.running.parts import Part
from tests.support.running.provision import find_chromium, not_here
from tests.support.running.waiting import wait_until

WHOLE = ", ".join(str(number) for number in range(1, 201))


@pytest.fixture(scope="module")
def browser() -> Iterator[Browser]:
    with running_browser(find_chromium() or not_here("Chromium")) as browser:
        yield browser


def test_the_page_continues_after_kill_9(system: System, browser: Browser) -> None:
    part, _ = system.chat_ui()
    page = open_page(browser, part)
    part.kill()
    part.start()
    expect_whole_reply(page)


def test_the_page_continues_after_a_network_outage(system: System, browser: Browser) -> None:
    part, _ = system.chat_ui()
    page = open_page(browser, part)
    page.context.set_offline(True)
    shown = last_reply(page).locator(".text").inner_text()
    wait_until(lambda: (text := written(page)).endswith("200") or len(text) > len(shown) + 200, 60)
    page.context.set_offline(False)
    expect_whole_reply(page)


def test_a_second_window_shows_the_same(system: System, browser: Browser) -> None:
    part, _ = system.chat_ui()
    page = open_page(browser, part)
    second = page.context.new_page()
    # A script that comes long after the others, as over a slow connection.
    held: list[Route] = []
    second.route("**/htmx-sse*", lambda route: held.append(route))
    with second.expect_request("**/htmx-sse*"):
        second.goto(page.url, wait_until="commit")
    expect(last_reply(page).locator(".text")).to_contain_text("30, 31, 32", timeout=30_000)
    wait_until(lambda: page.evaluate("1") and held, 20)
    held[0].continue_()
    expect(last_reply(second).locator(".text")).to_contain_text("1, 2, 3", timeout=30_000)
    expect_whole_reply(page)
    expect(last_reply(second)).to_have_attribute("data-status", "complete", timeout=90_000)
    assert last_reply(second).locator(".text").inner_text().strip() == WHOLE


def open_page(browser: Browser, part: Part) -> Page:
    """Open a page on which a long reply has started to grow."""
    # A service worker would fetch what a test holds back.
    context = browser.new_context(base_url=url_of(part), service_workers="block")
    page = context.new_page()
    start_chat(page, "Ada")
    ask(page, LONG)
    expect(last_reply(page).locator(".text")).to_contain_text("1, 2, 3", timeout=30_000)
    page.evaluate("document.body.dataset.never = 'reloaded'")
    return page


def written(page: Page) -> str:
    """Return the reply's text on the server, which the API client reaches while the page is offline."""
    html = parse_html(page.context.request.get(page.url).text())
    return html.css("article[data-role=assistant]")[-1].css_first(".text").text()


def expect_whole_reply(page: Page) -> None:
    expect(last_reply(page)).to_have_attribute("data-status", "complete", timeout=90_000)
    assert last_reply(page).locator(".text").inner_text().strip() == WHOLE
    assert page.evaluate("document.body.dataset.never") == "reloaded"
