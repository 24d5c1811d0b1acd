"""One conversation through nginx, with real services behind it."""

import pytest
from playwright.sync_api import Page, expect

from tests.support.drivers.browser import Watched
from tests.support.drivers.conversation import ask, expect_complete, last_reply, messages, start_chat
from tests.support.drivers.visitor_without_scripts import VisitorWithoutScripts
from tests.support.running.compose import ComposeStack, eventually

QUESTION = "What is the capital of France?"


def test_with_curl_alone(visitor: VisitorWithoutScripts) -> None:
    chat = visitor.open_chat("Ada")
    assert visitor.ask(chat, QUESTION)
    assert visitor.open_chat("Ada") == chat


@pytest.mark.browser
@pytest.mark.parametrize("javascript", [True, False])
def test_in_the_browser_with_and_without_javascript(people: Watched, javascript: bool) -> None:
    page = people.open(java_script_enabled=javascript).new_page()
    start_chat(page, "Grace")
    ask(page, QUESTION)
    if not javascript:  # only the finished page; tests/browser covers how it grows
        eventually(lambda: is_complete(page), "complete")
    expect_complete(last_reply(page))
    expect(messages(page, "user")).to_contain_text(QUESTION)


def is_complete(page: Page) -> bool:
    page.reload()
    return last_reply(page).get_attribute("data-status") == "complete"


def test_a_chat_survives_down_and_up(stack: ComposeStack, visitor: VisitorWithoutScripts) -> None:
    chat = visitor.open_chat("Katherine")
    answer = visitor.ask(chat, QUESTION)
    stack.run("down")
    stack.up()
    assert visitor.open_chat("Katherine") == chat
    assert visitor.last_reply(chat) == answer
