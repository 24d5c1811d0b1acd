"""Dependencies of the routes: the calling service, transactions, the writer's lease.

They are `async` although none waits, because FastAPI runs plain functions in the thread pool.
"""

import hmac
from datetime import timedelta
from typing import Annotated
from uuid import UUID

from fastapi import Depends, Header, Request
from fastapi.security import HTTPBearer
from starlette.requests import HTTPConnection

from db_api.database.transactions import Transactions, UserTransactions
from db_api.errors import InvalidRequest, ServiceUnknown, SessionUnknown
from db_api.repositories import sessions
from db_api.repositories.replies import Lease
from db_api.settings import Settings

SessionToken = Annotated[str | None, Header(alias="X-Session-ID")]
WriterId = Annotated[UUID | None, Header(alias="X-Lease-ID")]


class ServiceToken(HTTPBearer):
    """Requires the service token."""

    def __init__(self) -> None:
        super().__init__(description="DB_API_TOKEN", auto_error=False)

    async def __call__(self, request: HTTPConnection) -> None:
        credentials = await super().__call__(request)
        expected = (await find_settings(request)).db_api_token.get_secret_value()
        given = credentials.credentials if credentials else ""
        if not hmac.compare_digest(given.encode(), expected.encode()):
            raise ServiceUnknown


check_service = ServiceToken()


async def find_settings(request: HTTPConnection) -> Settings:
    settings: Settings = request.app.state.settings
    return settings


CurrentSettings = Annotated[Settings, Depends(find_settings)]


async def find_transactions(request: Request) -> Transactions:
    transactions: Transactions = request.app.state.transactions
    return transactions


Database = Annotated[Transactions, Depends(find_transactions)]


async def require_token(token: SessionToken = None) -> str:
    if token is None:
        raise SessionUnknown
    return token


RequiredToken = Annotated[str, Depends(require_token)]


async def find_user_transactions(request: Request, token: SessionToken = None) -> UserTransactions:
    return user_transactions(await find_transactions(request), await require_token(token))


def user_transactions(database: Transactions, token: str) -> UserTransactions:
    return UserTransactions(database, token, sessions.enter)


UserDatabase = Annotated[UserTransactions, Depends(find_user_transactions)]


async def find_lease(settings: CurrentSettings, writer_id: WriterId = None) -> Lease | None:
    """Return the calling writer's lease, or None for a caller that is not a writer."""
    return Lease(writer_id, timedelta(seconds=settings.lease_seconds)) if writer_id else None


async def find_claim_duration(settings: CurrentSettings) -> timedelta:
    """Return how long a claim on an idempotency key lasts without renewal."""
    return timedelta(seconds=settings.lease_seconds)


ClaimDuration = Annotated[timedelta, Depends(find_claim_duration)]
OptionalLease = Annotated[Lease | None, Depends(find_lease)]


async def require_lease(lease: OptionalLease) -> Lease:
    if lease is None:
        raise InvalidRequest("X-Lease-ID is missing: only a writer may do this.")
    return lease


CurrentLease = Annotated[Lease, Depends(require_lease)]
