from http import HTTPStatus

from fastapi import APIRouter

from db_api.dependencies import Database, UserDatabase
from db_api.repositories import usage
from db_api.schemas.usage import Caller, RequestCreate, UsageCreate

router = APIRouter(tags=["usage"])


@router.post("/requests")
async def enter_request(request: RequestCreate, database: UserDatabase) -> Caller:
    """Who calls with this session or key, what they may do, and one more request counted where the limits let it."""
    return await database.run(usage.enter_request, request.limits)


@router.post("/usage", status_code=HTTPStatus.NO_CONTENT)
async def count_tokens(used: UsageCreate, database: Database) -> None:
    """Tokens of ended replies, told by the process that wrote them."""
    await database.run(usage.count_tokens, used.items)
