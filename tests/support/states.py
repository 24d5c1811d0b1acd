"""Pictures of every state of the pages, for whoever changes how they look. What answers is a script, not a model."""

from collections.abc import Mapping
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

from playwright.sync_api import Browser, BrowserContext, expect

from tests.support.browser import PHONE, Watched
from tests.support.chat_ui import FakeWorld, fake_world
from tests.support.conversation import ask, expect_complete, last_reply, start_chat

Options = Mapping[str, Any]

DESKTOP: Options = {"viewport": {"width": 1100, "height": 720}}
SMALL_PHONE: Options = {**PHONE, "viewport": {"width": 320, "height": 568}, "device_scale_factor": 1.5}
LARGE_PHONE: Options = {**PHONE, "device_scale_factor": 1.5}
HUGE: Options = {"viewport": {"width": 3840, "height": 2160}, "device_scale_factor": 0.5}
LIGHT: Options = {"color_scheme": "light", "reduced_motion": "reduce"}
DARK: Options = {"color_scheme": "dark", "reduced_motion": "reduce"}

QUESTION = "How do I sum the squares of a list, and how does it scale?"
ANSWER = r"""A generator keeps only one square in memory at a time:

```python
def sum_of_squares(numbers: list[int]) -> int:
    return sum(n * n for n in numbers)
```

| numbers | steps | memory |
|---|---:|---|
| 10 | 10 | constant |
| 1,000,000 | 1,000,000 | constant |

For the first $n$ whole numbers there is a **closed form**:

$$\sum_{k=1}^{n} k^2 = \frac{n(n+1)(2n+1)}{6}$$

- [x] linear time
- [ ] parallel, which pays only for *very* long lists
"""
TITLES = (
    "Sum of squares",
    "A walk in the Dolomites",
    "Letter to the landlord",
    "What is a B-tree?",
    "Bread without kneading",
    "Names for a sailing boat",
    "Explain TLS to a child",
    "Packing list for Norway",
)
PRESETS = (
    ("Translator", "Translate what I write into French. Say nothing else."),
    ("Teacher", "Explain patiently, with one small example at a time."),
    ("Editor", "Correct spelling and grammar, and keep my tone."),
)


def picture_states(browser: Browser, folder: Path) -> None:
    folder.mkdir(parents=True, exist_ok=True)
    with fake_world() as world:
        people = Watched(browser, world.url)
        Album(world, people.open(**DESKTOP, **LIGHT), folder, "light").fill()
        Album(world, people.open(**DESKTOP, **DARK), folder, "dark").fill_shortly()
        for name, screen in (("phone-320", SMALL_PHONE), ("phone-360", LARGE_PHONE), ("4k", HUGE)):
            Album(world, people.open(**screen, **LIGHT), folder, name).fill_shortly()
        Album(
            world, people.open(**DESKTOP, **LIGHT, java_script_enabled=False), folder, "no-script"
        ).fill_without_script()
        german = people.open(**LARGE_PHONE, **DARK, locale="de")
        german.add_cookies(people.contexts[0].cookies())
        Album(world, german, folder, "german").of_a_reader()
        people.close()


class Album:
    """One browser's pictures, each named after what it shows and how."""

    def __init__(self, world: FakeWorld, context: BrowserContext, folder: Path, kind: str) -> None:
        self.world, self.folder, self.kind, self.page = world, folder, kind, context.new_page()
        world.model.answer, world.model.pace, world.model.away = ANSWER, 0.0, False

    def fill(self) -> None:
        for take in (
            self.home,
            self.empty,
            self.growing,
            self.thinking,
            self.finished,
            self.shortcuts,
            self.lists,
            self.settings,
            self.errors,
            self.undo,
        ):
            take()

    def fill_shortly(self) -> None:
        for take in (self.home, self.empty, self.finished, self.list_of_chats):
            take()

    def fill_without_script(self) -> None:
        for take in (self.home, self.growing_without_script):
            take()

    def of_a_reader(self) -> None:
        chat = next(chat["id"] for chat in self.world.db.chats.values() if chat["title"] == QUESTION)
        for name, address in (("home", "/"), ("chat", f"/chats/{chat}"), ("settings", f"/chats/{chat}/settings")):
            self.visit(name, address)

    def home(self) -> None:
        self.page.goto("/")
        self.save("home")

    def empty(self) -> None:
        start_chat(self.page, "Ada")
        for name, instructions in PRESETS:
            self.page.request.post("/presets", form={"name": name, "system_prompt": instructions})
        for title in reversed(TITLES):
            self.page.request.post("/chats", form={"name": title})
        self.spread_over_days()
        self.page.reload()
        self.page.get_by_role("button", name="Teacher").click()
        expect(self.page.get_by_role("button", name="Teacher")).to_have_attribute("aria-pressed", "true")
        self.save("empty")

    def spread_over_days(self) -> None:
        now = datetime.now(UTC)
        for chat in self.world.db.chats.values():
            if chat["name"] in TITLES:
                age = timedelta(days=2 ** TITLES.index(chat["name"]) - 1, minutes=1)
                chat["updated_at"] = (now - age).isoformat()
                chat["pinned"] = chat["name"] == TITLES[4]

    def growing(self) -> None:
        self.world.model.pace = 0.2
        ask(self.page, QUESTION)
        expect(last_reply(self.page).locator("pre")).to_contain_text("sum(n", timeout=60_000)
        self.save("growing")
        self.page.get_by_role("button", name="Stop").click()
        expect(last_reply(self.page)).to_have_attribute("data-status", "stopped")
        self.world.model.pace = 0.0
        self.save("stopped")

    def thinking(self) -> None:
        self.world.model.thoughts, self.world.model.pace = "They want **both** ways.\n\n" + "And then? " * 40, 0.2
        ask(self.page, "And of cubes?")
        last_reply(self.page).locator("details.thoughts summary").click()
        expect(last_reply(self.page).locator(".thoughts")).to_contain_text("And then? And")
        self.save("thinking")
        self.page.get_by_role("button", name="Stop").click()
        expect(last_reply(self.page)).to_have_attribute("data-status", "stopped")
        self.world.model.thoughts, self.world.model.pace = "", 0.0

    def shortcuts(self) -> None:
        self.page.get_by_role("button", name="Shortcuts").click()
        self.save("shortcuts")
        self.page.keyboard.press("Escape")

    def undo(self) -> None:
        start_chat(self.page, TITLES[3])
        self.page.locator("summary[aria-label='Chat menu']").click()
        self.page.get_by_role("button", name="Delete").click()
        expect(self.page.get_by_role("button", name="Undo")).to_be_visible()
        self.save("undo")

    def finished(self) -> None:
        ask(self.page, QUESTION)
        expect_complete(last_reply(self.page))
        last_reply(self.page).scroll_into_view_if_needed()
        self.save("finished")
        self.page.locator("summary[aria-label='Chat menu']").click()
        self.save("menu")
        self.page.keyboard.press("Escape")

    def growing_without_script(self) -> None:
        self.world.model.pace = 0.2
        start_chat(self.page, "Ada")
        self.page.get_by_label("Message", exact=True).fill(QUESTION)
        self.page.get_by_role("button", name="Send").click()
        frame = self.page.frame_locator("iframe.growing")
        expect(frame.locator("pre").last).to_contain_text("sum(n", timeout=60_000)
        self.save("growing")
        self.world.model.pace = 0.0

    def lists(self) -> None:
        for name, address in (("search", "/search?q=squares"), ("nothing-found", "/search?q=xyzzy")):
            self.visit(name, address)
        self.list_of_chats()
        self.visit("archive", "/chats?archived=true")

    def list_of_chats(self) -> None:
        self.visit("chats", "/chats")

    def settings(self) -> None:
        chat = next(reversed(self.world.db.chats))
        mine = (("presets", "/presets"), ("preset", "/presets/new"), ("settings", "/settings"), ("keys", "/keys"))
        for name, address in (("chat-settings", f"/chats/{chat}/settings"), *mine):
            self.visit(name, address)

    def errors(self) -> None:
        self.visit("nothing-here", "/nowhere")
        self.world.model.refusal = {"code": 400, "message": "no", "type": "invalid_request_error"}
        start_chat(self.page, "Ada")
        ask(self.page, "Hello")
        expect(last_reply(self.page)).to_have_attribute("data-status", "failed")
        self.world.model.refusal = None
        self.page.get_by_label("Message", exact=True).fill("x" * 16_001)
        self.page.get_by_role("button", name="Send").click()
        expect(self.page.locator("#composer-problem")).not_to_be_empty()
        self.save("failed")

    def visit(self, name: str, address: str) -> None:
        self.page.goto(address)
        self.save(name)

    def save(self, name: str) -> None:
        file = self.folder / f"{name}-{self.kind}.png"
        self.page.screenshot(path=file, animations="disabled", caret="hide", scale="device")
