"""The `Idempotency-Key` header, and the answers that are kept for it."""

import json
from collections.abc import Awaitable, Callable
from hashlib import sha256
from typing import Annotated
from uuid import UUID, uuid4, uuid5

from fastapi import Header, Request, Response

from chat_ui.models.people import Visitor
from chat_ui.web.dependencies import services_of

IdempotencyKey = Annotated[
    str | None,
    Header(
        alias="Idempotency-Key",
        min_length=1,
        max_length=255,
        pattern="^[!-~]+$",
        description="any value in printable ASCII; a repeated request with the same key is carried out once",
        examples=["order-7"],
    ),
]


def token_of(visitor: Visitor, key: str | None) -> UUID:
    """The token by which the database recognises a repeated request: the same for a user's key, else a new one."""
    return uuid5(visitor.user_id, key) if key else uuid4()


async def once(request: Request, caller: Visitor, key: str | None, work: Callable[[], Awaitable[Response]]) -> Response:
    """Return the work's answer, or the stored answer if this request came before with this key.

    Raises:
        KeyReused: the key was used for a different request.
        KeyInUse: the first request is still in progress.
    """
    if key is None:
        return await work()
    fingerprint = sha256(f"{request.method} {request.url.path}\n".encode() + await request.body()).hexdigest()

    async def stored_work() -> str:
        return to_json(await work())

    idempotency = services_of(request).idempotency
    return from_json(await idempotency.once(caller.session, token_of(caller, key), fingerprint, stored_work))


def to_json(answer: Response) -> str:
    """An answer, whose body is JSON, as the database stores it."""
    headers = {name: value for name, value in answer.headers.items() if name != "content-length"}
    return json.dumps([answer.status_code, headers, bytes(answer.body).decode()])


def from_json(stored: str) -> Response:
    status_code, headers, body = json.loads(stored)
    return Response(body, status_code, headers)
