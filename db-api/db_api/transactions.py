"""Where a request's work meets the database."""

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
    """Runs work in a thread, in one transaction that is committed before its result is handed back.

    One trip to a thread per request: plain `def` routes with a session as a dependency take five. And as a thread keeps
    its connection all the way, no thread can wait for a connection that itself waits for a thread to go on.
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
        """Call the work with a session and the arguments.

        Raises:
            DatabaseUnavailable: no connection became free in time.
        """

        def work_in_transaction() -> Result:
            with self._open_session.begin() as database:
                return work(database, *arguments, **options)

        return await self._in_thread(work_in_transaction)

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
            with _autocommit(self._engine) as connection:
                return work(connection, *arguments, **options)

        return await self._in_thread(work_in_autocommit)

    async def _in_thread(self, work: Callable[[], Result]) -> Result:
        async with self._admitted():
            context = copy_context()  # the request's id, for the log
            return await asyncio.get_running_loop().run_in_executor(self._threads, context.run, work)

    @asynccontextmanager
    async def _admitted(self) -> AsyncIterator[None]:
        """As many work at once as there are connections; the others wait here, where they hold no thread."""
        try:
            # No clock where nobody waits.
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
    """By the driver's own mark: SQLAlchemy's isolation level costs a trip to Postgres when it is set back."""
    with engine.connect() as connection:
        driver: Any = connection.connection.driver_connection
        driver.autocommit = True
        try:
            yield connection
        finally:
            if not driver.closed:
                driver.autocommit = False


class UserTransactions:
    """Transactions that see what belongs to a session's user, and nothing else."""

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
        def enter_and_work(database: Session) -> Result:
            self._enter(database, self._token)
            return work(database, *arguments, **options)

        return await self._transactions.run(enter_and_work)

    async def run_alone(
        self,
        work: Callable[Concatenate[Connection, str, Parameters], Result],
        *arguments: Parameters.args,
        **options: Parameters.kwargs,
    ) -> Result:
        """The same for work that is one trip to Postgres, in which it enters with the token itself."""
        return await self._transactions.run_alone(work, self._token, *arguments, **options)
