"""Sessions and their users."""

from datetime import datetime
from typing import Annotated
from uuid import UUID

from pydantic import Field

from db_api.schemas.fields import Incoming, Outgoing, Strict


class ExternalIdentity(Strict):
    """A user of another identity provider, whose token the caller has verified."""

    issuer: Annotated[str, Field(max_length=500)] = ""
    subject: Annotated[str, Field(min_length=1, max_length=500)]


class SessionCreate(Incoming):
    """Without an identity, a new guest; otherwise that identity's user, created at the first sign-in."""

    identity: ExternalIdentity | None = None
    lifetime_seconds: Annotated[int, Field(ge=1, le=31_536_000)] = 86_400
    """For an identity; a guest's session lasts `SESSION_DAYS`."""


class UserRead(Outgoing):
    id: UUID
    username: str | None
    display_name: str | None
    created_at: datetime


class SessionRead(Outgoing):
    user: UserRead
    created_at: datetime
    expires_at: datetime


class SessionCreated(Outgoing):
    token: str
    user: UserRead
    expires_at: datetime
