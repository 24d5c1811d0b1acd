"""Everything works with scripts off: long, short and failing replies, Stop, and the next message."""

import pytest
from playwright.sync_api import FrameLocator, Page, expect

from tests.support.drivers.browser import Watched
from tests.support.drivers.chat_ui import FakeWorld
from tests.support.drivers.conversation import ask, last_reply, messages, start_chat

pytestmark = pytest.mark.browser

SCROLLER = "body => [body.scrollHeight, body.clientHeight]"


@pytest.fixture
def site(world: FakeWorld) -> str:
    return world.url


@pytest.fixture
def page(people: Watched) -> Page:
    page = people.open(java_script_enabled=False).new_page()
    start_chat(page, "Grace")
    return page


def frame_of(page: Page) -> FrameLocator:
    return page.frame_locator("iframe[title='Reply in progress']")


def show_finished(page: Page) -> None:
    frame_of(page).get_by_role("link", name="Show the finished reply").click()
    expect(last_reply(page)).not_to_have_attribute("aria-busy", "true")


def test_a_reply_that_is_taller_than_its_frame_can_be_read_whole(world: FakeWorld, page: Page) -> None:
    world.model.answer, world.model.pace = "first block\n\n" + "some words\n\n" * 40 + "the last words", 0.01
    ask(page, "Write")
    frame = frame_of(page)
    expect(frame.get_by_role("link", name="Show the finished reply")).to_be_visible(timeout=60_000)
    expect(frame.get_by_text("the last words")).to_be_in_viewport()
    height, visible = frame.locator("body").evaluate(SCROLLER)
    assert height > visible
    frame.locator("body").evaluate("body => body.scrollTo(0, -body.scrollHeight)")
    expect(frame.get_by_text("first block")).to_be_in_viewport()
    expect(frame.get_by_role("button", name="Stop")).to_be_hidden()
    show_finished(page)
    expect(last_reply(page)).to_contain_text("the last words")


def test_a_short_reply_stands_at_the_top_and_keeps_its_last_block(world: FakeWorld, page: Page) -> None:
    world.model.answer, world.model.pace = "One.\n\nTwo words", 0.05
    ask(page, "Write")
    frame = frame_of(page)
    expect(frame.get_by_role("link", name="Show the finished reply")).to_be_visible()
    expect(frame.get_by_text("Two words").last).to_be_visible()
    assert frame.get_by_text("One.").last.evaluate("block => block.getBoundingClientRect().top") < 80
    expect(frame.locator(".progress:visible")).to_have_count(0)
    show_finished(page)


def test_a_reply_that_fails_says_so(world: FakeWorld, page: Page) -> None:
    world.model.refusal = {"code": 400, "message": "no", "type": "invalid_request_error"}
    world.model.pace = 0.05
    ask(page, "Write")
    if page.locator("iframe").count():
        expect(frame_of(page).locator(".problem")).not_to_be_empty()
        show_finished(page)
    expect(last_reply(page).locator(".problem")).not_to_be_empty()
    world.model.refusal = None
    page.get_by_role("button", name="Regenerate").or_(page.get_by_role("button", name="Try again")).first.click()
    frame_of(page).get_by_role("link", name="Show the finished reply").or_(
        page.get_by_role("button", name="Regenerate")
    ).first.wait_for()


def test_stop_belongs_to_the_reply_and_send_is_always_there(world: FakeWorld, people: Watched, page: Page) -> None:
    world.model.answer, world.model.pace = "word " * 2000, 0.02
    ask(page, "Write")
    expect(page.get_by_role("button", name="Send")).to_be_visible()
    expect(page.get_by_role("button", name="Stop")).to_have_count(0)
    expect(frame_of(page).get_by_text("word word").last).to_be_visible()
    page.get_by_label("Message", exact=True).fill("And then?")
    page.get_by_role("button", name="Send").click()
    expect(page.locator("#composer-problem")).to_contain_text("still being written")
    expect(page.get_by_label("Message", exact=True)).to_have_value("And then?")
    frame_of(page).get_by_role("button", name="Stop").click()
    expect(last_reply(page)).to_have_attribute("data-status", "stopped")
    world.model.answer, world.model.pace = "Done.", 0
    page.get_by_role("button", name="Continue").dblclick()
    expect(page.locator("h1")).not_to_contain_text("Not possible")
    assert "/chats/" in page.url
    people.problems[:] = [problem for problem in people.problems if "409" not in problem]


def test_empty_messages_are_refused_by_the_browser(world: FakeWorld, page: Page) -> None:
    page.get_by_role("button", name="Send").click()
    assert world.db.messages == {}
    ask(page, "Hello")
    expect(messages(page, "user")).to_have_count(1)
