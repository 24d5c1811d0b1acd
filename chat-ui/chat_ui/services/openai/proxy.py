"""Requests to the model of which nothing is stored: through the same queue, limits and counts as every other reply."""

import json
from collections.abc import AsyncGenerator
from contextlib import aclosing
from typing import Any

from chat_ui.models.people import Visitor
from chat_ui.services.model.queue import FairQueue, party_of
from chat_ui.services.model.servers import ModelServers
from chat_ui.services.model.token_counter import TokenCounter

Json = dict[str, Any]


class OpenAIProxy:
    def __init__(self, servers: ModelServers, queue: FairQueue, token_counter: TokenCounter) -> None:
        self._servers = servers
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
        self._queue.refuse_if_full(party_of(visitor))
        self._queue.resize(await self._servers.slots())
        usage, pieces, conversation = Json(), 0, beginning_of(request)
        place = self._queue.turn(party_of(visitor), lambda _: None, lambda: self._servers.choose(conversation).address)
        async with place:
            try:
                with self._servers.use(conversation) as server:
                    async with aclosing(server.client.pass_through(path, request | {"stream": True})) as events:
                        async for event in events:
                            usage = _usage_in(event) or usage
                            pieces += 1
                            yield event
            finally:
                tokens = usage.get("total_tokens", pieces)
                self._token_counter.add(visitor.user_id, visitor.key_id, tokens)


def beginning_of(request: Json) -> str:
    """What stays the same from turn to turn: it stands for the conversation where its model server is chosen."""
    said = request.get("messages") or request.get("input") or ""
    if isinstance(said, str):
        return said
    asked = next((at for at, item in enumerate(said) if item.get("role") == "user"), 0)
    return json.dumps(said[: asked + 1])


def _usage_in(event: Json) -> Json | None:
    usage: Json | None = event.get("usage") or event.get("response", {}).get("usage")
    return usage
