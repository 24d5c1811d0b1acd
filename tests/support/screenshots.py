"""Makes the pictures of the README and one of each state of the pages: `make screenshots`, into docs/screenshots."""

import sys
import tempfile
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from playwright.sync_api import Page

from tests.support.browser import PHONE, Watched, running_browser
from tests.support.conversation import ask, expect_complete, last_reply, start_chat
from tests.support.provision import find_chromium
from tests.support.stack import running_stack
from tests.support.states import picture_states

PICTURES = Path(__file__).resolve().parents[2] / "docs" / "screenshots"
DESKTOP: Mapping[str, Any] = {"viewport": {"width": 1100, "height": 720}, "device_scale_factor": 2}
QUESTIONS = ("Is what I type here kept private?", "I need code that reverses a string")


def main() -> None:
    program = find_chromium() or sys.exit("There is no Chromium here: try `make test` first, it installs one.")
    PICTURES.mkdir(parents=True, exist_ok=True)
    with (
        tempfile.TemporaryDirectory() as directory,
        running_stack(Path(directory)) as stack,
        running_browser(program) as browser,
    ):
        people = Watched(browser, stack.url)
        picture_home(people.open(**DESKTOP, color_scheme="light").new_page())
        for name, options in {
            "chat-light": {**DESKTOP, "color_scheme": "light"},
            "chat-dark": {**DESKTOP, "color_scheme": "dark"},
            "chat-phone": {**PHONE, "color_scheme": "light"},
        }.items():
            picture_chat(people.open(**options).new_page(), name)
        people.close()
        picture_states(browser, PICTURES / "states")


def picture_home(page: Page) -> None:
    page.goto("/")
    save(page, "home")


def picture_chat(page: Page, name: str) -> None:
    start_chat(page, "Ada")
    for question in QUESTIONS:
        ask(page, question)
        expect_complete(last_reply(page))
    save(page, name)


def save(page: Page, name: str) -> None:
    page.screenshot(path=PICTURES / f"{name}.png", animations="disabled", caret="hide")


if __name__ == "__main__":
    main()
