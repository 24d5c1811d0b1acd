"""Whether the database is ready for this version of db-api."""

from sqlalchemy import text
from sqlalchemy.exc import ProgrammingError
from sqlalchemy.orm import Session

from db_api.errors import DatabaseUnavailable
from db_api.migrations import head_revision


def check(database: Session) -> None:
    """Check that the schema is at least as new as this version of db-api.

    A newer schema is fine: each migration keeps the previous version working.

    Raises:
        DatabaseUnavailable: The schema is older, or missing.
    """
    try:
        revision = database.scalar(text("SELECT version_num FROM alembic_version"))
    except ProgrammingError as error:  # nothing has been migrated yet
        raise DatabaseUnavailable from error
    if revision is None or revision < head_revision():
        raise DatabaseUnavailable
