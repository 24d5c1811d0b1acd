"""Without a mouse: everything is reached by the Tab key, one sees where one is, and no swap takes the place away."""

import pytest
from playwright.sync_api import Locator, Page, expect

from tests.support.drivers.chat_ui import FakeWorld
from tests.support.drivers.conversation import ask, expect_complete, last_reply, start_chat, tab_to
from tests.support.drivers.keyboard import walk

pytestmark = pytest.mark.browser


@pytest.fixture
def site(world: FakeWorld) -> str:
    return world.url


def test_everything_is_reached_and_seen(world: FakeWorld, page: Page) -> None:
    world.model.answer = "See [this](https://example.org).\n\n```python\nprint(1)\n```"
    page.goto("/")
    wrong = {"/": walk(page)}
    start_chat(page, "Ada")
    chat = page.url
    page.request.post("/presets", form={"name": "Clerk", "system_prompt": "Be brief."})
    page.request.post("/keys", form={"name": "laptop"})
    page.reload()
    wrong["empty chat"] = walk(page)
    for _ in range(2):
        ask(page, "How is water?")
        expect_complete(last_reply(page))
    page.get_by_role("button", name="Regenerate").last.click()
    expect_complete(last_reply(page))
    expect(page.get_by_text("2 / 2")).to_be_visible()
    wrong["chat"] = walk(page)
    addresses = (f"{chat}/settings", "/chats", "/chats?archived=true", "/search?q=water", "/presets", "/presets/new")
    for address in (*addresses, "/settings", "/keys", "/offline"):
        page.goto(address)
        wrong[address] = walk(page)
    assert {place: found for place, found in wrong.items() if found} == {}


def test_a_menu_is_opened_and_a_chat_renamed(page: Page) -> None:
    start_chat(page, "Ada")
    press(page.locator("summary[aria-label='Chat menu']"))
    assert walk(page.locator("details.menu").page) == []
    press(page.locator("summary[aria-label='Chat menu']"))
    tab_to(page.get_by_label("Title"))
    page.keyboard.press("Control+a")
    page.keyboard.type("Engines")
    page.keyboard.press("Enter")
    expect(page.get_by_role("heading", level=1)).to_have_text("Engines")


def test_what_is_typed_is_found_and_opened(page: Page) -> None:
    start_chat(page, "Ada")
    ask(page, "Where do zebras sleep?")
    expect_complete(last_reply(page))
    page.get_by_role("heading", level=1).click()
    page.keyboard.press("Control+k")
    expect(page.get_by_label("Search your chats")).to_be_focused()
    page.keyboard.type("zebr")
    hit = page.locator("#hits a", has_text="zebras sleep").last
    expect(hit).to_be_visible()
    expect(page.get_by_label("Search your chats")).to_be_focused()
    press(hit)
    expect(page.locator(".message:target")).to_contain_text("zebras")
    page.keyboard.press("Tab")
    expect(page.locator(".message:target :focus")).to_have_count(1)  # one goes on from the message that one came for


def test_a_preset_is_made_and_begins_a_chat(page: Page) -> None:
    start_chat(page, "Ada")
    press(page.get_by_role("link", name="Presets"))
    press(page.get_by_role("link", name="New preset"))
    tab_to(page.get_by_label("Name", exact=True))
    page.keyboard.type("Clerk")
    page.keyboard.press("Enter")
    press(page.get_by_role("button", name="New chat with Clerk"))
    expect(page.get_by_label("Message", exact=True)).to_be_focused()
    expect(page.get_by_role("button", name="Clerk")).to_have_attribute("aria-pressed", "true")


def test_the_focus_stays_where_a_reply_was_stopped(world: FakeWorld, page: Page) -> None:
    world.model.answer, world.model.pace = "word " * 1000, 0.05
    start_chat(page, "Ada")
    ask(page, "Write!")
    expect(last_reply(page)).to_contain_text("word")
    expect(page.get_by_label("Message", exact=True)).to_be_focused()
    press(page.get_by_role("button", name="Stop"))
    expect(page.get_by_role("button", name="Send")).to_be_focused()


def test_the_focus_stays_in_a_message_that_is_replaced(world: FakeWorld, page: Page) -> None:
    world.model.answer, world.model.pace = "See [this](https://example.org).\n\n" + "word " * 1000, 0.05
    start_chat(page, "Ada")
    ask(page, "Write!")
    expect(last_reply(page)).to_contain_text("word word")
    last_reply(page).get_by_role("link", name="this").focus()
    page.keyboard.press("Escape")
    page.evaluate("document.querySelector('#composer-submit').click()")
    expect(last_reply(page)).to_have_attribute("data-status", "stopped")
    expect(last_reply(page)).to_be_focused()


def test_versions_are_switched(world: FakeWorld, page: Page) -> None:
    start_chat(page, "Ada")
    ask(page, "How is water?")
    expect_complete(last_reply(page))
    press(page.get_by_role("button", name="Regenerate"))
    expect(page.get_by_text("2 / 2")).to_be_visible()
    expect_complete(last_reply(page))
    press(page.get_by_role("button", name="Previous version"))
    expect(page.get_by_text("1 / 2")).to_be_visible()
    press(page.get_by_role("button", name="Next version"))
    expect(page.get_by_text("2 / 2")).to_be_visible()


def test_the_list_goes_on_without_losing_the_place(world: FakeWorld, page: Page) -> None:
    start_chat(page, "Chat 0")
    for number in range(1, 60):
        page.request.post("/chats", form={"name": f"Chat {number}"}, max_redirects=0)
    page.goto("/chats?archived=false")
    links = page.locator("main .chat-list li a")
    expect(links).to_have_count(50)
    links.last.focus()
    page.keyboard.press("Tab")
    expect(links).to_have_count(60)
    expect(links.nth(50)).to_be_focused()


def press(target: Locator) -> None:
    tab_to(target)
    target.page.keyboard.press("Enter")
