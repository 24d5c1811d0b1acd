"""Tokens used by replies, reported to db-api in bulk."""

from uuid import UUID

from chat_ui.clients.database.usage import UsageClient
from chat_ui.models.people import TokensUsed

AT_ONCE = 1_000


class TokenCounter:
    def __init__(self, usage: UsageClient) -> None:
        self._usage = usage
        self._pending: list[TokensUsed] = []

    def add(self, user_id: UUID, key_id: UUID | None, tokens: int) -> None:
        if tokens > 0:
            self._pending.append(TokensUsed(user_id, key_id, tokens))

    async def flush(self) -> None:
        """Report what is pending.

        Raises:
            DatabaseUnavailable: nothing is lost; the next call reports it.
        """
        while batch := self._pending[:AT_ONCE]:
            await self._usage.count(batch)
            del self._pending[: len(batch)]
