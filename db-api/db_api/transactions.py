"""Where a request's work meets the database."""

import asyncio
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from typing import Concatenate, ParamSpec, TypeVar

from anyio import to_thread
from sqlalchemy import Connection, Engine
from sqlalchemy.orm import Session, sessionmaker

from db_api.errors import DatabaseUnavailable

Parameters = ParamSpec("Parameters")
Result = TypeVar("Result")


class Transactions:
    """Runs work in a thread, in one transaction that is committed before its result is handed back.

    One trip to a thread per request: plain `def` routes with a session as a dependency take five. And as a thread keeps
    its connection all the way, no thread can wait for a connection that itself waits for a thread to go on.
    """

    def __init__(self, engine: Engine, size: int, wait_seconds: float) -> None:
        self._open_session = sessionmaker(engine)
        self._autocommit = engine.execution_options(isolation_level="AUTOCOMMIT")
        self._admission = asyncio.Semaphore(size)
        self._wait_seconds = wait_seconds

    async def run(
        self,
        work: Callable[Concatenate[Session, Parameters], Result],
        *arguments: Parameters.args,
        **options: Parameters.kwargs,
    ) -> Result:
        """Call the work with a session and the arguments.

        Raises:
            DatabaseUnavailable: no connection became free in time.
        """

        def work_in_transaction() -> Result:
            with self._open_session.begin() as database:
                return work(database, *arguments, **options)

        async with self._admitted():
            return await to_thread.run_sync(work_in_transaction)

    async def run_alone(
        self,
        work: Callable[Concatenate[Connection, Parameters], Result],
        *arguments: Parameters.args,
        **options: Parameters.kwargs,
    ) -> Result:
        """The same for work that is one trip to Postgres, which is a transaction without a BEGIN and a COMMIT.

        Raises:
            DatabaseUnavailable: no connection became free in time.
        """

        def work_in_autocommit() -> Result:
            with self._autocommit.connect() as connection:
                return work(connection, *arguments, **options)

        async with self._admitted():
            return await to_thread.run_sync(work_in_autocommit)

    @asynccontextmanager
    async def _admitted(self) -> AsyncIterator[None]:
        """As many work at once as there are connections; the others wait here, where they hold no thread."""
        try:
            async with asyncio.timeout(self._wait_seconds):
                await self._admission.acquire()
        except TimeoutError as error:
            raise DatabaseUnavailable from error
        try:
            yield
        finally:
            self._admission.release()


class UserTransactions:
    """Transactions that see what belongs to a session's user, and nothing else."""

    def __init__(self, transactions: Transactions, enter: Callable[[Session], None]) -> None:
        self._transactions = transactions
        self._enter = enter

    async def run(
        self,
        work: Callable[Concatenate[Session, Parameters], Result],
        *arguments: Parameters.args,
        **options: Parameters.kwargs,
    ) -> Result:
        def enter_and_work(database: Session) -> Result:
            self._enter(database)
            return work(database, *arguments, **options)

        return await self._transactions.run(enter_and_work)
