"""The page has the model read ahead: when it opens and while one types, and no longer than somebody is there."""

import pytest
from playwright.sync_api import Page, Request, Route, expect

from tests.support.drivers.conversation import ask, expect_complete, last_reply, start_chat

pytestmark = pytest.mark.browser


def is_warming(request: Request) -> bool:
    return request.url.endswith("/warm")


def test_opening_a_chat_and_typing_in_it_has_each_read_once(page: Page) -> None:
    start_chat(page, "Ada reads ahead")
    ask(page, "What is the capital of France?")
    expect_complete(last_reply(page))
    seen: list[str] = []
    page.on("request", lambda request: seen.append(request.post_data or "") if is_warming(request) else None)
    with page.expect_response("**/warm") as opened:
        page.reload()
    assert opened.value.status == 204
    with page.expect_response("**/warm") as typed:
        page.get_by_label("Message", exact=True).press_sequentially("And of Spain?")
    assert typed.value.status == 204
    page.get_by_label("Message", exact=True).blur()
    ask(page, "And of Norway?")
    expect_complete(last_reply(page))
    assert seen[0] == "content="
    assert len(seen) == len(set(seen))


def test_leaving_the_page_ends_the_reading(page: Page) -> None:
    start_chat(page, "Grace leaves")
    held: list[Route] = []
    page.route("**/warm", lambda route: held.append(route))
    page.reload()
    expect(page.get_by_role("button", name="Send")).to_be_visible()
    with page.expect_event("requestfailed", is_warming):
        page.goto("/")
