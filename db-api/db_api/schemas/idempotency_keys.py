"""Requests that a client may repeat, and the answers to them."""

from typing import Annotated
from uuid import UUID

from pydantic import Field

from db_api.schemas.fields import Incoming, Outgoing

Answer = Annotated[str, Field(max_length=1_000_000)]


class RequestClaim(Incoming):
    token: UUID
    request: Annotated[str, Field(min_length=1, max_length=200)]
    """A hash of the whole request."""


class AnswerRead(Outgoing):
    answer: str | None
    """Null: there is no answer yet, and the caller now holds the claim."""


class AnswerKept(Incoming):
    answer: Answer | None = None
    """If omitted, the request is still in progress and the claim is renewed."""
