"""Headless Chromium, and the people who use it: each has their own context, watched for anything that goes wrong."""

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from playwright.sync_api import Browser, BrowserContext, ConsoleMessage, Request, WebError, sync_playwright

# Without these, Chromium makes network requests of its own.
QUIET = (
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-gpu",
    "--disable-quic",
    "--disable-sync",
    "--no-first-run",
)
PHONE = {"viewport": {"width": 360, "height": 740}, "device_scale_factor": 2, "has_touch": True, "is_mobile": True}
TIMEOUT_MILLISECONDS = 20_000


@contextmanager
def running_browser(program: str) -> Iterator[Browser]:
    """Run this Chromium. Its sandbox stays off, as is Playwright's default: root could not start it otherwise."""
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=program, args=QUIET)
        yield browser
        browser.close()


class Watched:
    """Opens contexts on one site and collects what a person would not see: console errors, requests to other sites."""

    def __init__(self, browser: Browser, url: str) -> None:
        self.problems: list[str] = []
        self._browser = browser
        self._url = url
        self.contexts: list[BrowserContext] = []

    def open(self, **options: Any) -> BrowserContext:
        context = self._browser.new_context(base_url=self._url, **options)
        context.set_default_timeout(TIMEOUT_MILLISECONDS)
        context.on("console", self._on_console)
        context.on("weberror", self._on_error)
        context.on("request", self._on_request)
        self.contexts.append(context)
        return context

    def close(self) -> None:
        for context in self.contexts:
            context.close()

    def _on_console(self, message: ConsoleMessage) -> None:
        if message.type in {"error", "warning"}:  # a violated Content-Security-Policy is an error here
            self.problems.append(f"console: {message.text}")

    def _on_error(self, error: WebError) -> None:
        self.problems.append(f"script: {error.error}")

    def _on_request(self, request: Request) -> None:
        if not request.url.startswith((self._url, "data:", "blob:")):
            self.problems.append(f"request: {request.url}")
