"""The reader's preferences, kept in cookies and set for each request."""

from zoneinfo import ZoneInfo

from fastapi import Request
from fastapi.responses import Response
from starlette.datastructures import MutableHeaders
from starlette.requests import HTTPConnection
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from chat_ui.clients.database.instance import InstanceClient
from chat_ui.language.reader import (
    LANGUAGE_COOKIE,
    LANGUAGES,
    THEME_COOKIE,
    Preferences,
    Theme,
    choose_language,
    set_preferences,
)

MAX_AGE_SECONDS = 365 * 24 * 3600
ID_CHARS = 12
"""How much of an instance's id the names of its cookies have."""
INSTANCE = "chat_ui.instance"
"""Key of the scope; missing while the id is unknown."""
ZONE_COOKIE = "zone"
"""Set by the page's script (js/components/time-zone.js); it is not secret, so it is not signed."""


class ReaderPreferences:
    """Sets `preferences()` for the request and for the tasks that it starts."""

    def __init__(self, app: ASGIApp, instance: InstanceClient) -> None:
        self._app = app
        self._instance = instance

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http" or scope["path"].startswith("/v1/"):
            await self._app(scope, receive, send)
            return
        if not scope["path"].startswith("/health") and (instance := await self._instance.id()):
            scope[INSTANCE] = instance.hex[:ID_CHARS]
        # Never reset: each request is its own task, and the answer to a bug is rendered outside this middleware.
        set_preferences(read_preferences(HTTPConnection(scope)))

        async def send_with_vary(message: Message) -> None:
            if message["type"] == "http.response.start":
                headers = MutableHeaders(scope=message)
                if headers.get("content-type", "").startswith("text/html"):
                    headers.add_vary_header("Accept-Language")
            await send(message)

        await self._app(scope, receive, send_with_vary)


def read_preferences(connection: HTTPConnection) -> Preferences:
    theme = read_choice(connection, THEME_COOKIE)
    return Preferences(
        choose_language(read_choice(connection, LANGUAGE_COOKIE), connection.headers.get("accept-language", "")),
        Theme(theme) if theme in set(Theme) else Theme.AUTOMATIC,
    )


def read_choice(connection: HTTPConnection, name: str) -> str | None:
    """The cookie of this instance, else the one that all instances on a host shared before."""
    return connection.cookies.get(_own(connection, name)) or connection.cookies.get(name)


def _own(connection: HTTPConnection, name: str) -> str:
    instance = connection.scope.get(INSTANCE)
    return f"{name}-{instance}" if instance else name


def save_preferences(request: Request, response: Response, language: str, theme: str) -> None:
    """Keep the choices in the browser's cookies; an unknown value removes its cookie."""
    choices = {
        LANGUAGE_COOKIE: language if language in LANGUAGES else "",
        THEME_COOKIE: theme if theme in set(Theme) else "",
    }
    for name, value in choices.items():
        for cookie, kept in {name: "", _own(request, name): value}.items():
            if kept or cookie in request.cookies:
                response.set_cookie(
                    cookie,
                    kept,
                    MAX_AGE_SECONDS if kept else 0,
                    samesite="lax",
                    secure=request.url.scheme == "https",
                    httponly=True,
                )


def read_zone(connection: HTTPConnection) -> ZoneInfo:
    """The time zone that the browser named, else UTC."""
    try:
        return ZoneInfo(connection.cookies.get(ZONE_COOKIE, "UTC"))
    except (KeyError, ValueError, OSError):  # an unknown zone, a malformed name, the name of a folder of zones
        return ZoneInfo("UTC")
