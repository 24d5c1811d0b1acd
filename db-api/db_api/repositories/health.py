"""Whether the database can be worked with."""

from sqlalchemy import text
from sqlalchemy.exc import ProgrammingError
from sqlalchemy.orm import Session

from db_api.errors import DatabaseUnavailable
from db_api.migrations import head_revision


def check(database: Session) -> None:
    """Raise DatabaseUnavailable unless the schema is at least as new as this version of db-api.

    Newer is well: a migration keeps the version before it working.
    """
    try:
        revision = database.scalar(text("SELECT version_num FROM alembic_version"))
    except ProgrammingError as error:  # nothing was migrated yet
        raise DatabaseUnavailable from error
    if revision is None or revision < head_revision():
        raise DatabaseUnavailable
