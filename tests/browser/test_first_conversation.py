"""The first conversation, as a person has it: a real browser, nginx, the services, Postgres and llama.cpp."""

import pytest
from playwright.sync_api import BrowserContext, Locator, Page, expect

from tests.support.drivers.browser import PHONE, Watched
from tests.support.drivers.conversation import ask, expect_complete, last_reply, messages, start_chat, tab_to

pytestmark = pytest.mark.browser

QUESTION = "What is the capital of France?"
LONG_QUESTION = "Count to 200"


def test_the_pages_come_through_nginx(page: Page) -> None:
    response = page.goto("/")
    assert response
    assert response.headers["server"] == "nginx"


def test_the_answer_is_there_and_the_chat_is_found_again(context: BrowserContext, page: Page) -> None:
    start_chat(page, "Ada")
    ask(page, QUESTION)
    answer = expect_complete(last_reply(page))

    later = context.new_page()
    later.goto("/")
    later.get_by_role("navigation", name="Chats").get_by_role("link").first.click()
    expect(messages(later, "user").last).to_contain_text(QUESTION)
    assert expect_complete(last_reply(later)) == answer


def test_the_answer_grows_before_the_eyes(page: Page) -> None:
    start_chat(page, "Katherine")
    ask(page, LONG_QUESTION)
    reply = last_reply(page)
    assert len(growth(reply.locator(".text"), until=reply.get_by_role("button", name="Regenerate"))) > 2
    expect_complete(reply)


def test_the_answer_grows_without_javascript_too(people: Watched) -> None:
    page = people.open(java_script_enabled=False).new_page()
    start_chat(page, "Grace")
    ask(page, LONG_QUESTION)
    frame = page.frame_locator("iframe[title='Reply in progress']")
    to_the_reply = frame.get_by_role("link", name="Show the finished reply")
    assert len(growth(frame.locator(".text"), until=to_the_reply)) > 2

    to_the_reply.click()
    expect_complete(last_reply(page))
    expect(messages(page, "user")).to_contain_text(LONG_QUESTION)


def growth(text: Locator, *, until: Locator) -> set[int]:
    """The lengths that a text had until something appeared."""
    lengths = set()
    while not until.is_visible():
        lengths.add(len(text.inner_text()))
    return lengths


def test_the_keyboard_is_enough(page: Page) -> None:
    page.goto("/")
    tab_to(page.get_by_label("Your name"))
    page.keyboard.type("Hedy")
    page.keyboard.press("Enter")
    page.wait_for_url("**/chats/*")
    tab_to(page.get_by_label("Message", exact=True))
    page.keyboard.type(QUESTION)
    tab_to(page.get_by_role("button", name="Send"))
    page.keyboard.press("Enter")
    expect_complete(last_reply(page))


def test_a_name_leads_back_to_its_chat_and_another_to_a_new_one(page: Page) -> None:
    start_chat(page, "Dorothy")
    first = page.url
    start_chat(page, "Mary")
    assert page.url != first
    start_chat(page, "Dorothy")
    assert page.url == first


@pytest.mark.parametrize("javascript", [True, False])
def test_nothing_scrolls_sideways_on_a_phone(people: Watched, javascript: bool) -> None:
    page = people.open(**PHONE, java_script_enabled=javascript).new_page()
    page.goto("/")
    assert overflow(page) == 0
    start_chat(page, "Rosalind")
    ask(page, f"Say this again: {'unbreakable' * 20}")
    assert overflow(page) == 0


def overflow(page: Page) -> int:
    """How many pixels the page is wider than the screen."""
    pixels: int = page.locator("html").evaluate("root => root.scrollWidth - root.clientWidth")
    return pixels
