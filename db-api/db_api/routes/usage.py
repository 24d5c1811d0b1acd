from http import HTTPStatus

from fastapi import APIRouter

from db_api.dependencies import Database, UserDatabase
from db_api.repositories import usage
from db_api.schemas.usage import Caller, RequestCreate, UsageCreate

router = APIRouter(tags=["usage"])


@router.post("/requests")
async def enter_request(request: RequestCreate, database: UserDatabase) -> Caller:
    """The caller behind a session or key, with scopes; counts the request if the limits admit it."""
    return await database.run(usage.enter_request, request.limits)


@router.post("/usage", status_code=HTTPStatus.NO_CONTENT)
async def count_tokens(used: UsageCreate, database: Database) -> None:
    """Count the tokens of ended replies."""
    await database.run(usage.count_tokens, used.items)
