"""A request repeated with the same Idempotency-Key gets the first one's answer, and its work is done once."""

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager, suppress
from uuid import UUID

from chat_ui.clients.database.idempotency_keys import IdempotencyKeysClient
from chat_ui.errors import DatabaseUnavailable, ParleyError

MAX_ANSWER_CHARS = 1_000_000
"""A longer answer is not stored, so its request would be carried out again."""
RENEW_SECONDS = 2.0
"""How often a claim is renewed; db-api drops a claim that is not renewed for several times as long."""


class IdempotentRequests:
    """Claims and answers live in the database: they hold in every process and after a restart.

    db-api keeps them for a day, and a limited number of them per user.
    """

    def __init__(self, keys: IdempotencyKeysClient) -> None:
        self._keys = keys

    async def once(self, session: str, token: UUID, request: str, work: Callable[[], Awaitable[str]]) -> str:
        """Return the work's answer, or that of the first request with this token. Failed work is done again.

        Args:
            request: a hash of the whole request; a different one with the same token is refused.

        Raises:
            KeyReused: the token was used for a different request.
            KeyInUse: the first request is still in progress.
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
        with suppress(DatabaseUnavailable):  # the work is done, so its caller gets the answer all the same
            if len(answer) <= MAX_ANSWER_CHARS:
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
