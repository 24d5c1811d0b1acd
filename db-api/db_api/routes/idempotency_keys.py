from http import HTTPStatus
from uuid import UUID

from fastapi import APIRouter, Response

from db_api.dependencies import ClaimDuration, UserDatabase
from db_api.repositories import idempotency_keys
from db_api.schemas.idempotency_keys import AnswerKept, AnswerRead, RequestClaim

router = APIRouter(prefix="/idempotency-keys", tags=["idempotency keys"])


@router.post("", status_code=HTTPStatus.CREATED, responses={200: {"model": AnswerRead}})
async def claim_request(
    wanted: RequestClaim, database: UserDatabase, duration: ClaimDuration, response: Response
) -> AnswerRead:
    """201: the request is new and the caller holds the claim. 200: the answer, which is kept for a day."""
    found = await database.run(idempotency_keys.claim, wanted, duration)
    if found.answer is not None:
        response.status_code = HTTPStatus.OK
    return found


@router.patch("/{request_token}", status_code=HTTPStatus.NO_CONTENT)
async def keep_answer(request_token: UUID, kept: AnswerKept, database: UserDatabase, duration: ClaimDuration) -> None:
    """Store the answer or, without one, renew the claim."""
    await database.run(idempotency_keys.keep, request_token, kept, duration)


@router.delete("/{request_token}", status_code=HTTPStatus.NO_CONTENT)
async def release_request(request_token: UUID, database: UserDatabase) -> None:
    """Release the claim of a failed request, so that it can be tried again."""
    await database.run(idempotency_keys.release, request_token)
