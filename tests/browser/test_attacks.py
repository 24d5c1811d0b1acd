"""No text becomes a script, wherever it comes from and however far it is written, in a real browser."""

import re

import pytest
from playwright.sync_api import Page, expect

from tests.support.drivers.browser import Watched
from tests.support.drivers.chat_ui import FakeWorld
from tests.support.drivers.conversation import ask, last_reply, start_chat
from tests.support.fixtures.attacks import ATTACKS

pytestmark = pytest.mark.browser

LINKS = "[...document.querySelectorAll('[href], [src], [action]')].map((it) => it.href ?? it.src ?? it.action)"
ALLOWED = re.compile(r"(http://127\.0\.0\.1|https?://|mailto:)")


@pytest.fixture
def site(world: FakeWorld) -> str:
    return world.url


@pytest.fixture
def page(people: Watched) -> Page:
    """Nobody may call another site, see a dialog or report what the Content-Security-Policy stopped."""
    page = people.open().new_page()
    page.on("dialog", lambda dialog: people.problems.append(f"dialog: {dialog.message}"))
    return page


def test_no_reply_becomes_a_script_while_it_is_written_token_by_token(world: FakeWorld, page: Page) -> None:
    # A word more each time: every attack stands half-finished at the end of the text for a while.
    world.model.answer, world.model.pace = "\n\n".join(ATTACKS), 0.002
    start_chat(page, "Mallory")
    ask(page, "Attack!")
    expect_harmless(page)
    page.reload()
    expect_harmless(page)


@pytest.mark.parametrize("attack", [ATTACKS[0], ATTACKS[1], ATTACKS[-2]])
def test_no_thought_becomes_a_script(world: FakeWorld, page: Page, attack: str) -> None:
    world.model.answer, world.model.thoughts, world.model.pace = attack, "\n\n".join(ATTACKS), 0.0
    start_chat(page, f"Mallory {attack}")
    ask(page, "Attack!")
    expect_harmless(page)


def test_no_name_message_or_title_becomes_a_script(world: FakeWorld, page: Page) -> None:
    world.model.answer, world.model.pace = "Well.", 0.0
    for attack in ATTACKS[:3]:
        start_chat(page, attack)
        ask(page, attack)
        expect_harmless(page)
        page.locator("summary[aria-label='Chat menu']").click()
        page.get_by_label("Title").fill(attack)
        page.get_by_role("button", name="Rename").click()
        expect(page.get_by_role("heading", level=1)).to_have_text(" ".join(attack.split()))
        page.goto("/search?q=attacked")
        expect(page.locator("#hits a").first).to_be_visible()
        expect_harmless(page, reply=False)


def expect_harmless(page: Page, *, reply: bool = True) -> None:
    if reply:
        expect(last_reply(page)).to_have_attribute("data-status", "complete", timeout=60_000)
        for details in last_reply(page).locator("details.thoughts").all():
            details.locator("summary").click()
    assert page.evaluate("window.attacked") is None
    assert (
        page.locator("main :is(script, img, style, base, link, object, embed, [onerror], [onload], [onclick])").count()
        == 0
    )
    assert [link for link in page.evaluate(LINKS) if not ALLOWED.match(link)] == []
