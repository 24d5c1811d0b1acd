"""The dependencies of routes, as type aliases.

Each function is `async` though it awaits nothing: FastAPI runs plain functions in its thread pool, which takes longer.
"""

from dataclasses import dataclass
from typing import Annotated

from fastapi import Depends, Request

from chat_ui.clients.database.api import DatabaseApi
from chat_ui.clients.database.chats import ChatsClient
from chat_ui.clients.database.instance import InstanceClient
from chat_ui.clients.database.keys import KeysClient
from chat_ui.clients.database.presets import PresetsClient
from chat_ui.clients.database.sessions import SessionsClient
from chat_ui.errors import DatabaseUnavailable, SessionUnknown
from chat_ui.models.people import Visitor
from chat_ui.services.access.authentication import Authentication
from chat_ui.services.access.idempotency import IdempotentRequests
from chat_ui.services.access.network_limits import NetworkLimits
from chat_ui.services.access.rate_limits import RateLimits
from chat_ui.services.model.prefill import Prefiller
from chat_ui.services.model.servers import ModelServers
from chat_ui.services.model.titles import Titles
from chat_ui.services.openai.proxy import OpenAIProxy
from chat_ui.services.replies.conversations import Conversations
from chat_ui.services.replies.requests import ReplyRequests
from chat_ui.services.replies.watcher import ReplyWatcher
from chat_ui.services.replies.writer import ReplyWriter
from chat_ui.settings import Settings
from chat_ui.web.networks import network_of
from chat_ui.web.places import Places
from chat_ui.web.preferences import read_zone
from chat_ui.web.rendering.templating import Templates
from chat_ui.web.session import earlier_visitors, read_visitor, remember_visitor


@dataclass(frozen=True)
class Services:
    """All parts of the running app, assembled in `main`."""

    settings: Settings
    templates: Templates
    database: DatabaseApi
    sessions: SessionsClient
    instance: InstanceClient
    places: Places
    chats: ChatsClient
    keys: KeysClient
    presets: PresetsClient
    authentication: Authentication
    rate_limits: RateLimits
    network_limits: NetworkLimits
    openai: OpenAIProxy
    idempotency: IdempotentRequests
    writer: ReplyWriter
    watcher: ReplyWatcher
    reply_requests: ReplyRequests
    conversations: Conversations
    model_servers: ModelServers
    prefiller: Prefiller
    titles: Titles

    def hand_over(self) -> None:
        """Stop all background work before the process ends; another process resumes the replies."""
        self.prefiller.stop()
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
        SessionUnknown: the browser sent no valid cookie.
    """
    visitor = read_visitor(request)
    if visitor is None:
        raise SessionUnknown
    return visitor


async def maybe_visitor(request: Request) -> Visitor | None:
    """The visitor, if db-api knows the session of the browser's cookie."""
    visitor = read_visitor(request)
    if visitor and await _is_known(request, visitor):
        return visitor
    return await restore_visitor(request)


async def _is_known(request: Request, visitor: Visitor) -> bool:
    """Without the database, the cookie counts: the route then says what is missing and keeps what was typed."""
    try:
        return await services_of(request).sessions.is_known(visitor.session)
    except DatabaseUnavailable:
        return True


async def visitor_or_guest(request: Request) -> Visitor:
    """The visitor; a new browser becomes a guest."""
    if visitor := await maybe_visitor(request):
        return visitor
    app = services_of(request)
    network = network_of(request)
    app.network_limits.count_guest(network)
    session = await app.sessions.open_guest()
    visitor = Visitor(session.token, session.user.id, read_zone(request), network=network)
    remember_visitor(request, visitor)
    return visitor


async def restore_visitor(request: Request) -> Visitor | None:
    """Make the browser the visitor again that it was before, if db-api knows that session.

    The cookie outlives the database: one that is empty or was restored may not know the session now, and know it later.
    """
    for visitor in earlier_visitors(request):
        if await services_of(request).sessions.is_known(visitor.session):
            remember_visitor(request, visitor)
            return visitor
    return None


async def count_request(request: Request) -> None:
    """
    Raises:
        TooManyRequests: too many came from this network.
    """
    if not request.url.path.startswith("/health"):
        services_of(request).network_limits.count_request(network_of(request))


def is_htmx(request: Request) -> bool:
    """htmx sent the request: the answer is a fragment, not a page."""
    return request.headers.get("hx-request") == "true"


async def wants_fragment(request: Request) -> bool:
    return is_htmx(request)


App = Annotated[Services, Depends(find_services)]
KnownVisitor = Annotated[Visitor, Depends(known_visitor)]
MaybeVisitor = Annotated[Visitor | None, Depends(maybe_visitor)]
VisitorOrGuest = Annotated[Visitor, Depends(visitor_or_guest)]
WantsFragment = Annotated[bool, Depends(wants_fragment)]
