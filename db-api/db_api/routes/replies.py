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
    of_user,
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

After = Annotated[int, Query(ge=0, lt=2**31 - 1, description="a position: so many characters are left out")]


@router.get("/{reply_id}", response_model=ReplyRead)
async def read_reply(reply_id: UUID, database: UserDatabase, after: After = 0) -> Response:
    """The reply's status, and its text from a position on."""
    reply = await database.run_alone(replies.read_reply, reply_id, after)
    return Response(reply, media_type="application/json")


@router.post("/chunks")
async def write_replies(writes: ReplyWrites, database: Database, lease: CurrentLease) -> ReplyWritesRefused:
    """The writer's bulk call. `lost`: no longer this writer's. `gaps`: the text did not join what is stored."""
    return await database.run_alone(writers.write, lease, writes.replies)


@router.post("/claims")
async def claim_replies(claim: ClaimCreate, database: Database, lease: CurrentLease) -> Claims:
    """Take over replies whose lease ran out."""
    return await database.run(writers.claim, lease, claim.limit)


@router.delete("/claims", status_code=HTTPStatus.NO_CONTENT)
async def release_replies(database: Database, lease: CurrentLease) -> None:
    """Give up this writer's leases."""
    await database.run(writers.release, lease)


@router.patch("/{reply_id}", response_model=ReplyOpened, responses={204: {"description": "ended by its writer"}})
async def change_reply(
    reply_id: UUID, change: ReplyChange, database: Database, lease: OptionalLease, token: SessionToken = None
) -> ReplyOpened | Response:
    """With a session its user stops or continues it; without, its writer ends it (204)."""
    if token is None:
        await database.run_alone(writers.end, lease, reply_id, change)
        return Response(status_code=HTTPStatus.NO_CONTENT)
    return await of_user(database, token).run(replies.change_reply, reply_id, change, lease)
