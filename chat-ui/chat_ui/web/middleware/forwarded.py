"""What a trusted proxy says about its client: `X-Forwarded-For`, `-Proto` and `-Host`."""

from starlette.datastructures import Headers
from starlette.types import ASGIApp, Receive, Scope, Send
from uvicorn.middleware.proxy_headers import ProxyHeadersMiddleware

FORWARDED_HOST = "chat_ui.forwarded_host"
"""Key of the scope."""


class ForwardedHeaders:
    """Sets the request's client and scheme by uvicorn's rules, and keeps the host that the client asked for.

    Args:
        trusted: addresses and networks of proxies, separated by commas; `*` trusts all.
    """

    def __init__(self, app: ASGIApp, trusted: str) -> None:
        self._app = app
        self._uvicorns = ProxyHeadersMiddleware(app, trusted)  # type: ignore[arg-type]

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        client = scope.get("client")
        if scope["type"] != "http" or not client or client[0] not in self._uvicorns.trusted_hosts:
            await self._app(scope, receive, send)
            return
        headers = Headers(scope=scope)
        scope[FORWARDED_HOST] = _first(headers.get("x-forwarded-host", ""))
        # A chain of proxies lists a value for each; the first is the client's.
        proto = _first(headers.get("x-forwarded-proto", "")).lower().encode("latin-1")
        others = [header for header in scope["headers"] if header[0] != b"x-forwarded-proto"]
        scope["headers"] = [*others, (b"x-forwarded-proto", proto)] if proto else others
        await self._uvicorns(scope, receive, send)  # type: ignore[arg-type]


def _first(values: str) -> str:
    return values.partition(",")[0].strip()
