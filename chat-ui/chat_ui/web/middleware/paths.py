"""Paths as clients write them: below a prefix, or with a slash at the end."""

from starlette.datastructures import MutableHeaders
from starlette.types import ASGIApp, Message, Receive, Scope, Send

ADDRESS_HEADERS = ("Location", "HX-Redirect")


class Paths:
    """Removes the prefix of `PARLEY_URL` and a slash at the end from the path, and adds the prefix to redirects.

    A proxy in front may have removed the prefix already; both ways work. Redirects name a path only, because a proxy
    may hide the scheme, the host and the port that the client used.
    """

    def __init__(self, app: ASGIApp, prefix: str) -> None:
        self._app = app
        self._prefix = prefix

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return
        path = self._inner(scope["path"])
        scope = {
            **scope,
            "path": path,
            "raw_path": self._inner(scope.get("raw_path", b"").decode("latin-1")).encode("latin-1"),
        }

        async def send_with_prefix(message: Message) -> None:
            if message["type"] == "http.response.start" and self._prefix:
                headers = MutableHeaders(scope=message)
                for name in ADDRESS_HEADERS:
                    address = headers.get(name, "")
                    if address.startswith("/") and not address.startswith("//"):
                        headers[name] = self._prefix + address
            await send(message)

        await self._app(scope, receive, send_with_prefix)

    def _inner(self, path: str) -> str:
        if self._prefix and (path == self._prefix or path.startswith(f"{self._prefix}/")):
            path = path[len(self._prefix) :]
        return path.rstrip("/") or "/"
