"""What changes by itself on an open page: what is announced, titles, the model's memory; and what is at hand there."""

from typing import Any

import pytest
from playwright.sync_api import Page, Route, expect

from tests.support.drivers.browser import PHONE, Watched
from tests.support.drivers.chat_ui import FakeWorld
from tests.support.drivers.conversation import ask, expect_complete, last_reply, messages, start_chat
from tests.support.running.waiting import wait_until

pytestmark = pytest.mark.browser

CODE = 'Run this:\n\n```python\nif 1 < 2:\n    print("yes")\n```\n\nand that.'


@pytest.fixture
def site(world: FakeWorld) -> str:
    return world.url


def test_it_is_told_how_a_reply_ended(world: FakeWorld, page: Page) -> None:
    told = page.get_by_role("status")
    start_chat(page, "Ada")
    ask(page, "Hello")
    expect(told).to_have_text("Reply finished.")
    world.model.answer, world.model.pace = "word " * 1000, 0.05
    ask(page, "Go on")
    expect(told).to_have_text("Parley is writing a reply.")
    page.get_by_role("button", name="Stop").click()
    expect(told).to_have_text("Reply stopped.")
    world.model.refusal = {"code": 400, "message": "no", "type": "invalid_request_error"}
    ask(page, "Go on")
    expect(told).to_have_text(f"Reply failed. {page.locator('.message > .problem').inner_text()}")


def test_a_chats_title_is_the_same_everywhere(world: FakeWorld, page: Page) -> None:
    world.model.title = "Water, <b>in</b> short"
    start_chat(page, "Ada")
    ask(page, "How is water?")
    expect(page.get_by_role("heading", level=1)).to_have_text(world.model.title)
    expect(page.locator("#current-chat")).to_have_text(world.model.title)
    expect(page).to_have_title(f"{world.model.title} · Parley")
    page.locator("summary[aria-label='Chat menu']").click()
    expect(page.get_by_label("Title")).to_have_value(world.model.title)


def test_a_title_that_comes_leaves_the_one_that_is_being_written(world: FakeWorld, page: Page) -> None:
    world.model.title, world.model.answer, world.model.pace = "Water", "word " * 60, 0.05
    start_chat(page, "Ada")
    ask(page, "How is water?")
    page.locator("summary[aria-label='Chat menu']").click()
    page.get_by_label("Title").fill("Mine")
    expect(page.get_by_role("heading", level=1)).to_have_text("Water")
    expect(page.get_by_label("Title")).to_have_value("Mine")


def test_where_the_models_memory_begins_is_marked_as_it_moves(world: FakeWorld, page: Page) -> None:
    world.model.context_tokens, world.model.answer = 1600, "word " * 200
    start_chat(page, "Ada")
    mark = page.get_by_text("The model remembers from here on")
    while not mark.count():
        ask(page, "Write!")
        expect_complete(last_reply(page))
    expect(page.locator("#memory meter")).to_be_visible()
    expect(page.locator("#memory-mark + .message")).to_have_count(1)
    seen = page.locator("#memory-mark + .message").get_attribute("id")
    page.reload()
    expect(mark).to_have_count(1)
    assert page.locator("#memory-mark + .message").get_attribute("id") == seen


def test_code_is_copied_alone_and_a_message_whole(world: FakeWorld, people: Watched) -> None:
    world.model.answer = CODE
    page = people.open(permissions=["clipboard-read", "clipboard-write"]).new_page()
    start_chat(page, "Grace")
    ask(page, "How do I *run* it?")
    expect_complete(last_reply(page))
    copies = {
        last_reply(page).locator(".copy-code"): 'if 1 < 2:\n    print("yes")',
        last_reply(page).locator("a.copy"): CODE,
        messages(page, "user").locator(".copy"): "How do I *run* it?",
    }
    for control, text in copies.items():
        control.click()
        expect(control).to_have_text("Copied")
        assert page.evaluate("navigator.clipboard.readText()") == text
        expect(control).to_have_text("Copy")


def test_the_sidebar_shows_the_chat_that_is_open(page: Page) -> None:
    start_chat(page, "Chat 0")
    for number in range(1, 40):
        page.request.post("/chats", form={"name": f"Chat {number}"}, max_redirects=0)
    page.reload()
    expect(page.locator("#current-chat")).to_be_in_viewport()
    assert page.evaluate("scrollY") == 0


def test_what_is_typed_while_a_message_is_on_its_way_is_kept(page: Page) -> None:
    start_chat(page, "Ada")
    on_its_way: list[Route] = []
    page.route("**/messages", lambda route: on_its_way.append(route))
    field = page.get_by_label("Message", exact=True)
    field.fill("One.")
    with page.expect_request("**/messages"):
        page.keyboard.press("Enter")
    field.press_sequentially(" Two.")
    wait_until(lambda: page.evaluate("1") and on_its_way, 20)
    on_its_way[0].continue_()
    expect(messages(page, "user").locator("> .text")).to_have_text(["One."])
    expect(field).to_have_value(" Two.")


@pytest.mark.parametrize(("screen", "breaks", "sends"), [({}, "Shift+Enter", "Enter"), (PHONE, "Enter", "Shift+Enter")])
def test_enter_sends_and_on_touch_it_breaks_the_line(
    people: Watched, screen: dict[str, Any], breaks: str, sends: str
) -> None:
    page = people.open(**screen).new_page()
    start_chat(page, "Ada")
    field = page.get_by_label("Message", exact=True)
    expect(field).to_be_editable()
    page.wait_for_load_state()
    field.fill("One")
    field.press(breaks)
    field.press_sequentially("two")
    expect(field).to_have_value("One\ntwo")
    field.press(sends)
    expect(messages(page, "user").locator("> .text")).to_have_text(["One\ntwo"])


@pytest.mark.parametrize("screen", [{}, PHONE], ids=["desktop", "phone"])
def test_a_sender_sees_the_reply_and_a_reader_who_scrolls_up_stays_there(
    world: FakeWorld, people: Watched, screen: dict[str, Any]
) -> None:
    world.model.answer = "word " * 800
    page = people.open(**screen, reduced_motion="reduce").new_page()
    start_chat(page, "Ada")
    ask(page, "Write!")
    expect_complete(last_reply(page))
    page.evaluate("scrollTo(0, 0)")
    to_end = page.get_by_role("link", name="Jump to the end")
    expect(to_end).to_be_visible()
    world.model.answer, world.model.pace = "line\n\n " * 2000, 0.02
    ask(page, "And more!")
    expect(last_reply(page).locator("p", has_text="line").nth(40)).to_be_attached()
    expect(last_reply(page).locator(".progress")).to_be_in_viewport()
    expect(to_end).to_be_hidden()
    page.mouse.move(page.evaluate("innerWidth") * 0.6, 200)  # not over the sidebar
    page.mouse.wheel(0, -2000)
    expect(to_end).to_be_visible()
    expect(last_reply(page).locator(".open-block")).not_to_be_in_viewport()
    to_end.click()
    expect(to_end).to_be_hidden()
    expect(last_reply(page).locator(".progress")).to_be_in_viewport()


KEYBOARD = """() => {
  const visible = Object.assign(new EventTarget(), { scale: 1, offsetTop: 0, height: innerHeight });
  Object.defineProperty(window, "visualViewport", { value: visible });
}"""

LOWER_END = "document.querySelector('.composer-field').getBoundingClientRect().bottom"


def test_a_keyboard_that_covers_the_page_leaves_the_composer_above_it(people: Watched) -> None:
    page = people.open(**PHONE).new_page()
    page.add_init_script(f"({KEYBOARD})()")  # as Safari: the page keeps its size, less of it can be seen
    start_chat(page, "Ada")
    page.evaluate("Object.assign(visualViewport, { height: 400 }).dispatchEvent(new Event('resize'))")
    page.wait_for_function(f"() => {LOWER_END} <= 400")
    page.evaluate("Object.assign(visualViewport, { height: innerHeight }).dispatchEvent(new Event('resize'))")
    page.wait_for_function(f"() => {LOWER_END} > 400")


def test_a_keyboard_that_makes_the_page_smaller_leaves_the_composer_on_it(people: Watched) -> None:
    page = people.open(**PHONE).new_page()
    start_chat(page, "Ada")
    ask(page, "Hello")
    expect_complete(last_reply(page))
    page.set_viewport_size({"width": 360, "height": 360})  # as Chrome does here: interactive-widget=resizes-content
    expect(page.locator(".composer-field")).to_be_in_viewport(ratio=1)
