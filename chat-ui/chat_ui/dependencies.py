"""What routes ask for, as names that read like English.

What FastAPI calls is async though it does not wait: plain functions take a trip through the thread pool.
"""

from dataclasses import dataclass
from typing import Annotated

from fastapi import Depends, Request

from chat_ui.clients.chats import ChatsClient
from chat_ui.clients.db_api import DatabaseApi
from chat_ui.clients.keys import KeysClient
from chat_ui.clients.presets import PresetsClient
from chat_ui.clients.sessions import SessionsClient
from chat_ui.errors import SessionUnknown
from chat_ui.services.callers import Callers
from chat_ui.services.conversation import Conversation
from chat_ui.services.model_servers import ModelServers
from chat_ui.services.repeats import Repeats
from chat_ui.services.reply_reader import ReplyReader
from chat_ui.services.reply_writer import ReplyWriter
from chat_ui.services.stateless import StatelessModel
from chat_ui.services.titles import Titles
from chat_ui.services.warming import Warmer
from chat_ui.session import Visitor, read_visitor, read_zone, remember_visitor
from chat_ui.settings import Settings
from chat_ui.templating import Templates


@dataclass(frozen=True)
class Services:
    """All parts of the running app, put together in `main` and by tests."""

    settings: Settings
    templates: Templates
    database: DatabaseApi
    sessions: SessionsClient
    chats: ChatsClient
    keys: KeysClient
    presets: PresetsClient
    callers: Callers
    stateless: StatelessModel
    repeats: Repeats
    writer: ReplyWriter
    reader: ReplyReader
    conversation: Conversation
    model_servers: ModelServers
    warmer: Warmer
    titles: Titles

    def leave(self) -> None:
        """The process is about to end: what it does for others ends, so that they go on elsewhere."""
        self.warmer.stop()
        self.titles.stop()
        self.writer.hand_over()


def services_of(request: Request) -> Services:
    services: Services = request.app.state.services
    return services


async def find_services(request: Request) -> Services:
    return services_of(request)


async def known_visitor(request: Request) -> Visitor:
    """
    Raises:
        SessionUnknown: the browser brings no valid cookie.
    """
    visitor = read_visitor(request)
    if visitor is None:
        raise SessionUnknown
    return visitor


async def maybe_visitor(request: Request) -> Visitor | None:
    return read_visitor(request)


async def visitor_or_guest(request: Request) -> Visitor:
    """The visitor; a browser that comes for the first time becomes a guest."""
    visitor = read_visitor(request)
    if visitor is None:
        session = await services_of(request).sessions.open_guest()
        visitor = Visitor(session.token, session.user.id, read_zone(request))
        remember_visitor(request, visitor)
    return visitor


def is_htmx(request: Request) -> bool:
    """A fragment is wanted, not a page."""
    return request.headers.get("hx-request") == "true"


async def wants_fragment(request: Request) -> bool:
    return is_htmx(request)


App = Annotated[Services, Depends(find_services)]
KnownVisitor = Annotated[Visitor, Depends(known_visitor)]
MaybeVisitor = Annotated[Visitor | None, Depends(maybe_visitor)]
VisitorOrGuest = Annotated[Visitor, Depends(visitor_or_guest)]
WantsFragment = Annotated[bool, Depends(wants_fragment)]
