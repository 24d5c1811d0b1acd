"""Real processes that are killed while a reply is written. What is left must equal the undisturbed reply."""

import base64
import json
import re
from collections.abc import Iterator
from contextlib import ExitStack
from dataclasses import dataclass

import pytest

from tests.support.drivers.chat_ui import Sent, Visitor, visiting
from tests.support.running.database import place_for_postgres
from tests.support.running.parts import Part, Parts, running_parts, wait_until

LONG = "Count to 200"
"""Some ten seconds of writing."""


@dataclass
class System:
    """A system in which one person asks for a long reply."""

    parts: Parts
    ending: ExitStack
    undisturbed: str
    """The long reply when nothing happens."""

    def chat_ui(self, **settings: str) -> tuple[Part, Visitor]:
        part, url = self.parts.chat_ui(**settings)
        self.ending.callback(part.close)
        return part, self.ending.enter_context(visiting(url))

    def visit(self, part: Part, other: Visitor) -> Visitor:
        """The same browser at another replica."""
        url = str(part.service.ready_url).removesuffix("/health/ready")
        visitor = self.ending.enter_context(visiting(url))
        visitor.http.cookies = other.http.cookies
        return visitor

    def open_chat(self, visitor: Visitor) -> str:
        """A chat at temperature 0, so that every undisturbed reply to a question is the same."""
        chat = visitor.open_chat(None)
        with self.parts.db_api_client() as db_api:
            headers = {"X-Session-ID": session_of(visitor)}
            db_api.patch(chat, json={"settings": {"temperature": 0}}, headers=headers).raise_for_status()
        return chat

    def ask_long(self, visitor: Visitor, question: str = LONG) -> Sent:
        """A long reply of which some words are there already."""
        sent = visitor.ask(self.open_chat(visitor), question)
        self.wait_for_text(visitor, sent)
        return sent

    def wait_for_text(self, visitor: Visitor, sent: Sent, characters: int = 60) -> str:
        """Waits until so much of the reply is stored."""
        return wait_until(lambda: len(text := self.stored(visitor, sent)["text"]) >= characters and text, 30)

    def wait_for_end(self, visitor: Visitor, sent: Sent, seconds: float = 60) -> dict[str, str]:
        """The reply as stored at its end."""
        running = ("queued", "generating")
        return wait_until(
            lambda: (stored := self.stored(visitor, sent))["status"] not in running and stored,
            seconds,
            what=lambda: str(self.stored(visitor, sent)),
        )

    def stored(self, visitor: Visitor, sent: Sent) -> dict[str, str]:
        """As db-api tells it, whatever chat-ui does."""
        with self.parts.db_api_client() as db_api:
            response = db_api.get(f"/replies/{sent.reply_id}", headers={"X-Session-ID": session_of(visitor)})
            return dict(response.raise_for_status().json())


def session_of(visitor: Visitor) -> str:
    """The session token inside the signed cookie."""
    payload = visitor.http.cookies["parley"].split(".")[0]
    return str(json.loads(base64.b64decode(payload))["session"])


def words_of(html: str) -> str:
    return re.sub(r"<[^>]+>|\s+", " ", html)


@pytest.fixture(scope="package")
def parts() -> Iterator[Parts]:
    with place_for_postgres() as folder, running_parts(folder, LM_PATIENCE="6") as parts:
        yield parts


@pytest.fixture(scope="package")
def undisturbed(parts: Parts) -> str:
    with parts.lm_api_client() as lm_api:
        body = {"messages": [{"role": "user", "content": LONG}], "max_tokens": 1024, "temperature": 0}
        answer = lm_api.post("/v1/chat/completions", json=body, timeout=60).raise_for_status().json()
    return str(answer["choices"][0]["message"]["content"])


@pytest.fixture
def system(parts: Parts, undisturbed: str) -> Iterator[System]:
    with ExitStack() as ending:
        yield System(parts, ending, undisturbed)
