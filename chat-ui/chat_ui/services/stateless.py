"""Requests to the model of which nothing is stored: through the same queue, limits and counts as every other reply."""

from collections.abc import AsyncGenerator
from contextlib import aclosing
from typing import Any

from chat_ui.clients.language_model import LanguageModelClient
from chat_ui.services.generation import Generator
from chat_ui.services.queue import FairQueue
from chat_ui.services.token_counter import TokenCounter
from chat_ui.session import Visitor

Json = dict[str, Any]


class StatelessModel:
    def __init__(
        self, model: LanguageModelClient, generator: Generator, queue: FairQueue, token_counter: TokenCounter
    ) -> None:
        self._model = model
        self._generator = generator
        self._queue = queue
        self._token_counter = token_counter

    async def stream(self, visitor: Visitor, path: str, request: Json) -> AsyncGenerator[Json]:
        """The data of llama.cpp's own events. Closing the generator frees the slot.

        It streams even where the caller does not: a request that does not runs on when nobody waits for it any more.

        Raises:
            QueueFull: too many wait.
            LanguageModelUnavailable: it is absent, loading, or broke off.
            LanguageModelRefused: it will not do this.
        """
        self._queue.refuse_if_full()
        self._queue.resize(await self._generator.slots())
        usage, pieces = Json(), 0
        async with self._queue.turn(visitor.user_id, lambda _: None):
            try:
                async with aclosing(self._model.pass_through(path, request | {"stream": True})) as events:
                    async for event in events:
                        usage = _usage_in(event) or usage
                        pieces += 1
                        yield event
            finally:
                tokens = usage.get("total_tokens", pieces)
                self._token_counter.add(visitor.user_id, visitor.key_id, tokens)


def _usage_in(event: Json) -> Json | None:
    usage: Json | None = event.get("usage") or event.get("response", {}).get("usage")
    return usage
