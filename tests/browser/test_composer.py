"""What a person has at hand in a chat: the composer's button, copies, details, keys."""

import pytest
from playwright.sync_api import Page, expect

from tests.support.drivers.browser import Watched
from tests.support.drivers.conversation import ask, expect_complete, last_reply, messages, start_chat

pytestmark = pytest.mark.browser

QUESTION = "What is the capital of France?"
LONG_QUESTION = "Count to 200"


@pytest.mark.parametrize("javascript", [True, False])
def test_stop_stands_in_sends_place_and_the_next_message_can_be_typed(people: Watched, javascript: bool) -> None:
    page = people.open(java_script_enabled=javascript).new_page()
    start_chat(page, f"Ada stops {javascript}")
    ask(page, LONG_QUESTION)
    if javascript:
        page.get_by_label("Message", exact=True).fill("And then?")
        page.keyboard.press("Enter")  # waits for its turn
        page.get_by_role("button", name="Stop").click()
    else:
        page.frame_locator("iframe").get_by_role("button", name="Stop").click()
    expect(page.get_by_role("button", name="Send")).to_be_visible()
    if javascript:
        expect(page.get_by_label("Message", exact=True)).to_have_value("And then?")
    expect(messages(page, "user")).to_have_count(1)


def test_a_reply_is_copied_as_it_was_written(people: Watched) -> None:
    page = people.open(permissions=["clipboard-read", "clipboard-write"]).new_page()
    start_chat(page, "Grace")
    ask(page, QUESTION)
    expect_complete(last_reply(page))
    last_reply(page).get_by_role("link", name="Copy").click()
    expect(last_reply(page).get_by_text("Copied")).to_be_visible()
    assert page.evaluate("navigator.clipboard.readText()").strip()


def test_the_keys_do_what_the_dialog_says(page: Page) -> None:
    start_chat(page, "Hedy")
    ask(page, QUESTION)
    expect_complete(last_reply(page))
    page.keyboard.press("Control+/")
    dialog = page.get_by_role("dialog", name="Keyboard shortcuts")
    expect(dialog).to_be_visible()
    expect(dialog.locator("kbd")).to_have_count(7)
    page.keyboard.press("Escape")
    expect(dialog).to_be_hidden()
    expect(page.locator("dialog :focus")).to_have_count(0)  # the focus goes back a moment later
    page.keyboard.press("Control+Shift+E")
    expect(page.get_by_label("Edit message")).to_be_focused()
    page.keyboard.type("n?")  # typed, not obeyed
    expect(page.get_by_label("Edit message")).to_have_value(f"{QUESTION}n?")
    page.keyboard.press("Control+k")
    expect(page).to_have_url("/search")
    page.keyboard.press("Control+Shift+O")
    expect(page).to_have_url("/chats/new")


def test_each_chats_draft_survives_a_reload_a_lost_line_and_a_lost_session(people: Watched, page: Page) -> None:
    start_chat(page, "Mary")
    chat = page.url
    field = page.get_by_label("Message", exact=True)
    field.fill("Half a thought")
    page.reload()
    expect(field).to_have_value("Half a thought")
    page.route("**/messages", lambda route: route.abort())
    field.press("Enter")
    expect(page.locator("#composer-problem")).not_to_be_empty()
    expect(field).to_have_value("Half a thought")
    page.unroute("**/messages")
    people.problems[:] = [
        problem for problem in people.problems if "ERR_FAILED" not in problem and "htmx:error" not in problem
    ]
    cookies = page.context.cookies()
    page.context.clear_cookies()
    page.goto("/")
    page.context.add_cookies([{"name": c["name"], "value": c["value"], "url": page.url} for c in cookies])
    page.goto(chat)
    expect(field).to_have_value("Half a thought")
