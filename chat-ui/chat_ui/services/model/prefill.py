"""Reading a chat's prompt into the model's cache while its author still reads or types.

The reply to the next message then starts at once: only the end of the prompt is left to read.
"""

import asyncio
import time
from collections import Counter, OrderedDict
from collections.abc import Iterable, Iterator
from contextlib import aclosing, contextmanager, suppress
from dataclasses import dataclass, replace
from itertools import chain
from uuid import UUID

from chat_ui.errors import ContextExceeded, GaveWay, LanguageModelRefused, LanguageModelUnavailable
from chat_ui.language.translation import gettext as _
from chat_ui.models.chats import Chat
from chat_ui.models.prompts import ModelInfo, Prompt, salt_of
from chat_ui.services.model.prompt import ROOMS, build_prefill
from chat_ui.services.model.queue import FairQueue
from chat_ui.services.model.servers import ModelServers
from chat_ui.text import clean, is_blank

LONGEST_SECONDS = 50.0
"""Limit for waiting and reading together; nginx times out after 60."""

MOST_PER_MINUTE = 30
"""Limit per user: each prompt can evict another chat from the server's cache."""

REMEMBERED_CHATS = 200
REMEMBERED_SECONDS = 300.0
"""How long a prompt counts as cached. If the server has evicted it earlier, the next reply reads it."""


@dataclass(frozen=True)
class ReadState:
    """What a server has read of a chat: a hash of the server and the turns before the draft, and the draft."""

    history: int
    draft: str
    at: float

    def holds(self, other: "ReadState") -> bool:
        fresh = other.at < self.at + REMEMBERED_SECONDS
        return fresh and self.history == other.history and self.draft.startswith(other.draft)


class Prefiller:
    """Reads at most one prompt at a time, and for each user only the newest."""

    def __init__(
        self,
        servers: ModelServers,
        queue: FairQueue,
        *,
        max_reply_tokens: int,
        max_message_chars: int,
    ) -> None:
        self._servers = servers
        self._queue = queue
        self._max_reply_tokens = max_reply_tokens
        self._max_message_chars = max_message_chars
        self._limits: dict[UUID, asyncio.Timeout] = {}
        self._read: OrderedDict[UUID, ReadState] = OrderedDict()
        self._minute = 0
        self._counts: Counter[UUID] = Counter()

    async def warm(self, user_id: UUID, chat: Chat, draft: str) -> None:
        """Read the prompt; return when it is read, or when there is nothing new or a reply needs the model.

        Args:
            draft: the next message as typed so far.

        Raises:
            InvalidText: the draft could not be sent.
        """
        draft = "" if is_blank(draft) else clean(draft, what=_("Your message"), limit=self._max_message_chars)
        info = await self._servers.current()
        if info is None or chat.running_id:
            return
        prompts = (self._prompt(user_id, chat, draft, info, room) for room in ROOMS)
        first = next(prompts)
        state = _state_of(first, self._servers.choose(chat.id).address)
        if self._is_read(chat.id, first, state) or not self._admits(user_id):
            return
        with suppress(TimeoutError, GaveWay, LanguageModelUnavailable, LanguageModelRefused):
            async with asyncio.timeout(LONGEST_SECONDS) as limit:
                with self._newest(user_id, limit):
                    async with self._queue.spare_time():
                        await self._read_what_fits(chat.id, chain([first], prompts))
                    self._remember(chat.id, state)

    def stop(self) -> None:
        """Cancel everything before the process ends."""
        for limit in self._limits.values():
            _end(limit)

    def _prompt(self, user_id: UUID, chat: Chat, draft: str, info: ModelInfo, room: float) -> Prompt:
        context_tokens = int(room * info.context_tokens)
        prompt = build_prefill(
            chat.path, chat.settings, draft, context_tokens=context_tokens, max_tokens=self._max_reply_tokens
        )
        return replace(prompt, model=info.to_ask_for(chat.settings.model), salt=salt_of(user_id))

    async def _read_what_fits(self, chat_id: UUID, prompts: Iterable[Prompt]) -> None:
        for prompt in prompts:
            with suppress(ContextExceeded), self._servers.use(chat_id) as server:
                async with aclosing(server.client.stream(prompt)) as parts:
                    async for part in parts:
                        del part  # the answer does not matter
                return

    @contextmanager
    def _newest(self, user_id: UUID, limit: asyncio.Timeout) -> Iterator[None]:
        """End an earlier prompt of this user, who has typed more or opened another chat."""
        if earlier := self._limits.get(user_id):
            _end(earlier)
        self._limits[user_id] = limit
        try:
            yield
        finally:
            if self._limits[user_id] is limit:
                del self._limits[user_id]

    def _is_read(self, chat_id: UUID, prompt: Prompt, state: ReadState) -> bool:
        if len(prompt.turns) == 1 and not state.draft:
            return True  # an empty chat
        known = self._read.get(chat_id)
        return known is not None and known.holds(state)

    def _remember(self, chat_id: UUID, state: ReadState) -> None:
        self._read[chat_id] = state
        self._read.move_to_end(chat_id)
        if len(self._read) > REMEMBERED_CHATS:
            self._read.popitem(last=False)

    def _admits(self, user_id: UUID) -> bool:
        minute = int(time.monotonic() // 60)
        if minute != self._minute:
            self._minute, self._counts = minute, Counter()
        self._counts[user_id] += 1
        return self._counts[user_id] <= MOST_PER_MINUTE


def _end(limit: asyncio.Timeout) -> None:
    if not limit.expired():
        limit.reschedule(asyncio.get_running_loop().time())


def _state_of(prompt: Prompt, server: str) -> ReadState:
    return ReadState(hash((server, prompt.model, prompt.turns[:-1])), prompt.turns[-1].content, time.monotonic())
