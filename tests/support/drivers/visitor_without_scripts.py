"""A visitor without a browser: forms and pages over HTTP, as a browser without JavaScript sends them."""

from collections.abc import Iterator
from contextlib import contextmanager

import httpx

from tests.support.drivers.html import Element, parse_html
from tests.support.running.waiting import wait_until

DEADLINE_SECONDS = 60
POLL_SECONDS = 0.2
"""Pages count against nginx's rate limit."""


@contextmanager
def visiting_without_scripts(url: str) -> Iterator["VisitorWithoutScripts"]:
    with httpx.Client(base_url=url, follow_redirects=True, trust_env=False, timeout=30) as client:
        yield VisitorWithoutScripts(client)


class VisitorWithoutScripts:
    def __init__(self, client: httpx.Client) -> None:
        self._client = client

    def open_chat(self, name: str) -> str:
        """Enter a name on the home page; return the chat's URL."""
        return str(self._client.post("/chats", data={"name": name}).raise_for_status().url)

    def ask(self, chat: str, question: str) -> str:
        """Submit the chat page's form; return the text of the finished reply."""
        form = self._page(chat).css_first("form#composer")
        fields = {field.attributes["name"]: field.attributes.get("value", "") for field in form.css("input[name]")}
        self._client.post(form.attributes["action"], data={**fields, "content": question}).raise_for_status()
        return self.last_reply(chat)

    def last_reply(self, chat: str) -> str:
        """Wait until the last reply is complete; return its text."""

        def complete() -> Element | None:
            reply = self._page(chat).css("article[data-role=assistant]")[-1]
            return reply if reply.attributes["data-status"] == "complete" else None

        reply = wait_until(complete, DEADLINE_SECONDS, lambda: self._page(chat).html, POLL_SECONDS)
        return reply.css_first(".text").text(strip=True)

    def _page(self, url: str) -> Element:
        return parse_html(self._client.get(url).raise_for_status().text)
