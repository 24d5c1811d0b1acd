"""Security headers on every answer, and a refusal of cross-site writes."""

from urllib.parse import urlsplit

from starlette.datastructures import Headers
from starlette.responses import PlainTextResponse
from starlette.types import ASGIApp, Message, Receive, Scope, Send

MAX_BODY_BYTES = 256 * 1024
"""The same limit as nginx has; without nginx (`make run`) it is the only one."""

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
"""`frame-ancestors 'self'`: the page without JavaScript shows the growing reply in a frame."""

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
                present = dict(message["headers"])
                message["headers"] = [*message["headers"], *(h for h in RAW_HEADERS if h[0] not in present)]
            await send(message)

        await self._app(scope, receive, send_with_headers)


class CrossSiteWrites:
    """Refuses writes that another site's page started; a page cannot forge `Sec-Fetch-Site` and `Origin`.

    Programs send neither header and no browser's cookie, so they pass.
    """

    def __init__(self, app: ASGIApp) -> None:
        self._app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] == "http" and scope["method"] not in SAFE_METHODS and _is_forged(scope):
            refusal = PlainTextResponse(
                "This form was refused because another site sent it. Open Parley and try again there.", 403
            )
            await refusal(scope, receive, send)
            return
        await self._app(scope, receive, send)


def _is_forged(scope: Scope) -> bool:
    headers = Headers(scope=scope)
    # A page cannot make a browser send an API key. `v1/authentication` judges requests with only the cookie.
    return not scope["path"].startswith("/v1/") and is_cross_site(headers)


def is_cross_site(headers: Headers) -> bool:
    if headers.get("sec-fetch-site", "same-origin") not in ("same-origin", "none"):
        return True
    origin = headers.get("origin")
    return origin is not None and urlsplit(origin).netloc != headers.get("host")
