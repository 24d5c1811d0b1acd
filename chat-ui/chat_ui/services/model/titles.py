"""Titles by the model, requested as one more message of the conversation, which keeps the model's cache useful."""

import asyncio
from contextlib import aclosing, suppress
from dataclasses import replace
from uuid import UUID

from chat_ui.clients.database.chats import ChatsClient
from chat_ui.errors import GaveWay, ParleyError
from chat_ui.models.chats import Chat, Role
from chat_ui.models.people import Visitor
from chat_ui.models.prompts import Delta, ModelInfo, Prompt, salt_of
from chat_ui.services.model.prompt import build_title
from chat_ui.services.model.queue import FairQueue
from chat_ui.services.model.servers import ModelServers
from chat_ui.titles import title_of

LONGEST_SECONDS = 50.0
"""Limit for waiting and writing together; nginx times out after 60."""

MOST_WAITING = 100

MOST_REMEMBERED = 10_000


class Titles:
    """Writes one title at a time, while no reply needs the model."""

    def __init__(
        self,
        chats: ChatsClient,
        servers: ModelServers,
        queue: FairQueue,
        *,
        max_reply_tokens: int,
    ) -> None:
        self._chats = chats
        self._servers = servers
        self._queue = queue
        self._max_reply_tokens = max_reply_tokens
        self._tasks: dict[UUID, asyncio.Task[Chat | None]] = {}
        self._without: dict[UUID, None] = {}
        """Replies after which the model wrote no usable title: asking again would give the same answer."""

    async def are_wanted(self, chat: Chat) -> bool:
        """Return whether the chat has a provisional title and an answer, and the model can write titles."""
        last = chat.path[-1] if chat.path else None
        answered = (
            last is not None
            and last.role is Role.ASSISTANT
            and last.answer
            and not last.status.running
            and last.id not in self._without
        )
        info = await self._servers.current() if chat.title_is_provisional and answered else None
        return info is not None and info.writes_titles

    async def begin(self, visitor: Visitor, chat: Chat) -> "asyncio.Task[Chat | None] | None":
        """Start a task, owned by no request, that returns the chat with its new title or None.

        Each chat has at most one such task. Returns None if no title is wanted.
        """
        if running := self._tasks.get(chat.id):
            return running
        if len(self._tasks) >= MOST_WAITING or not await self.are_wanted(chat):
            return None
        task = self._tasks[chat.id] = asyncio.create_task(self._suggest(visitor, chat))
        task.add_done_callback(lambda _: self._tasks.pop(chat.id, None))
        return task

    async def wait_for(self, visitor: Visitor, chat: Chat) -> Chat | None:
        """Wait for the chat with its new title; None if there is none. Cancelling the wait does not stop the task."""
        task = await self.begin(visitor, chat)
        return await asyncio.shield(task) if task else None

    def stop(self) -> None:
        """Cancel all tasks before the process ends."""
        for task in self._tasks.values():
            task.cancel()

    async def _suggest(self, visitor: Visitor, chat: Chat) -> Chat | None:
        # A failure costs only the title: the first words stay, and the next reply asks again.
        with suppress(TimeoutError, ParleyError):
            async with asyncio.timeout(LONGEST_SECONDS):
                title = await self._write(visitor, chat.id)
            if title:
                return await self._chats.suggest_title(visitor.session, chat.id, title)
        return None

    async def _write(self, visitor: Visitor, chat_id: UUID) -> str:
        while True:
            with suppress(GaveWay):
                async with self._queue.spare_time():
                    # Read the chat again: a prompt with an older state would evict the newer one from the cache.
                    chat = await self._chats.get(visitor.session, chat_id)
                    info = await self._servers.current()
                    if info is None or not await self.are_wanted(chat):
                        return ""
                    prompt = replace(self._prompt(chat, info), salt=salt_of(visitor.user_id))
                    title = title_of(await self._answer(chat_id, prompt))
                    if not title:
                        self._remember_without(chat.path[-1].id)
                    return title

    def _remember_without(self, reply_id: UUID) -> None:
        self._without[reply_id] = None
        if len(self._without) > MOST_REMEMBERED:
            del self._without[next(iter(self._without))]

    def _prompt(self, chat: Chat, info: ModelInfo) -> Prompt:
        prompt = build_title(
            chat.path, chat.settings, context_tokens=info.context_tokens, max_tokens=self._max_reply_tokens
        )
        return replace(prompt, model=info.to_ask_for(chat.settings.model))

    async def _answer(self, chat_id: UUID, prompt: Prompt) -> str:
        with self._servers.use(chat_id) as server:
            async with aclosing(server.client.stream(prompt)) as parts:
                return "".join([part.text async for part in parts if isinstance(part, Delta)])
