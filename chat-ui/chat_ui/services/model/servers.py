"""The model servers, what is known of each, and which one has a chat's prompts in its cache.

A chat always goes to the same server (rendezvous hashing): the one whose address, hashed with the chat's id, ranks
highest. When a server goes away, only its chats move, each to its next choice; when it returns, they move back.
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
        """None while the server is unavailable."""
        self._asking: asyncio.Task[None] | None = None

    def ask(self) -> asyncio.Task[None]:
        """Ask the server to describe itself, at most one request at a time."""
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
    """All model servers.

    Args:
        urls: their addresses; a host name may resolve to several servers.
        connect: creates the client for one address.
        find: resolves `urls` to the address of each server.
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
        self._refreshing: asyncio.Task[None] | None = None
        self._has_answer = False
        """Every server was asked once; from then on nobody waits for an answer."""

    async def current(self) -> ModelInfo | None:
        """Return the model that answers, or None: with the slots of all servers and the smallest context among them."""
        await self._refresh()
        infos = [server.info for server in self._here if server.info]
        if not infos:
            return None
        slots, context = sum(info.slots for info in infos), min(info.context_tokens for info in infos)
        return replace(infos[0], slots=slots, context_tokens=context)

    async def slots(self) -> dict[str, int]:
        """Return how many replies each server generates at once, by address; 1 each while no server answers."""
        await self._refresh()
        there = {server.address: server.info.slots for server in self._here if server.info}
        return there or dict.fromkeys((server.address for server in self._here), 1)

    def choose(self, chat: UUID | str) -> ModelServer:
        """Return the server that caches this chat's prompts, or its next choice while that one is unavailable."""
        ranked = sorted(self._here, key=lambda server: _rank(server.address, chat), reverse=True)
        return next((server for server in ranked if server.info), ranked[0])

    async def models(self) -> dict[str, Any]:
        """Return the model list of an available server, in OpenAI's format.

        Raises:
            LanguageModelUnavailable: no server is available.
        """
        await self._refresh()
        return await self.choose("").client.models()

    @contextmanager
    def use(self, chat: UUID | str) -> Iterator[ModelServer]:
        """Use the chat's server during the block. A server that fails there is unavailable until it answers again."""
        server = self.choose(chat)
        try:
            yield server
        except LanguageModelUnavailable:
            server.info = None
            self._stale_at = 0.0
            raise

    async def close(self) -> None:
        if self._refreshing:
            self._refreshing.cancel()
        for server in self._known.values():
            await server.close()

    async def _refresh(self) -> None:
        """Ask the servers in the background when the answers are old; wait only for the very first ones."""
        if time.monotonic() >= self._stale_at and (self._refreshing is None or self._refreshing.done()):
            self._refreshing = asyncio.create_task(self._ask())
        if self._refreshing and not self._has_answer:
            await asyncio.shield(self._refreshing)

    async def _ask(self) -> None:
        self._here = [self._server(address) for address in await self._find(self._urls)]
        # An unavailable server may take seconds to time out: wait for those only while no other is available.
        awaited = [server for server in self._here if server.info] or self._here
        asked = {server: server.ask() for server in self._here}
        await asyncio.wait([asked[server] for server in awaited])
        self._has_answer = True
        all_there = all(server.info for server in self._here)
        self._stale_at = time.monotonic() + (FRESH_SECONDS if all_there else FRESH_WHILE_AWAY_SECONDS)

    def _server(self, address: str) -> ModelServer:
        if address not in self._known:
            self._known[address] = ModelServer(address, self._connect(address))
        return self._known[address]


def _rank(address: str, chat: UUID | str) -> bytes:
    return blake2b(f"{address} {chat}".encode(errors="surrogatepass"), digest_size=8).digest()
