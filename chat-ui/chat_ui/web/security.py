"""What guards every answer and every write: security headers, and cross-site writes refused."""

from urllib.parse import urlsplit

from starlette.datastructures import Headers
from starlette.responses import PlainTextResponse
from starlette.types import ASGIApp, Message, Receive, Scope, Send

MAX_BODY_BYTES = 256 * 1024
"""As nginx in front: without nginx (`make run`) this is the only bound."""

CONTENT_SECURITY_POLICY = "; ".join(
    [
        "default-src 'none'",
        "script-src 'self'",
        "style-src 'self'",
        "img-src 'self' data:",
        "font-src 'self'",
        "connect-src 'self'",
        "frame-src 'self'",
        "manifest-src 'self'",
        "form-action 'self'",
        "base-uri 'none'",
        "frame-ancestors 'self'",
    ]
)
"""`frame-ancestors 'self'`: the page without JavaScript shows the growing reply in a frame of its own."""

HEADERS = {
    "Content-Security-Policy": CONTENT_SECURITY_POLICY,
    "Cross-Origin-Opener-Policy": "same-origin",
    "Cross-Origin-Resource-Policy": "same-origin",
    "Permissions-Policy": "camera=(), geolocation=(), microphone=(), payment=()",
    "Referrer-Policy": "same-origin",
    "X-Content-Type-Options": "nosniff",
    "X-Frame-Options": "SAMEORIGIN",
}

RAW_HEADERS = [(name.lower().encode(), value.encode()) for name, value in HEADERS.items()]

SAFE_METHODS = frozenset({"GET", "HEAD", "OPTIONS"})


class SecurityHeaders:
    def __init__(self, app: ASGIApp) -> None:
        self._app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        async def send_with_headers(message: Message) -> None:
            if message["type"] == "http.response.start":
                there = dict(message["headers"])
                message["headers"] = [*message["headers"], *(h for h in RAW_HEADERS if h[0] not in there)]
            await send(message)

        await self._app(scope, receive, send_with_headers)


class CrossSiteWrites:
    """Refuses writes that another site's page started; `Sec-Fetch-Site` and `Origin` cannot be set by a page.

    Programs send neither and carry no cookie of a browser, so they pass.
    """

    def __init__(self, app: ASGIApp) -> None:
        self._app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] == "http" and scope["method"] not in SAFE_METHODS and _is_forged(scope):
            refusal = PlainTextResponse("This form was sent from another site, so it was refused.", 403)
            await refusal(scope, receive, send)
            return
        await self._app(scope, receive, send)


def _is_forged(scope: Scope) -> bool:
    headers = Headers(scope=scope)
    # A bearer's key is no cookie: no page can make a browser add it. What comes to /v1 without one is judged there.
    return not scope["path"].startswith("/v1/") and from_elsewhere(headers)


def from_elsewhere(headers: Headers) -> bool:
    if headers.get("sec-fetch-site", "same-origin") not in ("same-origin", "none"):
        return True
    origin = headers.get("origin")
    return origin is not None and urlsplit(origin).netloc != headers.get("host")
