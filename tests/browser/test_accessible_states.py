"""axe-core finds nothing while a reply grows, however it ended, and in another language, in either theme."""

from typing import Any

import pytest
from playwright.sync_api import Page, expect

from tests.support.drivers.axe import find_violations
from tests.support.drivers.browser import Watched
from tests.support.drivers.chat_ui import FakeWorld
from tests.support.drivers.conversation import ask, expect_complete, last_reply, start_chat

pytestmark = pytest.mark.browser

ANSWER = (
    "Try `this`:\n\n```python\nprint(1)\n```\n\n| a | b |\n|---|---|\n| 1 | 2 |\n\n- [x] done[^1]\n\n[^1]: Really.\n\n"
)
REFUSAL = {"code": 400, "message": "no", "type": "invalid_request_error"}


@pytest.fixture
def site(world: FakeWorld) -> str:
    return world.url


class Look:
    """What axe-core finds, in each state as it is and as it is when it is loaded anew, in German."""

    def __init__(self, page: Page) -> None:
        self.page = page
        self.found: dict[str, Any] = {}

    def at(self, state: str) -> None:
        self._look(state)
        self.page.context.add_cookies([{"name": "language", "value": "de", "url": self.page.url}])
        self.page.reload()
        expect(self.page.locator("html")).to_have_attribute("lang", "de")
        self._look(f"{state}, in German")
        self.page.context.clear_cookies(name="language")
        self.page.reload()

    def at_address(self, address: str) -> None:
        self.page.goto(address)
        self.at(address)

    def _look(self, state: str) -> None:
        if violations := find_violations(self.page):
            self.found[state] = violations


@pytest.fixture(params=["light", "dark"])
def look(request: pytest.FixtureRequest, people: Watched) -> Look:
    return Look(people.open(color_scheme=request.param, reduced_motion="reduce").new_page())


def test_a_reply_while_it_grows_and_however_it_ended(world: FakeWorld, people: Watched, look: Look) -> None:
    page, model = look.page, world.model
    model.thoughts, model.answer, model.pace = "They want a table. " * 3, ANSWER + "word " * 5000, 0.05
    start_chat(page, "Ada")
    ask(page, "Write!")
    page.locator("details.thoughts summary").click()
    look.at("thinking and writing")
    expect(last_reply(page).locator(".task-item")).to_be_visible()
    look.at("growing")
    page.get_by_role("button", name="Stop").click()
    expect(last_reply(page)).to_have_attribute("data-status", "stopped")
    look.at("stopped")
    model.refusal = REFUSAL
    ask(page, "Again!")
    expect(last_reply(page)).to_have_attribute("data-status", "failed")
    look.at("failed")
    page.get_by_label("Message", exact=True).fill("x" * 16_001)
    page.get_by_role("button", name="Send").click()
    expect(page.locator("#composer-problem")).not_to_be_empty()
    people.problems.clear()  # the console's word on a message that is refused
    look.at("not sent")
    model.away, model.refusal = True, None
    ask(page, "And now?")
    expect(last_reply(page)).to_contain_text("is not responding")
    look.at("the model is away")
    assert look.found == {}


def test_a_memory_that_is_full(world: FakeWorld, look: Look) -> None:
    world.model.context_tokens, world.model.answer = 1600, "word " * 200
    start_chat(look.page, "Ada")
    mark = look.page.get_by_text("The model remembers from here on")
    while not mark.count():
        ask(look.page, "Write!")
        expect_complete(last_reply(look.page))
    look.at("memory")
    assert look.found == {}


def test_every_page(world: FakeWorld, look: Look) -> None:
    page = look.page
    look.at_address("/")
    start_chat(page, "Ada")
    chat = page.url
    ask(page, "How is water?")
    expect_complete(last_reply(page))
    look.at("chat")
    for name in ("Clerk", "Poet", "Teacher"):
        page.request.post("/presets", form={"name": name, "system_prompt": "Be brief."})
    page.request.post("/keys", form={"name": "laptop"})
    start_chat(page, "Grace")
    page.get_by_role("button", name="Poet").click()
    expect(page.get_by_role("button", name="Poet")).to_have_attribute("aria-pressed", "true")
    look.at("presets in an empty chat")
    pages = ("/search", "/search?q=water", "/chats", "/chats?archived=true", "/settings", "/keys", "/presets")
    for address in (f"{chat}/settings", *pages, "/presets/new", "/offline"):
        look.at_address(address)
    page.request.post(f"{chat}/delete", max_redirects=0)
    look.at_address(f"/?deleted={chat.rpartition('/')[2]}")
    assert look.found == {}
