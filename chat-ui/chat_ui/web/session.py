"""The browser's signed cookie, which names its session in db-api.

It is always `HttpOnly` and `SameSite=Lax`, and `Secure` when the request came over TLS (nginx sets X-Forwarded-Proto).
"""

import json
from base64 import b64decode, b64encode
from collections.abc import Sequence
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

from chat_ui.models.people import Visitor
from chat_ui.web.networks import network_of
from chat_ui.web.preferences import MAX_AGE_SECONDS, read_zone

COOKIE = "parley"
RENEWED_AFTER = timedelta(days=1)
MAX_EARLIER = 3
"""How many earlier sessions a cookie keeps, in case the database that knew them is restored."""
NOT_RENEWED = ("/static/", "/v1/", "/health")
"""Answers here may be cached, or go to programs."""

_earlier = TypeAdapter(list[tuple[str, UUID]])


class SessionCookie:
    """Reads and writes the cookie. The cookie's own time never makes it invalid: db-api ends sessions.

    Args:
        secrets: the current one first. Cookies signed with any of them are accepted and signed anew.
    """

    def __init__(self, app: ASGIApp, secrets: Sequence[str]) -> None:
        self._app = app
        self._current = TimestampSigner(secrets[0])
        self._accepted = TimestampSigner(list(reversed(secrets)))

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return
        signed = HTTPConnection(scope).cookies.get(COOKIE, "").encode()
        session = scope["session"] = Session(self._read(signed))
        is_old = bool(session) and not scope["path"].startswith(NOT_RENEWED) and self._must_be_renewed(signed)

        async def send_with_cookie(message: Message) -> None:
            if message["type"] == "http.response.start":
                headers = MutableHeaders(scope=message)
                if session.accessed:
                    headers.add_vary_header("Cookie")
                if session and (session.modified or is_old):
                    headers.append("Set-Cookie", self._write(session, secure=scope.get("scheme") == "https"))
            await send(message)

        await self._app(scope, receive, send_with_cookie)

    def _read(self, signed: bytes) -> dict[str, Any]:
        try:
            content = json.loads(b64decode(self._accepted.unsign(signed)))
        except (BadSignature, ValueError):
            return {}
        return content if isinstance(content, dict) else {}

    def _must_be_renewed(self, signed: bytes) -> bool:
        try:
            _, signed_at = self._current.unsign(signed, return_timestamp=True)
        except BadSignature:  # signed with an earlier secret
            return True
        # In either direction: a clock that was wrong may have signed it.
        return abs(datetime.now(UTC) - signed_at) > RENEWED_AFTER

    def _write(self, session: Session, *, secure: bool) -> str:
        value = self._current.sign(b64encode(json.dumps(session).encode())).decode()
        flags = "; secure" if secure else ""
        return f"{COOKIE}={value}; path=/; Max-Age={MAX_AGE_SECONDS}; httponly; samesite=lax{flags}"


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
