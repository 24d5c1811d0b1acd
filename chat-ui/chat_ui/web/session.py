"""The browser's signed cookie, which names its session in db-api.

It is always `HttpOnly` and `SameSite=Lax`, and `Secure` when the request came over TLS (nginx sets X-Forwarded-Proto).
Its name ends in the instance's id: browsers send the cookies of a host to all its ports, so another Parley beside this
one reads and writes another cookie.
"""

import json
from base64 import b64decode, b64encode
from collections.abc import Mapping, Sequence
from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import UUID

from fastapi import Request
from itsdangerous import BadSignature, TimestampSigner
from pydantic import TypeAdapter, ValidationError
from starlette.datastructures import MutableHeaders
from starlette.middleware.sessions import Session
from starlette.requests import HTTPConnection
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from chat_ui.clients.database.instance import InstanceClient
from chat_ui.models.people import Visitor
from chat_ui.web.networks import network_of
from chat_ui.web.preferences import ID_CHARS, MAX_AGE_SECONDS, read_zone

LEGACY_COOKIE = "parley"
"""The name of every instance's cookie before the names differed. One that this instance signed is renamed."""
RENEWED_AFTER = timedelta(days=1)
MAX_EARLIER = 3
"""How many earlier sessions a cookie keeps, in case the database that knew them is restored."""
WITHOUT_SESSION = ("/static/", "/health")
"""Answers here may be cached, or come while the database is away."""
NOT_RENEWED = "/v1/"
"""Answers here go to programs."""

_earlier = TypeAdapter(list[tuple[str, UUID]])


class SessionCookie:
    """Reads and writes the cookie. The cookie's own time never makes it invalid: db-api ends sessions.

    Args:
        secrets: the current one first. Cookies signed with any of them are accepted and signed anew.
        prefix: the path below which Parley is served, without its last slash.
    """

    def __init__(self, app: ASGIApp, secrets: Sequence[str], instance: InstanceClient, prefix: str = "") -> None:
        self._app = app
        self._current = TimestampSigner(secrets[0])
        self._accepted = TimestampSigner(list(reversed(secrets)))
        self._instance = instance
        self._prefix = prefix

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http" or scope["path"].startswith(WITHOUT_SESSION):
            await self._app(scope, receive, send)
            return
        is_secure = scope.get("scheme") == "https"
        name = await self._name(secure=is_secure)
        found, signed, content = self._find(HTTPConnection(scope).cookies, name)
        session = scope["session"] = Session(content)
        is_old = not scope["path"].startswith(NOT_RENEWED) and (found != name or self._must_be_renewed(signed))

        async def send_with_cookie(message: Message) -> None:
            if message["type"] == "http.response.start":
                headers = MutableHeaders(scope=message)
                if session.accessed:
                    headers.add_vary_header("Cookie")
                if name and session and (session.modified or is_old):
                    headers.append("Set-Cookie", self._write(name, session, secure=is_secure))
                    if found == LEGACY_COOKIE:
                        headers.append("Set-Cookie", f"{LEGACY_COOKIE}=; path=/; Max-Age=0; httponly; samesite=lax")
            await send(message)

        await self._app(scope, receive, send_with_cookie)

    async def _name(self, *, secure: bool) -> str | None:
        """The cookie's name for this scheme, or None while the instance's id cannot be read.

        A browser takes `__Host-` cookies only over TLS and from this very host. They have the path `/`; below a prefix
        `__Secure-` is what remains.
        """
        instance = await self._instance.id()
        if instance is None:
            return None
        kind = ("__Secure-" if self._prefix else "__Host-") if secure else ""
        return f"{kind}{LEGACY_COOKIE}-{instance.hex[:ID_CHARS]}"

    def _find(self, cookies: Mapping[str, str], name: str | None) -> tuple[str | None, bytes, dict[str, Any]]:
        """The first cookie that this instance has signed: its name, its value and its content.

        Besides the current name these count: the one without TLS, and the legacy one. While the id is unknown, the
        signature alone decides.
        """
        names = [name, f"{LEGACY_COOKIE}-{name.rpartition('-')[2]}", LEGACY_COOKIE] if name else sorted(cookies)
        for one in names:
            signed = cookies.get(one, "").encode() if LEGACY_COOKIE in one else b""
            if signed and (content := self._read(signed)):
                return one, signed, content
        return None, b"", {}

    def _read(self, signed: bytes) -> dict[str, Any]:
        try:
            content: Any = json.loads(b64decode(self._accepted.unsign(signed)))
        except (BadSignature, ValueError):  # not ours, or not what this version writes
            return {}
        return content if isinstance(content, dict) else {}

    def _must_be_renewed(self, signed: bytes) -> bool:
        try:
            _, signed_at = self._current.unsign(signed, return_timestamp=True)
        except BadSignature:  # signed with an earlier secret
            return True
        # In either direction: a clock that was wrong may have signed it.
        return abs(datetime.now(UTC) - signed_at) > RENEWED_AFTER

    def _write(self, name: str, session: Session, *, secure: bool) -> str:
        value = self._current.sign(b64encode(json.dumps(session).encode())).decode()
        flags = "; secure" if secure else ""
        return f"{name}={value}; path={self._prefix}/; Max-Age={MAX_AGE_SECONDS}; httponly; samesite=lax{flags}"


def read_visitor(request: Request) -> Visitor | None:
    """The visitor of a valid cookie; None for a forged or malformed one."""
    try:
        session, user = str(request.session["session"]), UUID(str(request.session["user"]))
    except (KeyError, ValueError):
        return None
    return Visitor(session, user, read_zone(request), network=network_of(request))


def earlier_visitors(request: Request) -> list[Visitor]:
    """The visitors that this browser was before, newest first."""
    zone, network = read_zone(request), network_of(request)
    try:
        earlier = _earlier.validate_python(request.session.get("earlier", []))
    except ValidationError:
        return []
    return [Visitor(session, user, zone, network=network) for session, user in earlier]


def remember_visitor(request: Request, visitor: Visitor) -> None:
    """Make this the browser's visitor; keep those that it was before."""
    before = [visitor for visitor in (read_visitor(request), *earlier_visitors(request)) if visitor]
    others = [(other.session, str(other.user_id)) for other in before if other.session != visitor.session]
    request.session.update(session=visitor.session, user=str(visitor.user_id), earlier=others[:MAX_EARLIER])
