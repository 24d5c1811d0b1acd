"""Prepared statements: Postgres plans each once per connection, because planning a long one costs as much as it."""

from dataclasses import dataclass
from typing import Any

from sqlalchemy import Connection, CursorResult


@dataclass(frozen=True)
class Call:
    """A statement in psycopg2's format, with one `%s` per argument."""

    statement: str
    arguments: tuple[Any, ...]

    def then(self, following: "Call") -> "Call":
        """Send both in one round trip.

        In autocommit mode they form one transaction, in which the second statement sees the effects of the first.
        """
        return Call(f"{self.statement}; {following.statement}", (*self.arguments, *following.arguments))


@dataclass(frozen=True)
class Prepared:
    """A statement with the parameters `$1`, `$2`, …; `types` lists their Postgres types in that order."""

    name: str
    types: str
    statement: str

    def execute(self, connection: Connection, *arguments: Any, preceded_by: Call | None = None) -> CursorResult[Any]:
        """Execute the statement and return its result.

        Args:
            connection: Where to execute it.
            arguments: One per parameter.
            preceded_by: Sent before the statement, in the same round trip.
        """
        call = self.call(connection, *arguments)
        if preceded_by:
            call = preceded_by.then(call)
        return connection.exec_driver_sql(call.statement, call.arguments)

    def call(self, connection: Connection, *arguments: Any) -> Call:
        """Return the call that executes the statement on this connection."""
        self._prepare_on(connection)
        return Call(f"EXECUTE {self.name} ({', '.join(['%s'] * len(arguments))})", arguments)

    def _prepare_on(self, connection: Connection) -> None:
        # A rollback does not undo PREPARE, and `info` lives exactly as long as the connection.
        prepared: set[str] = connection.info.setdefault("prepared", set())
        if self.name not in prepared:
            connection.exec_driver_sql(f"PREPARE {self.name} ({self.types}) AS {self.statement}")
            prepared.add(self.name)
