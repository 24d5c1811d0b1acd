"""Transactions: where a request's work meets the database."""

import asyncio
from collections.abc import AsyncIterator, Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import asynccontextmanager, contextmanager
from contextvars import copy_context
from typing import Any, Concatenate, ParamSpec, TypeVar

from sqlalchemy import Connection, Engine
from sqlalchemy.orm import Session, sessionmaker

from db_api.errors import DatabaseUnavailable

Parameters = ParamSpec("Parameters")
Result = TypeVar("Result")


class Transactions:
    """Runs functions in a thread, each in one transaction that is committed before the result is returned.

    A request takes one trip to a thread; plain `def` routes with a session as a dependency take five. A thread also
    keeps its connection throughout, so that no thread waits for a connection whose owner waits for a thread.
    """

    def __init__(self, engine: Engine, size: int, wait_seconds: float) -> None:
        self._open_session = sessionmaker(engine)
        self._engine = engine
        self._admission = asyncio.Semaphore(size)
        self._threads = ThreadPoolExecutor(size, "transaction")
        self._wait_seconds = wait_seconds

    async def run(
        self,
        work: Callable[Concatenate[Session, Parameters], Result],
        *arguments: Parameters.args,
        **options: Parameters.kwargs,
    ) -> Result:
        """Call `work` with a session and the arguments.

        Raises:
            DatabaseUnavailable: No connection became free in time.
        """

        def work_in_transaction() -> Result:
            with self._open_session.begin() as database:
                return work(database, *arguments, **options)

        return await self._in_thread(work_in_transaction)

    async def run_in_one_trip(
        self,
        work: Callable[Concatenate[Connection, Parameters], Result],
        *arguments: Parameters.args,
        **options: Parameters.kwargs,
    ) -> Result:
        """Call `work`, which makes a single round trip to Postgres: a transaction without BEGIN and COMMIT.

        Raises:
            DatabaseUnavailable: No connection became free in time.
        """

        def work_in_autocommit() -> Result:
            with _autocommit(self._engine) as connection:
                return work(connection, *arguments, **options)

        return await self._in_thread(work_in_autocommit)

    async def _in_thread(self, work: Callable[[], Result]) -> Result:
        async with self._admitted():
            context = copy_context()  # carries the request's id into the log
            return await asyncio.get_running_loop().run_in_executor(self._threads, context.run, work)

    @asynccontextmanager
    async def _admitted(self) -> AsyncIterator[None]:
        """Admit as many callers as there are connections; the others wait here without occupying a thread."""
        try:
            # A timer only for a caller that has to wait.
            async with asyncio.timeout(self._wait_seconds if self._admission.locked() else None):
                await self._admission.acquire()
        except TimeoutError as error:
            raise DatabaseUnavailable from error
        try:
            yield
        finally:
            self._admission.release()


@contextmanager
def _autocommit(engine: Engine) -> Iterator[Connection]:
    """Set autocommit on the driver's connection: resetting SQLAlchemy's isolation level costs a round trip."""
    with engine.connect() as connection:
        driver: Any = connection.connection.driver_connection
        driver.autocommit = True
        try:
            yield connection
        finally:
            if not driver.closed:
                driver.autocommit = False


class UserTransactions:
    """Transactions that see the rows of a session's user and no others."""

    def __init__(self, transactions: Transactions, token: str, enter: Callable[[Session, str], None]) -> None:
        self._transactions = transactions
        self._token = token
        self._enter = enter

    async def run(
        self,
        work: Callable[Concatenate[Session, Parameters], Result],
        *arguments: Parameters.args,
        **options: Parameters.kwargs,
    ) -> Result:
        """Enter the session and call `work`, in one transaction."""

        def enter_and_work(database: Session) -> Result:
            self._enter(database, self._token)
            return work(database, *arguments, **options)

        return await self._transactions.run(enter_and_work)

    async def run_in_one_trip(
        self,
        work: Callable[Concatenate[Connection, str, Parameters], Result],
        *arguments: Parameters.args,
        **options: Parameters.kwargs,
    ) -> Result:
        """Call `work` with the token; it enters the session in the same round trip."""
        return await self._transactions.run_in_one_trip(work, self._token, *arguments, **options)
