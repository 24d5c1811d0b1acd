"""Makes the PNG icons from icon.svg: `python -m tests.support.icons`, after the drawing changed."""

import sys
from pathlib import Path

import chat_ui
from playwright.sync_api import Page

from tests.support.browser import running_browser
from tests.support.provision import find_chromium

STATIC = Path(chat_ui.__file__).parent / "static"
FULL = 'rx="8"', 'rx="0"'
"""Phones cut their own corners."""

ICONS = {
    "icon-192": (192, False),
    "icon-512": (512, False),
    "icon-maskable-512": (512, True),
    "apple-touch-icon": (180, True),
}
"""File → size in pixels, whether the ground fills the corners."""


def main() -> None:
    program = find_chromium() or sys.exit("There is no Chromium here: try `make test` first, it installs one.")
    with running_browser(program) as browser:
        page = browser.new_page()
        for name, icon in ICONS.items():
            draw(page, STATIC / f"{name}.png", *icon)


def draw(page: Page, file: Path, size: int, whole: bool) -> None:
    drawing = (STATIC / "icon.svg").read_text(encoding="utf-8")
    page.set_viewport_size({"width": size, "height": size})
    page.set_content(f"<style>body {{ margin: 0 }}</style>{drawing.replace(*FULL) if whole else drawing}")
    page.screenshot(path=file, omit_background=True)


if __name__ == "__main__":
    main()
