"""Headers that every answer of `/v1` has, and CORS for scripts of other sites."""

from starlette.datastructures import MutableHeaders
from starlette.middleware.cors import CORSMiddleware
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from chat_ui.web.problems import API

METHODS = ["GET", "HEAD", "POST", "PATCH", "DELETE"]
ANY_HEADER = ["*"]
"""OpenAI's JavaScript client sends a dozen of its own (`x-stainless-…`), and each version some more."""

EXPOSED_HEADERS = [
    "ETag",
    "Location",
    "Retry-After",
    "RateLimit-Limit",
    "RateLimit-Remaining",
    "RateLimit-Reset",
    "X-Request-ID",
]


class CallerHeaders:
    """Adds the headers that authentication leaves in the request's state, to errors too: the caller's limits."""

    def __init__(self, app: ASGIApp) -> None:
        self._app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http" or not scope["path"].startswith(API):
            await self._app(scope, receive, send)
            return
        caller_headers: dict[str, str] = scope.setdefault("state", {}).setdefault("caller_headers", {})

        async def send_with_headers(message: Message) -> None:
            if message["type"] == "http.response.start":
                headers = MutableHeaders(scope=message)
                headers.update(caller_headers)
                headers.setdefault("Cache-Control", "no-store")
            await send(message)

        await self._app(scope, receive, send_with_headers)


class CrossOriginAccess:
    """CORS for `/v1`, with a key and never with the cookie; off without configured origins."""

    def __init__(self, app: ASGIApp, origins: str) -> None:
        allowed = [origin.strip().rstrip("/") for origin in origins.split(",") if origin.strip()]
        self._app = app
        self._open = (
            CORSMiddleware(app, allowed, METHODS, ANY_HEADER, expose_headers=EXPOSED_HEADERS, max_age=3600)
            if allowed
            else app
        )

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        for_program = scope["type"] == "http" and scope["path"].startswith(API)
        await (self._open if for_program else self._app)(scope, receive, send)
