"""Statements that Postgres plans once per connection: planning the long ones took about as long as running them."""

from dataclasses import dataclass
from typing import Any

from sqlalchemy import Connection, CursorResult


@dataclass(frozen=True)
class Call:
    """A statement of psycopg2's kind, with `%s` for each argument."""

    statement: str
    arguments: tuple[Any, ...]


@dataclass(frozen=True)
class Prepared:
    """A statement whose parameters are `$1`, `$2`, of the types that are named in their order."""

    name: str
    types: str
    statement: str

    def execute(self, connection: Connection, *arguments: Any, after: Call | None = None) -> CursorResult[Any]:
        """
        Args:
            after: what is sent before it, in the same trip. In autocommit both are one transaction.
        """
        self._prepare_on(connection)
        places = ", ".join(["%s"] * len(arguments))
        first = after or Call("", ())
        statement = f"{first.statement}; EXECUTE {self.name} ({places})"
        return connection.exec_driver_sql(statement, (*first.arguments, *arguments))

    def _prepare_on(self, connection: Connection) -> None:
        # No rollback undoes it, and it goes with the connection, as this note of it does.
        prepared: set[str] = connection.info.setdefault("prepared", set())
        if self.name not in prepared:
            connection.exec_driver_sql(f"PREPARE {self.name} ({self.types}) AS {self.statement}")
            prepared.add(self.name)
