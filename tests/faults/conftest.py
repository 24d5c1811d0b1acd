"""Real processes, killed while they write a reply; the outcome must equal the undisturbed reply."""

import base64
import json
import re
from collections.abc import Iterator
from contextlib import ExitStack
from dataclasses import dataclass

import pytest

from tests.support.drivers.chat_ui import Sent, Visitor, visiting
from tests.support.running.database import place_for_postgres
from tests.support.running.parts import Part, Parts, running_parts
from tests.support.running.waiting import wait_until

LONG = "Count to 200"
"""A reply of some ten seconds."""


LEASE_SECONDS = 10
"""db-api's default."""


@dataclass
class System:
    """A system in which a person asks for a long reply."""

    parts: Parts
    ending: ExitStack
    undisturbed: str
    """The long reply when nothing happens."""

    def chat_ui(self, **settings: str) -> tuple[Part, Visitor]:
        part, url = self.parts.chat_ui(**settings)
        self.ending.callback(part.close)
        return part, self.ending.enter_context(visiting(url))

    def visit(self, part: Part, other: Visitor) -> Visitor:
        """Open the same browser at another replica."""
        visitor = self.ending.enter_context(visiting(url_of(part)))
        visitor.http.cookies = other.http.cookies
        return visitor

    def open_chat(self, visitor: Visitor) -> str:
        """Open a chat at temperature 0, where a question always gets the same undisturbed reply."""
        chat = visitor.open_chat(None)
        with self.parts.db_api_client() as db_api:
            headers = {"X-Session-ID": session_of(visitor)}
            db_api.patch(chat, json={"settings": {"temperature": 0}}, headers=headers).raise_for_status()
        return chat

    def ask_long(self, visitor: Visitor, question: str = LONG) -> Sent:
        """Ask for a long reply; return once some of it is stored."""
        sent = visitor.ask(self.open_chat(visitor), question)
        self.wait_for_text(visitor, sent)
        return sent

    def wait_for_text(self, visitor: Visitor, sent: Sent, characters: int = 60) -> str:
        """Wait until this much of the reply is stored; return its text."""
        return wait_until(lambda: len(text := self.stored(visitor, sent)["text"]) >= characters and text, 30)

    def wait_for_end(self, visitor: Visitor, sent: Sent, seconds: float = 60) -> dict[str, str]:
        """Wait for the reply's end; return it as stored."""
        running = ("queued", "generating")
        return wait_until(
            lambda: (stored := self.stored(visitor, sent))["status"] not in running and stored,
            seconds,
            what=lambda: str(self.stored(visitor, sent)),
        )

    def stop(self, visitor: Visitor, sent: Sent) -> None:
        """Stop the reply without any chat-ui; otherwise the next test's chat-ui would resume it."""
        with self.parts.db_api_client() as db_api:
            headers = {"X-Session-ID": session_of(visitor)}
            db_api.patch(f"/replies/{sent.reply_id}", json={"status": "stopped"}, headers=headers).raise_for_status()

    def busy_slots(self) -> int:
        """Count the model server's slots in use."""
        with self.parts.lm_api_client() as lm_api:
            return sum(slot["is_processing"] for slot in lm_api.get("/slots").raise_for_status().json())

    def stored(self, visitor: Visitor, sent: Sent) -> dict[str, str]:
        """Return the reply as db-api has it, independently of chat-ui."""
        with self.parts.db_api_client() as db_api:
            response = db_api.get(f"/replies/{sent.reply_id}", headers={"X-Session-ID": session_of(visitor)})
            return dict(response.raise_for_status().json())


def url_of(chat_ui: Part) -> str:
    return str(chat_ui.service.ready_url).removesuffix("/health/ready")


def session_of(visitor: Visitor) -> str:
    """The session token inside the signed cookie."""
    cookie = next(value for name, value in visitor.http.cookies.items() if name.startswith("parley-"))
    payload = cookie.split(".")[0]
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
