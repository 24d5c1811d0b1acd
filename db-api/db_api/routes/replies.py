from http import HTTPStatus
from typing import Annotated
from uuid import UUID

from fastapi import APIRouter, Query, Response

from db_api.dependencies import (
    CurrentLease,
    Database,
    OptionalLease,
    SessionToken,
    UserDatabase,
    user_transactions,
)
from db_api.repositories import replies, writers
from db_api.schemas.replies import (
    ClaimCreate,
    Claims,
    ReplyChange,
    ReplyOpened,
    ReplyRead,
    ReplyWrites,
    ReplyWritesRefused,
)

router = APIRouter(prefix="/replies", tags=["replies"])

After = Annotated[int, Query(ge=0, lt=2**31 - 1, description="the position to start from, in characters")]


@router.get("/{reply_id}", response_model=ReplyRead)
async def read_reply(reply_id: UUID, database: UserDatabase, after: After = 0) -> Response:
    """The reply's status and outcome, and its text from a position on."""
    reply = await database.run_in_one_trip(replies.read_reply, reply_id, after)
    return Response(reply, media_type="application/json")


@router.post("/chunks")
async def write_replies(writes: ReplyWrites, database: Database, lease: CurrentLease) -> ReplyWritesRefused:
    """Store text of any number of replies and renew their leases; the response lists the refused writes."""
    return await database.run_in_one_trip(writers.write, lease, writes.replies)


@router.post("/claims")
async def claim_replies(claim: ClaimCreate, database: Database, lease: CurrentLease) -> Claims:
    """Take over replies whose lease has expired."""
    return await database.run(writers.claim, lease, claim.limit)


@router.delete("/claims", status_code=HTTPStatus.NO_CONTENT)
async def release_replies(database: Database, lease: CurrentLease) -> None:
    """Give up this writer's leases."""
    await database.run(writers.release, lease)


@router.patch("/{reply_id}", response_model=ReplyOpened, responses={204: {"description": "ended by the writer"}})
async def change_reply(
    reply_id: UUID, change: ReplyChange, database: Database, lease: OptionalLease, token: SessionToken = None
) -> ReplyOpened | Response:
    """With a session, the user stops or continues the reply; without one, its writer ends it (204)."""
    if token is None:
        await database.run_in_one_trip(writers.end, lease, reply_id, change)
        return Response(status_code=HTTPStatus.NO_CONTENT)
    return await user_transactions(database, token).run(replies.change_reply, reply_id, change, lease)
