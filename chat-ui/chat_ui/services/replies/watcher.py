"""Watching a reply, whichever process writes it."""

import asyncio
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from uuid import UUID

from chat_ui.clients.database.replies import RepliesClient
from chat_ui.errors import DatabaseUnavailable, ParleyError
from chat_ui.models.replies import Outcome, ReplyText
from chat_ui.services.replies.state import Phase, ReplyState
from chat_ui.services.replies.writer import ReplyWriter
from chat_ui.ticks import TICK_SECONDS

FOLLOW_SECONDS = 0.3
"""Polling interval for a reply that another process writes."""

HEARTBEAT_SECONDS = 15.0


class ReplyWatcher:
    def __init__(self, replies: RepliesClient, writer: ReplyWriter) -> None:
        self._replies = replies
        self._writer = writer

    @property
    def is_closing(self) -> bool:
        """Whether this process is ending; readers reconnect to another one."""
        return self._writer.is_closing

    async def find(self, session: str, reply_id: UUID) -> ReplyText:
        """Return the stored reply. This authorises the reader, so it is called before a stream opens.

        Raises:
            MessageNotFound: no such reply, or another user's.
        """
        return await self._replies.read(session, reply_id)

    @asynccontextmanager
    async def watch(self, session: str, stored: ReplyText) -> AsyncIterator[ReplyState]:
        """Provide the reply's state during the block: this process's own, or one that polls db-api."""
        if written_here := self._writer.state_of(stored.id):
            yield written_here
            return
        state = ReplyState(stored.id, stored.chat_id)
        _update(state, stored)
        following = asyncio.create_task(self._follow(session, state))
        try:
            yield state
        finally:
            following.cancel()

    async def _follow(self, session: str, state: ReplyState) -> None:
        while not state.over:
            await asyncio.sleep(FOLLOW_SECONDS)
            if self._writer.state_of(state.reply_id):
                state.move()  # claimed by this process in the meantime
                return
            try:
                _update(state, await self._replies.read(session, state.reply_id, after=len(state.text)))
            except DatabaseUnavailable:
                continue
            except ParleyError:
                state.move()
                return


def _update(state: ReplyState, stored: ReplyText) -> None:
    if stored.text:
        state.write(stored.position, stored.text)
    if not stored.status.running:
        state.end(Outcome.model_validate(dict(stored)))


async def ticks(state: ReplyState, every: Callable[[], float] = lambda: TICK_SECONDS) -> AsyncIterator[bool]:
    """Yield True after each change and False as a heartbeat; end with the state's last change.

    Args:
        every: returns the shortest time between two changes of the text, in seconds.
    """
    version = -1
    while True:
        if not await state.changed_since(version, HEARTBEAT_SECONDS):
            yield False
            continue
        version, over = state.version, state.over
        yield True
        if over:
            return
        if state.phase is Phase.WRITING and (rest := every() - TICK_SECONDS) > 0:
            await state.ended(rest)  # the end is reported without waiting
