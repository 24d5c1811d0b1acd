import asyncio
from typing import Annotated

from fastapi import APIRouter, Query
from pydantic import AfterValidator

from db_api.dependencies import UserDatabase
from db_api.errors import SearchRunning
from db_api.repositories import search
from db_api.schemas.search import SearchHits
from db_api.text import check_storable

router = APIRouter(prefix="/search", tags=["search"])


def _storable(words: str) -> str:
    check_storable(words)
    return words


Words = Annotated[
    str,
    Query(
        min_length=1,
        max_length=200,
        description="words or prefixes of words, all of which must match; the first eight count",
    ),
    AfterValidator(_storable),
]
Limit = Annotated[int, Query(ge=1, le=100)]

PAUSES_SECONDS = (0.05, 0.1, 0.2)
"""How long a search waits for the same user's other one, without occupying a connection, before each new attempt."""


@router.get("")
async def search_chats(database: UserDatabase, q: Words, limit: Limit = 30) -> SearchHits:
    """The user's chats and messages that contain all words: titles first, then texts, newest first."""
    for pause in PAUSES_SECONDS:
        try:
            return await database.run(search.search, q, limit)
        except SearchRunning:
            await asyncio.sleep(pause)
    return await database.run(search.search, q, limit)
