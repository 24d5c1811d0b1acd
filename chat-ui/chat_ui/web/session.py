"""The browser's signed cookie, which names its session in db-api.

It is always `HttpOnly` and `SameSite=Lax`, and `Secure` when the request came over TLS (nginx sets X-Forwarded-Proto).
"""

from uuid import UUID

from fastapi import Request
from starlette.middleware.sessions import SessionMiddleware
from starlette.types import ASGIApp, Receive, Scope, Send

from chat_ui.models.people import Visitor
from chat_ui.web.preferences import MAX_AGE_SECONDS, read_zone

COOKIE = "parley"


class SessionCookie:
    """Starlette's sessions, with `Secure` set by the scheme of each request."""

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
    """The visitor of a valid cookie; None for a forged or malformed one."""
    try:
        return Visitor(str(request.session["session"]), UUID(request.session["user"]), read_zone(request))
    except (KeyError, ValueError):
        return None


def remember_visitor(request: Request, visitor: Visitor) -> None:
    request.session.update(session=visitor.session, user=str(visitor.user_id))


def forget_visitor(request: Request) -> None:
    request.session.clear()
