"""A whole system through nginx, and its users: an ordinary one with time budgets, and hostile ones.

nginx trusts the tests as a proxy, so that each user comes from an address of its own.
"""

import time
import uuid
from collections.abc import Iterable, Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, field
from pathlib import Path

import httpx
import psutil
from parley_local.nginx import find_nginx
from parley_local.ports import LOOPBACK, free_port

from tests.faults.conftest import session_of
from tests.support.drivers.chat_ui import Visitor, visiting
from tests.support.running.database import place_for_postgres
from tests.support.running.parts import Part, Parts, running_parts
from tests.support.running.provision import not_here
from tests.support.running.waiting import wait_until

PAGE_SECONDS = 5
REPLY_SECONDS = 20
"""What an ordinary user waits at most, on a slow and busy machine."""

ORDINARY = "198.51.100.7"
HOSTILE = "203.0.113.{}"
"""Another address for each act, so that none is judged by what an earlier one left."""


@dataclass
class OpenSystem:
    """A system on an open port."""

    parts: Parts
    url: str
    chat_ui: Part
    nginx: Part
    ending: ExitStack

    def visitor(self, address: str) -> Visitor:
        """A browser at this address, without a cookie."""
        visitor = self.ending.enter_context(visiting(self.url))
        visitor.http.headers["X-Forwarded-For"] = address
        return visitor

    def program(self, address: str) -> httpx.Client:
        """A program with the key of a new guest."""
        with self.parts.db_api_client() as db_api:
            session = db_api.post("/sessions", json={}).raise_for_status().json()["token"]
            wanted = {"name": "program", "scopes": ["read", "chat"]}
            headers = {"X-Session-ID": session}
            key = db_api.post("/keys", json=wanted, headers=headers).raise_for_status().json()["key"]
        headers = {"Authorization": f"Bearer {key}", "X-Forwarded-For": address}
        client = httpx.Client(base_url=self.url, headers=headers, timeout=60, trust_env=False)
        return self.ending.enter_context(client)

    def memory(self) -> int:
        """Bytes that chat-ui has resident."""
        return int(psutil.Process(self.chat_ui.process.pid).memory_info().rss)

    def peak_memory(self) -> int:
        """Bytes that chat-ui ever had resident."""
        status = Path(f"/proc/{self.chat_ui.process.pid}/status").read_text()
        return int(status.partition("VmHWM:")[2].split()[0]) * 1024

    def log(self) -> str:
        parts = (self.chat_ui, self.parts.db_api, self.nginx)
        return "\n".join(part.log for part in parts)


@dataclass
class OrdinaryUser:
    """Uses Parley as anybody does, and fails if it takes longer than the budgets."""

    visitor: Visitor
    chat: str = ""
    pages: list[float] = field(default_factory=list)
    replies: list[float] = field(default_factory=list)

    def start_chat(self) -> None:
        self.chat = self.visitor.open_chat(None)
        self.pages.clear()
        self.replies.clear()

    def use(self) -> None:
        """Open the home page and the chat, ask, and read the whole answer."""
        begin = time.monotonic()
        for page in ("/", self.chat):
            assert self.visitor.http.get(page).status_code == 200
        self.pages.append(time.monotonic() - begin)
        begin = time.monotonic()
        reply = self.visitor.ask_and_wait(self.chat, "What is the capital of France?")
        self.replies.append(time.monotonic() - begin)
        assert reply.attributes["data-status"] == "complete"
        assert reply.css_first(".text").text(strip=True)
        assert self.pages[-1] < PAGE_SECONDS, f"pages took {self.pages}"
        assert self.replies[-1] < REPLY_SECONDS, f"replies took {self.replies}"


def store_replies(parts: Parts, visitor: Visitor, chat: str, turns: Iterable[tuple[str, str]]) -> None:
    """Store questions and texts as if the model had written these texts."""
    writer = {"X-Lease-ID": str(uuid.uuid4())}
    asking = writer | {"X-Session-ID": session_of(visitor)}
    with parts.db_api_client() as db_api:
        for question, text in turns:
            body = {"content": question, "client_token": str(uuid.uuid4())}
            turn = db_api.post(f"{chat}/messages", json=body, headers=asking).raise_for_status().json()
            end = {"status": "complete", "content": text, "finish_reason": "stop"}
            db_api.patch(f"/replies/{turn['reply']['id']}", json=end, headers=writer).raise_for_status()


@contextmanager
def open_system(**settings: str) -> Iterator[OpenSystem]:
    """Run the system with the demo model at full speed."""
    nginx = find_nginx() or not_here("nginx")
    with (
        place_for_postgres() as folder,
        running_parts(folder, **{"LM_THREADS": "1", "MAX_REPLY_TOKENS": "512"} | settings) as parts,
        ExitStack() as ending,
    ):
        port, upstream = free_port(), free_port()
        chat_ui = Part(parts.services.chat_ui(LOOPBACK, upstream, behind_proxy=True), folder / "chat-ui.log")
        service = nginx.service(folder / "nginx", LOOPBACK, port, upstream_port=upstream, environment=settings)
        front = Part(service, folder / "nginx.log")
        for part in (chat_ui, front):
            ending.callback(part.close)
            part.start()
        yield OpenSystem(parts, f"http://{LOOPBACK}:{port}", chat_ui, front, ending)


def is_ready(system: OpenSystem) -> None:
    """Wait until `/health` reports that nothing is missing."""
    with httpx.Client(base_url=system.url, trust_env=False) as client:
        wait_until(
            lambda: client.get("/health").json()["status"] == "ready",
            REPLY_SECONDS,
            lambda: client.get("/health").text,
            poll_seconds=0.5,
        )
