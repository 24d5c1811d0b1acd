"""Sessions and their users."""

from datetime import datetime
from typing import Annotated
from uuid import UUID

from pydantic import BaseModel, ConfigDict, Field

from db_api.schemas.fields import Incoming, Outgoing


class IdentityRead(BaseModel):
    """Whom another identity provider vouched for."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    issuer: Annotated[str, Field(max_length=500)] = ""
    subject: Annotated[str, Field(min_length=1, max_length=500)]


class SessionCreate(Incoming):
    """Nothing: a guest. With an identity: that user, made on first sight, for `lifetime_seconds`."""

    identity: IdentityRead | None = None
    lifetime_seconds: Annotated[int, Field(ge=1, le=31_536_000)] = 86_400


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
