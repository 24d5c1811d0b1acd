"""The reader's preferences, set for each request."""

from zoneinfo import ZoneInfo

from starlette.datastructures import MutableHeaders
from starlette.requests import HTTPConnection
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from chat_ui.language.reader import LANGUAGE_COOKIE, THEME_COOKIE, Preferences, Theme, choose_language, set_preferences

ZONE_COOKIE = "zone"
"""Set by the page's script (js/components/zone.js); no secret, so it is not signed."""


class ReaderPreferences:
    """Sets `preferences()` for the request, and for the tasks that it starts."""

    def __init__(self, app: ASGIApp) -> None:
        self._app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http" or scope["path"].startswith("/v1/"):
            await self._app(scope, receive, send)
            return
        # Never taken back: each request is a task of its own, and the answer to a bug is written outside of this one.
        set_preferences(read_preferences(HTTPConnection(scope)))

        async def send_with_vary(message: Message) -> None:
            if message["type"] == "http.response.start":
                headers = MutableHeaders(scope=message)
                if headers.get("content-type", "").startswith("text/html"):
                    headers.add_vary_header("Accept-Language")
            await send(message)

        await self._app(scope, receive, send_with_vary)


def read_preferences(connection: HTTPConnection) -> Preferences:
    theme = connection.cookies.get(THEME_COOKIE)
    return Preferences(
        choose_language(connection.cookies.get(LANGUAGE_COOKIE), connection.headers.get("accept-language", "")),
        Theme(theme) if theme in set(Theme) else Theme.AUTOMATIC,
    )


def read_zone(connection: HTTPConnection) -> ZoneInfo:
    """The zone that the browser named, else UTC."""
    try:
        return ZoneInfo(connection.cookies.get(ZONE_COOKIE, "UTC"))
    except (KeyError, ValueError, OSError):  # no such zone, no such name, the name of a folder of zones
        return ZoneInfo("UTC")
