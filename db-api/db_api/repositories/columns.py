"""Column lists in SQL, from the schemas they fill: a new field is named in its schema, not again in each statement."""

from collections.abc import Collection

from pydantic import BaseModel


def columns(schema: type[BaseModel], table: str, *, except_for: Collection[str] = ()) -> str:
    """Return the columns of a table that hold a schema's fields.

    Args:
        schema: Each of its fields has the name of its column.
        table: The table's name or alias in the statement.
        except_for: Fields that the statement computes.

    >>> from db_api.schemas.search import Excerpt
    >>> columns(Excerpt, "e")
    'e.text, e.hit'
    """
    return ", ".join(f"{table}.{name}" for name in schema.model_fields if name not in except_for)
