"""The caller of a `/v1` request, as a dependency."""

from collections.abc import Awaitable, Callable
from typing import Annotated

from fastapi import Depends, Request
from fastapi.security import APIKeyCookie, HTTPAuthorizationCredentials, HTTPBearer

from chat_ui.errors import CredentialRefused
from chat_ui.models.people import Visitor
from chat_ui.services.access.authentication import check_scope
from chat_ui.web.dependencies import services_of
from chat_ui.web.networks import network_of
from chat_ui.web.security import is_cross_site
from chat_ui.web.session import LEGACY_COOKIE, read_visitor

bearer = HTTPBearer(
    scheme_name="bearer",
    auto_error=False,
    description="An API key (`parley_…`; its scopes are `read` and `chat`) or a token of your identity provider.",
)
cookie = APIKeyCookie(
    name=LEGACY_COOKIE,
    scheme_name="cookie",
    auto_error=False,
    description="The browser's session cookie (`parley-…`); only Parley's own pages can use it.",
)
Credential = Annotated[HTTPAuthorizationCredentials | None, Depends(bearer)]
Cookie = Annotated[str | None, Depends(cookie)]


async def authenticate(request: Request, credential: Credential, scope: str) -> Visitor:
    """
    Raises:
        CredentialRefused: there is no credential, or it is not valid.
        ScopeMissing: the key does not have this scope.
        UsageLimitReached: too many requests or tokens.
    """
    app = services_of(request)
    session, caller = await app.authentication.authenticate(
        credential.credentials if credential else None, None if credential else _page_visitor(request)
    )
    request.state.caller_headers.update(app.rate_limits.headers(caller))
    check_scope(caller, scope)
    app.rate_limits.check(caller)
    return Visitor(session, caller.user_id, key_id=caller.key_id, network=network_of(request))


def _page_visitor(request: Request) -> Visitor | None:
    """The visitor of the browser's cookie, which is accepted only from scripts of our own pages."""
    visitor = read_visitor(request)
    if visitor and is_cross_site(request.scope, services_of(request).settings.public):
        raise CredentialRefused("The session cookie is accepted only from Parley's own pages. Send an API key.")
    return visitor


def requires_scope(scope: str) -> Callable[..., Awaitable[Visitor]]:
    async def authenticated(request: Request, credential: Credential, _: Cookie) -> Visitor:
        return await authenticate(request, credential, scope)

    return authenticated


Reader = Annotated[Visitor, Depends(requires_scope("read"))]
Chatter = Annotated[Visitor, Depends(requires_scope("chat"))]
