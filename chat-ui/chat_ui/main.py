"""Assembles chat-ui. `uvicorn --factory chat_ui.main:production_app` serves it."""

import asyncio
import gc
import signal
import threading
from collections.abc import AsyncIterator, Callable, Iterator
from contextlib import AsyncExitStack, asynccontextmanager, contextmanager
from importlib.metadata import version
from types import FrameType

from asgi_correlation_id import CorrelationIdMiddleware
from fastapi import Depends, FastAPI

from chat_ui.clients.database.api import DatabaseApi
from chat_ui.clients.database.chats import ChatsClient
from chat_ui.clients.database.connection import DatabaseConnection
from chat_ui.clients.database.idempotency_keys import IdempotencyKeysClient
from chat_ui.clients.database.instance import InstanceClient
from chat_ui.clients.database.keys import KeysClient
from chat_ui.clients.database.presets import PresetsClient
from chat_ui.clients.database.replies import RepliesClient
from chat_ui.clients.database.sessions import SessionsClient
from chat_ui.clients.database.usage import UsageClient
from chat_ui.clients.model.connection import ModelConnection
from chat_ui.clients.model.language_model import LanguageModelClient
from chat_ui.log import configure_logging
from chat_ui.routes import health, pages, v1
from chat_ui.services.access.authentication import Authentication
from chat_ui.services.access.idempotency import IdempotentRequests
from chat_ui.services.access.identity_tokens import ConfiguredKeys, FetchedKeys, IdentityTokens, ProviderKeys
from chat_ui.services.access.network_limits import NetworkLimits
from chat_ui.services.access.rate_limits import configured_limits
from chat_ui.services.model.prefill import Prefiller
from chat_ui.services.model.queue import FairQueue
from chat_ui.services.model.servers import ModelServers
from chat_ui.services.model.titles import Titles
from chat_ui.services.model.token_counter import TokenCounter
from chat_ui.services.openai.proxy import OpenAIProxy
from chat_ui.services.replies.conversations import Conversations
from chat_ui.services.replies.generator import Generator
from chat_ui.services.replies.requests import ReplyRequests
from chat_ui.services.replies.watcher import ReplyWatcher
from chat_ui.services.replies.writer import ReplyWriter
from chat_ui.settings import Settings, load_settings
from chat_ui.watchdog import watchdog
from chat_ui.web.dependencies import Services, count_request
from chat_ui.web.error_handlers import add_error_handlers, answer_bug, answer_error
from chat_ui.web.middleware.forwarded import ForwardedHeaders
from chat_ui.web.middleware.head_requests import HeadRequests
from chat_ui.web.middleware.hosts import Hosts, KnownHosts
from chat_ui.web.middleware.internal_errors import InternalErrors
from chat_ui.web.middleware.paths import Paths
from chat_ui.web.middleware.text_check import TextCheck
from chat_ui.web.places import Places
from chat_ui.web.preferences import ReaderPreferences
from chat_ui.web.rendering.static_files import VersionedFiles
from chat_ui.web.rendering.templating import Templates
from chat_ui.web.security import CrossSiteWrites, SecurityHeaders
from chat_ui.web.session import SessionCookie
from chat_ui.web.v1.headers import CallerHeaders, CrossOriginAccess
from chat_ui.web.v1.openapi_document import DESCRIPTION, TAGS


def production_app() -> FastAPI:
    settings = load_settings()
    configure_logging(settings.log_format)
    db_api = DatabaseConnection(settings.db_api_url, settings.db_api_token.get_secret_value())
    key = settings.lm_api_key.get_secret_value()
    model_servers = ModelServers(settings.lm_api_urls, lambda url: LanguageModelClient(ModelConnection(url, key)))
    app = create_app(settings, db_api, model_servers, watched=True)
    _freeze_start_up_objects()
    return app


def create_app(
    settings: Settings, db_api: DatabaseConnection, model_servers: ModelServers, *, watched: bool = False
) -> FastAPI:
    """The app over these services, whose connections it closes when it stops."""
    services = _services(settings, db_api, model_servers)

    @asynccontextmanager
    async def lifespan(_: FastAPI) -> AsyncIterator[None]:
        services.writer.open()
        async with AsyncExitStack() as running:
            if watched:
                await running.enter_async_context(watchdog(lambda: services.writer.queue.is_stuck))
            running.enter_context(_at_sigterm(services.hand_over))
            yield
        await services.writer.close()
        await db_api.close()
        await model_servers.close()

    app = FastAPI(
        title="Parley",
        version=version("chat-ui"),
        description=DESCRIPTION,
        openapi_tags=TAGS,
        lifespan=lifespan,
        generate_unique_id_function=lambda route: route.name,
        dependencies=[Depends(count_request)],
        openapi_url=None,  # served by routes/v1/openapi.py
        max_body_size=settings.max_body_kilobytes * 1024,
        redirect_slashes=False,  # web/middleware/paths.py: Starlette would redirect to the address that a proxy hides
        telemetry={"tracing": False, "metrics": False, "logs": False},
    )
    app.state.services = services
    for router in (*pages.routers, health.router):
        app.include_router(router, include_in_schema=False)
    for router in v1.routers:
        app.include_router(router)
    app.mount("/static", VersionedFiles(), "static")
    add_error_handlers(app)
    public = settings.public
    app.add_middleware(TextCheck, refuse=answer_error, max_bytes=settings.max_body_kilobytes * 1024)
    app.add_middleware(InternalErrors, answer=answer_bug)
    app.add_middleware(
        SessionCookie, secrets=settings.session_secrets, instance=services.instance, prefix=public.prefix
    )
    app.add_middleware(CrossSiteWrites, public=public)
    app.add_middleware(CallerHeaders)
    app.add_middleware(CrossOriginAccess, origins=settings.cors_origins)
    app.add_middleware(KnownHosts, hosts=Hosts(settings.parley_hosts, public.host, settings.parley_bind))
    app.add_middleware(SecurityHeaders)
    app.add_middleware(ReaderPreferences, instance=services.instance)
    app.add_middleware(Paths, prefix=public.prefix)
    app.add_middleware(HeadRequests)
    app.add_middleware(InternalErrors, answer=answer_bug)
    app.add_middleware(ForwardedHeaders, trusted=settings.forwarded_allow_ips)
    app.add_middleware(CorrelationIdMiddleware)
    return app


def _freeze_start_up_objects() -> None:
    """Start-up objects live as long as the process and pages leave few cycles, so collect rarely (`bench pages`)."""
    gc.collect()
    gc.freeze()
    gc.set_threshold(10_000)


def _services(settings: Settings, db_api: DatabaseConnection, model_servers: ModelServers) -> Services:
    database = DatabaseApi(db_api)
    chats, replies = ChatsClient(database), RepliesClient(database)
    generator = Generator(model_servers, patience=settings.lm_patience, max_reply_tokens=settings.max_reply_tokens)
    queue = FairQueue(per_user=settings.max_replies_per_user, capacity=settings.max_queued)
    sessions, usage = SessionsClient(database), UsageClient(database)
    token_counter = TokenCounter(usage)
    limits, network_limits = configured_limits(settings), NetworkLimits(settings)
    writer = ReplyWriter(replies, generator, queue, token_counter)
    watcher = ReplyWatcher(replies, writer)
    reply_requests = ReplyRequests(chats, replies, writer, network_limits, max_message_chars=settings.max_message_chars)
    return Services(
        settings=settings,
        templates=Templates(settings.public.prefix),
        database=database,
        sessions=sessions,
        instance=InstanceClient(database),
        places=Places(),
        chats=chats,
        keys=KeysClient(database),
        presets=PresetsClient(database),
        authentication=Authentication(usage, sessions, _identity_tokens(settings), limits),
        rate_limits=limits,
        network_limits=network_limits,
        openai=OpenAIProxy(model_servers, queue, token_counter, network_limits),
        idempotency=IdempotentRequests(IdempotencyKeysClient(database)),
        writer=writer,
        watcher=watcher,
        reply_requests=reply_requests,
        conversations=Conversations(
            chats, reply_requests, watcher, writer, network_limits, max_message_chars=settings.max_message_chars
        ),
        model_servers=model_servers,
        prefiller=Prefiller(
            model_servers,
            queue,
            max_reply_tokens=settings.max_reply_tokens,
            max_message_chars=settings.max_message_chars,
        ),
        titles=Titles(chats, model_servers, queue, max_reply_tokens=settings.max_reply_tokens),
    )


def _identity_tokens(settings: Settings) -> IdentityTokens:
    return IdentityTokens(
        secret=settings.jwt_secret.get_secret_value() if settings.jwt_secret else None,
        keys=_provider_keys(settings),
        issuer=settings.jwt_issuer,
        audience=settings.jwt_audience,
    )


def _provider_keys(settings: Settings) -> ProviderKeys | None:
    if settings.jwt_jwks:
        return ConfiguredKeys(settings.jwt_jwks)
    return FetchedKeys(settings.jwt_jwks_url) if settings.jwt_jwks_url else None


@contextmanager
def _at_sigterm(act: Callable[[], None]) -> Iterator[None]:
    """Act at once on SIGTERM: the server waits for open streams first, and they would not end by themselves."""
    if threading.current_thread() is not threading.main_thread():
        yield
        return
    loop, earlier = asyncio.get_running_loop(), signal.getsignal(signal.SIGTERM)

    def on_signal(number: int, frame: FrameType | None) -> None:
        loop.call_soon_threadsafe(act)
        if callable(earlier):
            earlier(number, frame)

    signal.signal(signal.SIGTERM, on_signal)
    try:
        yield
    finally:
        signal.signal(signal.SIGTERM, earlier)
