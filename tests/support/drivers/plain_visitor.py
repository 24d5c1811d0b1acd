"""A visitor without a browser: forms and pages over HTTP, as a browser without JavaScript sends them."""

import time
from collections.abc import Iterator
from contextlib import contextmanager

import httpx
from selectolax.lexbor import LexborHTMLParser

DEADLINE_SECONDS = 60
POLL_SECONDS = 0.2


@contextmanager
def plain_visitor(url: str) -> Iterator["PlainVisitor"]:
    with httpx.Client(base_url=url, follow_redirects=True, trust_env=False, timeout=30) as client:
        yield PlainVisitor(client)


class PlainVisitor:
    def __init__(self, client: httpx.Client) -> None:
        self._client = client

    def open_chat(self, name: str) -> str:
        """Gives a name on the home page and returns the URL of the chat."""
        return str(self._client.post("/chats", data={"name": name}).raise_for_status().url)

    def ask(self, chat: str, question: str) -> str:
        """Sends the chat page's form and returns the text of the finished reply."""
        form = self._page(chat).css_first("form#composer")
        fields = {field.attributes["name"]: field.attributes.get("value") for field in form.css("input[name]")}
        self._client.post(form.attributes["action"], data={**fields, "content": question}).raise_for_status()
        return self.last_reply(chat)

    def last_reply(self, chat: str) -> str:
        """The text of the last reply, once it is complete."""
        deadline = time.monotonic() + DEADLINE_SECONDS
        while (reply := self._page(chat).css("article[data-role=assistant]")[-1]).attributes[
            "data-status"
        ] != "complete":
            assert time.monotonic() < deadline, reply.html
            time.sleep(POLL_SECONDS)
        return reply.css_first(".text").text(strip=True)

    def _page(self, url: str) -> LexborHTMLParser:
        return LexborHTMLParser(self._client.get(url).raise_for_status().text)
