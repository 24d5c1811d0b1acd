"""Statements that Postgres plans once per connection: planning the long ones took about as long as running them."""

from dataclasses import dataclass
from typing import Any

from sqlalchemy import Connection, CursorResult


@dataclass(frozen=True)
class Call:
    """A statement of psycopg2's kind, with `%s` for each argument."""

    statement: str
    arguments: tuple[Any, ...]

    def then(self, following: "Call") -> "Call":
        """Both in one trip. In autocommit they are one transaction, in which the second sees what the first did."""
        return Call(f"{self.statement}; {following.statement}", (*self.arguments, *following.arguments))


@dataclass(frozen=True)
class Prepared:
    """A statement whose parameters are `$1`, `$2`, of the types that are named in their order."""

    name: str
    types: str
    statement: str

    def execute(self, connection: Connection, *arguments: Any, after: Call | None = None) -> CursorResult[Any]:
        """
        Args:
            after: what is sent before it, in the same trip.
        """
        call = self.call(connection, *arguments)
        if after:
            call = after.then(call)
        return connection.exec_driver_sql(call.statement, call.arguments)

    def call(self, connection: Connection, *arguments: Any) -> Call:
        """What executes it on this connection."""
        self._prepare_on(connection)
        return Call(f"EXECUTE {self.name} ({', '.join(['%s'] * len(arguments))})", arguments)

    def _prepare_on(self, connection: Connection) -> None:
        # No rollback undoes it, and it goes with the connection, as this note of it does.
        prepared: set[str] = connection.info.setdefault("prepared", set())
        if self.name not in prepared:
            connection.exec_driver_sql(f"PREPARE {self.name} ({self.types}) AS {self.statement}")
            prepared.add(self.name)
