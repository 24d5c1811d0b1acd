"""The browser's signed cookie: which session of db-api it is.

`HttpOnly` and `SameSite=Lax` always; `Secure` where the request came over TLS (nginx tells in X-Forwarded-Proto).
"""

from dataclasses import dataclass, field
from uuid import UUID
from zoneinfo import ZoneInfo

from fastapi import Request
from starlette.middleware.sessions import SessionMiddleware
from starlette.types import ASGIApp, Receive, Scope, Send

COOKIE = "parley"
ZONE_COOKIE = "zone"
"""Set by the page's script (js/components/zone.js); no secret, so it is not signed."""
MAX_AGE_SECONDS = 365 * 24 * 3600


@dataclass(frozen=True)
class Visitor:
    """Who asks: the token that db-api knows, and the user that it stands for."""

    session: str
    user_id: UUID
    zone: ZoneInfo = field(default_factory=lambda: ZoneInfo("UTC"))
    """Where the days of this person begin."""
    key_id: UUID | None = None
    """The API key that they came with."""


class SessionCookie:
    """Starlette's sessions, with `Secure` by the scheme of each request."""

    def __init__(self, app: ASGIApp, secret: str) -> None:
        def sessions(*, secure: bool) -> ASGIApp:
            return SessionMiddleware(
                app, secret, session_cookie=COOKIE, max_age=MAX_AGE_SECONDS, same_site="lax", https_only=secure
            )

        self._plain, self._secure = sessions(secure=False), sessions(secure=True)

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        app = self._secure if scope.get("scheme") == "https" else self._plain
        await app(scope, receive, send)


def read_visitor(request: Request) -> Visitor | None:
    """The visitor of a valid cookie; a tampered or foreign one counts as none."""
    try:
        return Visitor(str(request.session["session"]), UUID(request.session["user"]), read_zone(request))
    except (KeyError, ValueError):
        return None


def read_zone(request: Request) -> ZoneInfo:
    """The zone that the browser named, else UTC."""
    try:
        return ZoneInfo(request.cookies.get(ZONE_COOKIE, "UTC"))
    except (KeyError, ValueError, OSError):  # no such zone, no such name, the name of a folder of zones
        return ZoneInfo("UTC")


def remember_visitor(request: Request, visitor: Visitor) -> None:
    request.session.update(session=visitor.session, user=str(visitor.user_id))


def forget_visitor(request: Request) -> None:
    request.session.clear()
