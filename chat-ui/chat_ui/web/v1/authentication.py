"""Who calls: as dependencies that read like English."""

import json
from collections.abc import Awaitable, Callable
from hashlib import sha256
from typing import Annotated
from uuid import UUID, uuid4, uuid5

from fastapi import Depends, Header, Request, Response
from fastapi.security import APIKeyCookie, HTTPAuthorizationCredentials, HTTPBearer

from chat_ui.errors import CredentialRefused
from chat_ui.models.people import Visitor
from chat_ui.services.access.authentication import check_limits, check_scope, let_in, limit_headers
from chat_ui.web.dependencies import services_of
from chat_ui.web.security import from_elsewhere
from chat_ui.web.session import COOKIE, read_visitor

bearer = HTTPBearer(
    scheme_name="bearer",
    auto_error=False,
    description="An API key (`parley_…`; its scopes are `read` and `chat`) or a token of your identity provider.",
)
cookie = APIKeyCookie(
    name=COOKIE, scheme_name="cookie", auto_error=False, description="The browser's cookie, for our own pages alone."
)
Credential = Annotated[HTTPAuthorizationCredentials | None, Depends(bearer)]
Cookie = Annotated[str | None, Depends(cookie)]


async def enter(request: Request, credential: Credential, scope: str) -> Visitor:
    """
    Raises:
        CredentialRefused: nobody comes in with this.
        ScopeMissing: the key is not for this.
        LimitReached: too many requests, or tokens.
    """
    app = services_of(request)
    session, caller = await let_in(
        app.authentication, credential.credentials if credential else None, None if credential else _own_page(request)
    )
    request.state.told.update(limit_headers(caller, app.authentication.limits))
    check_scope(caller, scope)
    check_limits(caller, app.authentication.limits)
    return Visitor(session, caller.user_id, key_id=caller.key_id)


def _own_page(request: Request) -> Visitor | None:
    """The visitor of the browser's cookie, which counts for our own pages' scripts alone."""
    visitor = read_visitor(request)
    if visitor and from_elsewhere(request.headers):
        raise CredentialRefused("The browser's cookie counts for Parley's own pages alone. Send an API key.")
    return visitor


def allowed_to(scope: str) -> Callable[..., Awaitable[Visitor]]:
    async def allowed(request: Request, credential: Credential, _: Cookie) -> Visitor:
        return await enter(request, credential, scope)

    return allowed


Reader = Annotated[Visitor, Depends(allowed_to("read"))]
Chatter = Annotated[Visitor, Depends(allowed_to("chat"))]

IdempotencyKey = Annotated[
    str | None,
    Header(
        alias="Idempotency-Key",
        min_length=1,
        max_length=255,
        pattern="^[!-~]+$",
        description="your choice, in printable ASCII: a request that comes again with it is carried out once",
        examples=["order-7"],
    ),
]


def token_of(visitor: Visitor, key: str | None) -> UUID:
    """What makes repeated requests one in the database: the same for the same user and key, else new."""
    return uuid5(visitor.user_id, key) if key else uuid4()


async def once(request: Request, caller: Visitor, key: str | None, work: Callable[[], Awaitable[Response]]) -> Response:
    """The work's answer; where this request came before with this key, the answer that it got then.

    Raises:
        KeyReused: the key came with another request.
        KeyInUse: the first request is still being answered.
    """
    if key is None:
        return await work()
    wanted = f"{request.method} {request.url.path}\n".encode() + await request.body()
    repeats = services_of(request).idempotency

    async def work_told() -> str:
        return tell(await work())

    return read(await repeats.once(caller.session, token_of(caller, key), sha256(wanted).hexdigest(), work_told))


def tell(answer: Response) -> str:
    """An answer of JSON as the database keeps it."""
    kept = {name: value for name, value in answer.headers.items() if name != "content-length"}
    return json.dumps([answer.status_code, kept, bytes(answer.body).decode()])


def read(told: str) -> Response:
    status_code, headers, body = json.loads(told)
    return Response(body, status_code, headers)
