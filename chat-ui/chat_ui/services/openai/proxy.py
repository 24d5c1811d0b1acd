"""Requests to the model that store nothing. They share the queue, the limits and the token counts of all replies."""

import json
from collections.abc import AsyncGenerator
from contextlib import aclosing
from typing import Any

from chat_ui.models.people import Visitor
from chat_ui.models.prompts import salt_of
from chat_ui.services.access.network_limits import NetworkLimits
from chat_ui.services.model.queue import FairQueue
from chat_ui.services.model.servers import ModelServers
from chat_ui.services.model.tickets import party_of
from chat_ui.services.model.token_counter import TokenCounter
from chat_ui.services.openai.completions import public_chunk
from chat_ui.services.openai.responses import PATH as RESPONSES
from chat_ui.services.openai.responses import public_event

Json = dict[str, Any]


class OpenAIProxy:
    def __init__(
        self, servers: ModelServers, queue: FairQueue, token_counter: TokenCounter, limits: NetworkLimits
    ) -> None:
        self._servers = servers
        self._queue = queue
        self._token_counter = token_counter
        self._limits = limits

    async def stream(self, visitor: Visitor, path: str, request: Json) -> AsyncGenerator[Json]:
        """Yield what a caller may see of llama.cpp's own events. Closing the generator frees the slot.

        Always stream from the model: llama.cpp does not stop a request without a stream when its caller leaves.

        Raises:
            QueueFull: too many requests are waiting.
            TooManyMessages: too many came from the caller's network.
            LanguageModelUnavailable: the model server is absent, loading, or broke off.
            LanguageModelRefused: the model server refused the request.
        """
        self._queue.refuse_if_full(party_of(visitor))
        self._limits.count_message(visitor.network)
        self._queue.resize(await self._servers.slots())
        usage, pieces, conversation = Json(), 0, prefix_of(request)
        place = self._queue.turn(party_of(visitor), lambda _: None, lambda: self._servers.choose(conversation).address)
        public = public_event if path == RESPONSES else public_chunk
        upstream = request | {"stream": True, "return_progress": True}
        async with place:
            try:
                with self._servers.use(conversation) as server:
                    salt = salt_of(visitor.user_id)
                    async with aclosing(server.client.pass_through(path, upstream, salt)) as events:
                        async for event in events:
                            usage = _usage_in(event) or usage
                            if shown := public(event):
                                pieces += 1
                                yield shown
            finally:
                tokens = usage.get("total_tokens", pieces)
                self._token_counter.add(visitor.user_id, visitor.key_id, tokens)


def prefix_of(request: Json) -> str:
    """The part of the request that stays the same in each turn; by it the conversation keeps its model server."""
    said = request.get("messages") or request.get("input") or ""
    if isinstance(said, str):
        return said
    asked = next((at for at, item in enumerate(said) if item.get("role") == "user"), 0)
    return json.dumps(said[: asked + 1])


def _usage_in(event: Json) -> Json | None:
    usage: Json | None = event.get("usage") or event.get("response", {}).get("usage")
    return usage
