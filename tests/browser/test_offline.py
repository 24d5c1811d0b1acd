"""What a browser shows while Parley cannot be reached, and what it keeps for that time."""

from collections.abc import Iterator
from contextlib import ExitStack

import pytest
from playwright.sync_api import Browser, Page, expect

from tests.support.drivers.axe import find_violations
from tests.support.drivers.browser import TIMEOUT_MILLISECONDS
from tests.support.drivers.chat_ui import fake_world
from tests.support.drivers.conversation import ask, expect_complete, last_reply, start_chat
from tests.support.running.waiting import wait_until

pytestmark = pytest.mark.browser

WORKER_SECONDS = 60
IN_CONTROL = "() => navigator.serviceWorker.controller?.state === 'activated'"
KEPT = """async () => {
  const kept = await Promise.all((await caches.keys()).map((name) => caches.open(name)));
  const requests = (await Promise.all(kept.map((cache) => cache.keys()))).flat();
  return requests.map(({ url }) => new URL(url).pathname);
}"""

KEPT_IN_GERMAN = """async () => {
  const kept = await caches.match("/offline");
  return (await kept?.text())?.includes('lang="de"');
}"""


@pytest.fixture
def server() -> Iterator[ExitStack]:
    """Closed, it is away."""
    with ExitStack() as server:
        yield server


@pytest.fixture
def page(server: ExitStack, browser: Browser) -> Iterator[Page]:
    """A chat's page that the service worker serves."""
    world = server.enter_context(fake_world())
    context = browser.new_context(base_url=world.url, reduced_motion="reduce")
    context.set_default_timeout(TIMEOUT_MILLISECONDS)
    page = context.new_page()
    start_chat(page, "Ada")
    page.evaluate("navigator.serviceWorker.ready.then(() => true)")
    page.reload()
    page.wait_for_function(IN_CONTROL)
    yield page
    context.close()


def test_while_the_server_is_away_a_page_says_so(page: Page, server: ExitStack) -> None:
    chat = page.url
    server.close()
    page.goto(chat)
    expect(page.get_by_role("heading", level=1)).to_contain_text("reach Parley")
    assert page.get_by_role("link", name="Try again").evaluate("link => link.href") == chat
    assert page.locator(".welcome").evaluate("element => getComputedStyle(element).display") == "grid"
    assert find_violations(page) == []


def test_the_page_for_that_time_speaks_as_the_reader_chose(page: Page, server: ExitStack) -> None:
    chat = page.url
    page.goto("/settings")
    page.get_by_label("Language").select_option("Deutsch")
    page.get_by_role("button", name="Save").click()
    wait_until(lambda: page.evaluate(KEPT_IN_GERMAN), WORKER_SECONDS)
    server.close()
    page.goto(chat)
    expect(page.get_by_role("heading", level=1)).to_have_text("Parley ist nicht erreichbar")


def test_no_chat_is_kept(page: Page) -> None:
    ask(page, "A secret")
    expect_complete(last_reply(page))
    page.reload()
    expect(last_reply(page)).to_be_visible()
    kept = page.evaluate(KEPT)
    assert "/offline" in kept
    assert [path for path in kept if path != "/offline" and not path.startswith("/static/")] == []


def test_replies_grow_and_forms_are_sent_as_without_it(page: Page) -> None:
    ask(page, "Hello")
    assert "forty-two" in expect_complete(last_reply(page))
