"""What is known of the model server, asked for at most every few seconds and never twice at once."""

import asyncio
import time

from chat_ui.clients.language_model import LanguageModelClient, ModelInfo
from chat_ui.errors import LanguageModelUnavailable

FRESH_SECONDS = 10.0
FRESH_WHILE_AWAY_SECONDS = 1.0


class ModelStatus:
    def __init__(self, model: LanguageModelClient) -> None:
        self._model = model
        self._info: ModelInfo | None = None
        self._stale_at = 0.0
        self._asking = asyncio.Lock()

    async def current(self) -> ModelInfo | None:
        """Which model answers, or None while none does."""
        if time.monotonic() >= self._stale_at:
            async with self._asking:
                if time.monotonic() >= self._stale_at:
                    await self._ask()
        return self._info

    async def _ask(self) -> None:
        try:
            self._info = await self._model.describe()
        except LanguageModelUnavailable:
            self._info = None
        self._stale_at = time.monotonic() + (FRESH_SECONDS if self._info else FRESH_WHILE_AWAY_SECONDS)
