"""The model servers: which there are, what is known of each, and which one keeps a chat's prompts in its cache.

A chat always goes to the same server (rendezvous hashing): of all servers, the one whose address and the chat's id
hash highest. When a server goes, its chats alone move, each to its own next one; when it returns, they move back.
"""

import asyncio
import time
from collections.abc import Awaitable, Callable, Iterable, Iterator
from contextlib import contextmanager
from dataclasses import replace
from hashlib import blake2b
from typing import Any
from uuid import UUID

from chat_ui.clients.model.addresses import find_addresses
from chat_ui.clients.model.language_model import LanguageModelClient
from chat_ui.errors import LanguageModelUnavailable
from chat_ui.models.prompts import ModelInfo

FRESH_SECONDS = 10.0
FRESH_WHILE_AWAY_SECONDS = 1.0


class ModelServer:
    def __init__(self, address: str, client: LanguageModelClient) -> None:
        self.address = address
        self.client = client
        self.info: ModelInfo | None = None
        """None while it is away."""
        self._asking: asyncio.Task[None] | None = None

    def ask(self) -> asyncio.Task[None]:
        """Asks it what it is, never twice at once."""
        if self._asking is None or self._asking.done():
            self._asking = asyncio.create_task(self._ask())
        return self._asking

    async def close(self) -> None:
        if self._asking:
            self._asking.cancel()
        await self.client.close()

    async def _ask(self) -> None:
        try:
            self.info = await self.client.describe()
        except LanguageModelUnavailable:
            self.info = None


class ModelServers:
    """
    Args:
        urls: where they are; a name may stand for several.
        connect: makes the client for one address.
    """

    def __init__(
        self,
        urls: Iterable[str],
        connect: Callable[[str], LanguageModelClient],
        find: Callable[[Iterable[str]], Awaitable[list[str]]] = find_addresses,
    ) -> None:
        self._urls = tuple(urls)
        self._connect = connect
        self._find = find
        self._known: dict[str, ModelServer] = {}
        self._here = [self._server(url) for url in self._urls]
        self._stale_at = 0.0
        self._asking = asyncio.Lock()

    async def current(self) -> ModelInfo | None:
        """Which model answers, or None while none does. Of several servers: their slots together, the least context."""
        await self._refresh()
        infos = [server.info for server in self._here if server.info]
        if not infos:
            return None
        slots, context = sum(info.slots for info in infos), min(info.context_tokens for info in infos)
        return replace(infos[0], slots=slots, context_tokens=context)

    async def slots(self) -> dict[str, int]:
        """How many replies each server generates at once, by its address; 1 while none is there to say."""
        await self._refresh()
        there = {server.address: server.info.slots for server in self._here if server.info}
        return there or dict.fromkeys((server.address for server in self._here), 1)

    def choose(self, chat: UUID | str) -> ModelServer:
        """The server that keeps this chat's prompts; while it is away, the one that keeps them meanwhile."""
        ranked = sorted(self._here, key=lambda server: _rank(server.address, chat), reverse=True)
        return next((server for server in ranked if server.info), ranked[0])

    async def models(self) -> dict[str, Any]:
        """The list of a server that is there, in OpenAI's shape.

        Raises:
            LanguageModelUnavailable: none is.
        """
        await self._refresh()
        return await self.choose("").client.models()

    @contextmanager
    def use(self, chat: UUID | str) -> Iterator[ModelServer]:
        """The chat's server for the length of the block. One that fails there is away until it answers again."""
        server = self.choose(chat)
        try:
            yield server
        except LanguageModelUnavailable:
            server.info = None
            self._stale_at = 0.0
            raise

    async def close(self) -> None:
        for server in self._known.values():
            await server.close()

    async def _refresh(self) -> None:
        if time.monotonic() >= self._stale_at:
            async with self._asking:
                if time.monotonic() >= self._stale_at:
                    await self._ask()

    async def _ask(self) -> None:
        self._here = [self._server(address) for address in await self._find(self._urls)]
        # Those that were away may take seconds to say nothing: they are waited for only while no other is there.
        awaited = [server for server in self._here if server.info] or self._here
        asked = {server: server.ask() for server in self._here}
        await asyncio.wait([asked[server] for server in awaited])
        all_there = all(server.info for server in self._here)
        self._stale_at = time.monotonic() + (FRESH_SECONDS if all_there else FRESH_WHILE_AWAY_SECONDS)

    def _server(self, address: str) -> ModelServer:
        if address not in self._known:
            self._known[address] = ModelServer(address, self._connect(address))
        return self._known[address]


def _rank(address: str, chat: UUID | str) -> bytes:
    return blake2b(f"{address} {chat}".encode(), digest_size=8).digest()
