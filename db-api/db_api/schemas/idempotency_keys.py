"""Requests that may come again, and their answers."""

from typing import Annotated
from uuid import UUID

from pydantic import Field

from db_api.schemas.fields import Incoming, Outgoing

Answer = Annotated[str, Field(max_length=1_000_000)]


class RequestClaim(Incoming):
    token: UUID
    request: Annotated[str, Field(min_length=1, max_length=200)]
    """A hash of all of it."""


class AnswerRead(Outgoing):
    answer: str | None
    """Null: there is none yet, and it is the caller's to find."""


class AnswerKept(Incoming):
    answer: Answer | None = None
    """Left out: it is still being found."""
