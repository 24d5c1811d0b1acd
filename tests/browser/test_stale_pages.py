"""Several tabs on one chat, Back, and pages that others have overtaken: nothing that was typed is lost."""

import pytest
from playwright.sync_api import BrowserContext, Page, expect

from tests.support.drivers.browser import Watched
from tests.support.drivers.chat_ui import FakeWorld
from tests.support.drivers.conversation import ask, expect_complete, last_reply, messages, start_chat

pytestmark = pytest.mark.browser


@pytest.fixture
def site(world: FakeWorld) -> str:
    return world.url


def send(page: Page, text: str) -> None:
    page.get_by_label("Message", exact=True).fill(text)
    page.keyboard.press("Enter")


def return_to(page: Page) -> None:
    page.evaluate("dispatchEvent(new Event('focus'))")  # headless tabs never lose it


def questions(page: Page) -> list[str]:
    return messages(page, "user").locator("> .text").all_inner_texts()


@pytest.mark.parametrize("javascript", [True, False])
def test_back_shows_the_chat_as_it_is_and_what_is_sent_there_is_stored(people: Watched, javascript: bool) -> None:
    page = people.open(java_script_enabled=javascript).new_page()
    start_chat(page, "Ada")
    page.goto("/settings")
    page.go_back()
    ask(page, "One")
    if javascript:
        expect_complete(last_reply(page))
    page.goto("/settings")
    page.go_back()
    expect(messages(page, "user")).to_have_count(1)
    while last_reply(page).get_attribute("aria-busy"):
        page.reload()
    ask(page, "Two")
    assert questions(page) == ["One", "Two"]


def test_a_send_shows_what_another_tab_added_in_order(context: BrowserContext, page: Page) -> None:
    start_chat(page, "Ada")
    ask(page, "One")
    expect_complete(last_reply(page))
    other = context.new_page()
    other.goto(page.url)
    ask(other, "Two")
    expect_complete(last_reply(other))
    send(page, "Three")
    expect(messages(page, "user").locator("> .text")).to_have_text(["One", "Two", "Three"])
    expect_complete(last_reply(page))
    expect(messages(page, "assistant")).to_have_count(3)
    ids = page.locator("[id]").evaluate_all("elements => elements.map((element) => element.id)")
    assert len(ids) == len(set(ids))
    return_to(other)
    expect(messages(other, "user").locator("> .text")).to_have_text(["One", "Two", "Three"])


def test_a_send_while_another_tab_is_answered_keeps_the_text_and_shows_that_reply(
    world: FakeWorld, people: Watched, context: BrowserContext, page: Page
) -> None:
    start_chat(page, "Ada")
    other = context.new_page()
    other.goto(page.url)
    world.model.answer, world.model.pace = "word " * 1000, 0.02
    ask(other, "One")
    send(page, "Two")
    expect(page.locator("#composer-problem")).to_contain_text("still being written")
    expect(page.get_by_label("Message", exact=True)).to_have_value("Two")
    expect(messages(page, "user").locator("> .text")).to_have_text(["One"])
    expect(last_reply(page)).to_contain_text("word word")
    page.get_by_role("button", name="Stop").click()
    expect(last_reply(page)).to_have_attribute("data-status", "stopped")
    expect(page.locator("#composer-problem")).to_be_empty()
    expect(page.get_by_label("Message", exact=True)).to_have_value("Two")
    world.model.answer, world.model.pace = "Fine.", 0
    page.get_by_role("button", name="Send").click()
    expect(messages(page, "user").locator("> .text")).to_have_text(["One", "Two"])
    people.problems[:] = [problem for problem in people.problems if "409" not in problem]


def test_a_page_catches_up_when_its_reader_returns(context: BrowserContext, page: Page) -> None:
    start_chat(page, "Ada")
    ask(page, "One")
    expect_complete(last_reply(page))
    other = context.new_page()
    other.goto(page.url)
    page.get_by_label("Message", exact=True).fill("Half a thought")
    other.get_by_role("button", name="Regenerate").click()
    expect(other.get_by_text("2 / 2")).to_be_visible()
    expect_complete(last_reply(other))
    other.locator("summary[aria-label='Chat menu']").click()
    other.get_by_label("Title").fill("Engines")
    other.get_by_role("button", name="Rename").click()
    expect(other.get_by_role("heading", level=1)).to_have_text("Engines")
    return_to(page)
    expect(page.get_by_text("2 / 2")).to_be_visible()
    expect(page.get_by_role("heading", level=1)).to_have_text("Engines")
    expect(page.get_by_label("Message", exact=True)).to_have_value("Half a thought")
    with page.expect_response("**/changes?*") as response:
        return_to(page)
    assert response.value.status == 204


def test_an_edit_that_is_being_written_is_not_swept_away(context: BrowserContext, page: Page) -> None:
    start_chat(page, "Ada")
    ask(page, "One")
    expect_complete(last_reply(page))
    other = context.new_page()
    other.goto(page.url)
    page.locator(".question").hover()
    page.locator(".question summary").click()
    page.get_by_label("Edit message").fill("Uno")
    ask(other, "Two")
    return_to(page)
    page.get_by_role("button", name="Send").first.click()
    expect(messages(page, "user").locator("> .text")).to_have_text(["Uno"])


def test_a_draft_goes_only_when_its_message_is_stored(people: Watched, page: Page) -> None:
    start_chat(page, "Ada")
    chat = page.url
    draft = f"localStorage.getItem('draft:{chat.rpartition('/')[2]}')"
    page.route("**/messages", lambda route: route.fulfill(status=200, headers={"HX-Redirect": "/settings"}))
    page.get_by_label("Message", exact=True).press_sequentially("Kept")
    page.keyboard.press("Enter")
    page.wait_for_url("**/settings")
    assert page.evaluate(draft) == "Kept"
    page.unroute("**/messages")
    page.goto(chat)
    expect(page.get_by_label("Message", exact=True)).to_have_value("Kept")
    page.keyboard.press("Enter")
    expect_complete(last_reply(page))
    assert page.evaluate(draft) is None


def test_a_hit_on_another_branch_is_shown_and_answered_there(page: Page) -> None:
    start_chat(page, "Ada")
    ask(page, "Zebras")
    expect_complete(last_reply(page))
    chat = page.url
    page.locator(".question").hover()
    page.locator(".question summary").click()
    page.get_by_label("Edit message").fill("Lions")
    page.get_by_role("button", name="Send").first.click()
    expect(messages(page, "user").locator("> .text")).to_have_text(["Lions"])
    expect_complete(last_reply(page))
    page.goto("/search?q=Zebras")
    page.locator("#hits a[href*=messages]").first.click()
    expect(page.locator(".message:target")).to_contain_text("Zebras")
    expect(page.get_by_text("another version of the conversation")).to_be_visible()
    return_to(page)
    elsewhere = page.context.new_page()
    elsewhere.goto(chat)
    expect(messages(elsewhere, "user").locator("> .text")).to_have_text(["Lions"])
    send(page, "More")
    expect(messages(page, "user").locator("> .text")).to_have_text(["Zebras", "More"])


def test_a_new_chat_begins_with_its_first_message(world: FakeWorld, page: Page) -> None:
    start_chat(page, "Ada")
    page.get_by_role("link", name="New chat").click()
    expect(page.get_by_label("Message", exact=True)).to_be_focused()
    page.keyboard.type("Half")
    page.reload()
    expect(page.get_by_label("Message", exact=True)).to_have_value("Half")
    assert len(world.db.chats) == 1
    page.get_by_label("Message", exact=True).fill("Whole")
    page.keyboard.press("Enter")
    expect(messages(page, "user").locator("> .text")).to_have_text(["Whole"])
    expect_complete(last_reply(page))
    page.goto("/chats/new")
    expect(page.get_by_label("Message", exact=True)).to_have_value("")
