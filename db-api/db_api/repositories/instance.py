"""The identity of this database."""

from uuid import UUID

from sqlalchemy import select
from sqlalchemy.orm import Session

from db_api.models import Instance


def read_id(database: Session) -> UUID:
    return database.scalars(select(Instance.id)).one()
