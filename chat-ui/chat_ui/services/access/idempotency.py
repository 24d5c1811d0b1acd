"""Requests that come again with the same Idempotency-Key are answered as the first was, and do nothing twice."""

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager, suppress
from uuid import UUID

from chat_ui.clients.database.idempotency_keys import IdempotencyKeysClient
from chat_ui.errors import DatabaseUnavailable, ParleyError

LONGEST_CHARS = 1_000_000
"""A longer answer is not kept."""
RENEW_SECONDS = 2.0
"""So often db-api is told that a request is still being carried out; it believes so for some times as long."""


class IdempotentRequests:
    """In the database, so that they hold in every process and after a restart: a day long, and so many of each user."""

    def __init__(self, keys: IdempotencyKeysClient) -> None:
        self._keys = keys

    async def once(self, session: str, token: UUID, request: str, work: Callable[[], Awaitable[str]]) -> str:
        """The work's answer, or that of the first request with this token. What failed is tried anew.

        Args:
            request: a hash of the whole request, so that another one with the same token is noticed.

        Raises:
            KeyReused: it came with another request.
            KeyInUse: the first request is still being answered.
        """
        if (known := await self._keys.claim(session, token, request)) is not None:
            return known
        try:
            async with self._renewing(session, token):
                answer = await work()
        except BaseException:
            with suppress(ParleyError):
                await self._keys.release(session, token)
            raise
        with suppress(DatabaseUnavailable):  # the work is done, and its caller shall know
            if len(answer) <= LONGEST_CHARS:
                await self._keys.keep(session, token, answer)
            else:
                await self._keys.release(session, token)
        return answer

    @asynccontextmanager
    async def _renewing(self, session: str, token: UUID) -> AsyncIterator[None]:
        renewing = asyncio.create_task(self._renew(session, token))
        try:
            yield
        finally:
            renewing.cancel()

    async def _renew(self, session: str, token: UUID) -> None:
        while True:
            await asyncio.sleep(RENEW_SECONDS)
            with suppress(ParleyError):
                await self._keys.keep(session, token)
