from http import HTTPStatus
from uuid import UUID

from fastapi import APIRouter, Response

from db_api.dependencies import Hold, UserDatabase
from db_api.repositories import idempotency_keys
from db_api.schemas.idempotency_keys import AnswerKept, AnswerRead, RequestClaim

router = APIRouter(prefix="/idempotency-keys", tags=["idempotency keys"])


@router.post("", status_code=HTTPStatus.CREATED, responses={200: {"model": AnswerRead}})
async def claim_request(wanted: RequestClaim, database: UserDatabase, hold: Hold, response: Response) -> AnswerRead:
    """201: nobody has carried out this request, and the caller now does. 200: its answer, which is kept for a day."""
    found = await database.run(idempotency_keys.claim, wanted, hold)
    if found.answer is not None:
        response.status_code = HTTPStatus.OK
    return found


@router.patch("/{request_token}", status_code=HTTPStatus.NO_CONTENT)
async def keep_answer(request_token: UUID, kept: AnswerKept, database: UserDatabase, hold: Hold) -> None:
    """The answer; or nothing yet, but the caller is still at it."""
    await database.run(idempotency_keys.keep, request_token, kept, hold)


@router.delete("/{request_token}", status_code=HTTPStatus.NO_CONTENT)
async def release_request(request_token: UUID, database: UserDatabase) -> None:
    """It failed, and may be tried anew."""
    await database.run(idempotency_keys.release, request_token)
