"""A real chat-ui over fake or real services, and a person who uses its forms."""

import re
import time
import uuid
from collections.abc import Iterator, Sequence
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from typing import NamedTuple

import httpx
from chat_ui.clients.database.connection import DatabaseConnection
from chat_ui.clients.model.connection import ModelConnection
from chat_ui.clients.model.language_model import LanguageModelClient
from chat_ui.main import create_app
from chat_ui.services.model.servers import ModelServers
from chat_ui.settings import Settings

from tests.support.drivers.html import Element, parse_html
from tests.support.fakes.fake_db_api import FakeDatabase, fake_db_api
from tests.support.fakes.fake_db_api.database import INSTANCE
from tests.support.fakes.fake_model import FakeModel, fake_model_server
from tests.support.running.model_server import ModelServer
from tests.support.running.serving import serving

HTMX = {"HX-Request": "true"}
COOKIE = f"parley-{INSTANCE.replace('-', '')[:12]}"
"""The session's cookie before the fake db-api."""


def make_settings(**changes: object) -> Settings:
    secrets = {"db_api_token": "t" * 16, "lm_api_key": "k" * 16, "session_secret": "s" * 32}
    return Settings.model_validate(secrets | changes)


@contextmanager
def running_chat_ui(settings: Settings, db_api: str, lm_api: str) -> Iterator[str]:
    """Run chat-ui on a free port, as a client of the services at these URLs."""
    key = settings.lm_api_key.get_secret_value()
    app = create_app(
        settings,
        DatabaseConnection(db_api, settings.db_api_token.get_secret_value()),
        ModelServers(lm_api.split(","), lambda url: LanguageModelClient(ModelConnection(url, key, silent_seconds=10))),
    )
    with serving(app) as url:
        yield url


@dataclass
class World:
    """chat-ui over a database in memory."""

    db: FakeDatabase
    url: str
    people: ExitStack

    def visitor(self) -> "Visitor":
        return self.people.enter_context(visiting(self.url))


@dataclass
class FakeWorld(World):
    """chat-ui over a database and a model in memory."""

    model: FakeModel


class FakeServices:
    """The fakes behind chat-ui, served once for many worlds; each world starts with empty data."""

    def __init__(self, db_api: str, db: FakeDatabase, lm_api: str, model: FakeModel) -> None:
        self._db_api, self._db, self._lm_api, self._model = db_api, db, lm_api, model

    @contextmanager
    def world(self, *, more_model_servers: Sequence[str] = (), **settings: object) -> Iterator[FakeWorld]:
        """Run a chat-ui with these settings."""
        lm_api = ",".join((self._lm_api, *more_model_servers))
        vars(self._db).update(vars(FakeDatabase()))
        vars(self._model).update(vars(FakeModel()))
        with running_chat_ui(make_settings(**settings), self._db_api, lm_api) as url, ExitStack() as people:
            yield FakeWorld(self._db, url, people, self._model)


@contextmanager
def world_before(model_server: ModelServer, **settings: object) -> Iterator[World]:
    """Run a chat-ui over this real model server."""
    db, settings = FakeDatabase(), settings | {"lm_api_key": model_server.api_key}
    with (
        serving(fake_db_api(db)) as db_api,
        running_chat_ui(make_settings(**settings), db_api, model_server.base_url) as url,
        ExitStack() as people,
    ):
        yield World(db, url, people)


@contextmanager
def fake_services() -> Iterator[FakeServices]:
    db, model = FakeDatabase(), FakeModel()
    with serving(fake_db_api(db)) as db_api, serving(fake_model_server(model)) as lm_api:
        yield FakeServices(db_api, db, lm_api, model)


@contextmanager
def fake_world(*, more_model_servers: Sequence[str] = (), **settings: object) -> Iterator[FakeWorld]:
    """A world with its own services, to run beside another one."""
    with fake_services() as services, services.world(more_model_servers=more_model_servers, **settings) as world:
        yield world


@contextmanager
def visiting(url: str) -> Iterator["Visitor"]:
    with httpx.Client(base_url=url, timeout=20, trust_env=False, follow_redirects=True) as http:
        yield Visitor(http)


class Event(NamedTuple):
    name: str
    data: str


@dataclass(frozen=True)
class Sent:
    chat: str
    reply_id: str

    @property
    def address(self) -> str:
        return f"{self.chat}/replies/{self.reply_id}"


class Visitor:
    """A person with a browser that keeps its cookie."""

    def __init__(self, http: httpx.Client) -> None:
        self.http = http

    def open_chat(self, name: str | None = "Anna") -> str:
        """Return the path of the chat with this name."""
        response = self.http.post("/chats", data={"name": name} if name else {})
        assert response.status_code == 200, response.text
        return response.url.path

    def page(self, path: str) -> Element:
        return parse_html(self.http.get(path).text)

    def send(self, chat: str, content: str, token: str | None = None, *, htmx: bool = True) -> httpx.Response:
        data = {"content": content, "client_token": token or str(uuid.uuid4())}
        return self.http.post(f"{chat}/messages", data=data, headers=HTMX if htmx else {})

    def ask(self, chat: str, content: str) -> Sent:
        """Send a message as the page does with scripts; the reply has started."""
        response = self.send(chat, content)
        assert response.status_code == 200, response.text
        found = re.search(r"/replies/([0-9a-f-]{36})/events", response.text)
        assert found, response.text
        return Sent(chat, found[1])

    def events(self, sent: Sent) -> list[Event]:
        """Return all events until the stream ends."""
        with self.http.stream("GET", f"{sent.address}/events", headers=HTMX) as response:
            assert response.headers["content-type"].startswith("text/event-stream"), response.read()
            return read_events(response.iter_lines())

    def watch(self, sent: Sent, seconds: float = 60) -> list[str]:
        """Reconnect as the page does until the reply ends; return the data of the last connection's events."""
        deadline = time.monotonic() + seconds
        while time.monotonic() < deadline:
            try:
                events = self.events(sent)
            except httpx.TransportError:
                continue
            if events and events[-1].name == "end":
                return [event.data for event in events[:-1]]
        raise AssertionError("the reply did not end")

    def ask_and_wait(self, chat: str, content: str) -> Element:
        """Return the finished reply as the page shows it."""
        self.events(self.ask(chat, content))
        return self.last_reply(chat)

    def last_reply(self, chat: str) -> Element:
        return self.page(chat).css("article[data-role=assistant]")[-1]


def read_events(lines: Iterator[str]) -> list[Event]:
    """Parse server-sent events; comments are left out."""
    events, name, data = [], "message", list[str]()
    for line in lines:
        field, _, value = line.partition(": ")
        if field == "event":
            name = value
        elif field == "data":
            data.append(value)
        elif not line and data:
            events.append(Event(name, "\n".join(data)))
            name, data = "message", []
    return events
