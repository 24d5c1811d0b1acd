"""Security headers on every answer, and a refusal of cross-site writes."""

from starlette.datastructures import Headers
from starlette.responses import PlainTextResponse
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from chat_ui.models.authorities import PublicAddress, read_authority, read_origin
from chat_ui.web.middleware.forwarded import FORWARDED_HOST

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
OVER_TLS = (b"strict-transport-security", b"max-age=31536000")

SAFE_METHODS = frozenset({"GET", "HEAD", "OPTIONS"})


class SecurityHeaders:
    def __init__(self, app: ASGIApp) -> None:
        self._app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        async def send_with_headers(message: Message) -> None:
            if message["type"] == "http.response.start":
                present = dict(message["headers"])
                ours = [*RAW_HEADERS, OVER_TLS] if scope.get("scheme") == "https" else RAW_HEADERS
                message["headers"] = [*message["headers"], *(h for h in ours if h[0] not in present)]
            await send(message)

        await self._app(scope, receive, send_with_headers)


class CrossSiteWrites:
    """Refuses writes that another site's page started; a page cannot forge `Sec-Fetch-Site` and `Origin`.

    Programs send neither header and no browser's cookie, so they pass.
    """

    def __init__(self, app: ASGIApp, public: PublicAddress) -> None:
        self._app = app
        self._public = public

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        # A page cannot make a browser send an API key. `v1/authentication` judges requests with only the cookie.
        is_write = scope["type"] == "http" and scope["method"] not in SAFE_METHODS
        if is_write and not scope["path"].startswith("/v1/") and is_cross_site(scope, self._public):
            refusal = PlainTextResponse(
                "This form was refused because another site sent it. Open Parley and try again there.", 403
            )
            await refusal(scope, receive, send)
            return
        await self._app(scope, receive, send)


def is_cross_site(scope: Scope, public: PublicAddress) -> bool:
    """Whether a page of another origin started the request, by Fetch Metadata, else by `Origin`.

    Browsers send Fetch Metadata only over TLS and to localhost. An unreadable `Origin` is foreign.
    """
    headers = Headers(scope=scope)
    if site := headers.get("sec-fetch-site"):
        return site.strip().lower() not in ("same-origin", "none")
    origin = headers.get("origin")
    return origin is not None and not _is_own(origin, headers.get("host", ""), scope.get(FORWARDED_HOST, ""), public)


def _is_own(text: str, host: str, forwarded_host: str, public: PublicAddress) -> bool:
    origin = read_origin(text)
    if origin is None:
        return False
    authority, default_port = origin
    named = [read_authority(name) for name in (host, forwarded_host)]
    return authority == public.authority or authority in [one.with_default(default_port) for one in named if one]
