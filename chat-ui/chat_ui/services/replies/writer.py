"""The replies that this process writes: they are started, stored, stopped, claimed and handed over here.

A reply's task belongs to no request, so closing the page does not end it. The process holds its replies under one lease
id. Every bulk write renews these leases; a reply whose lease has expired is claimed by any other process.
"""

import asyncio
import logging
from collections.abc import Awaitable, Callable, Iterable
from contextlib import suppress
from uuid import UUID, uuid4

from chat_ui.clients.database.replies import RepliesClient
from chat_ui.errors import DatabaseUnavailable, LeaseLost, ParleyError
from chat_ui.language.translation import gettext as _
from chat_ui.models.chats import Status
from chat_ui.models.replies import ClaimedReply, OpenedReply, Outcome
from chat_ui.services.model.queue import FairQueue
from chat_ui.services.model.tickets import Party
from chat_ui.services.model.token_counter import TokenCounter
from chat_ui.services.replies.bulk_write import write_chunks
from chat_ui.services.replies.generator import Generator
from chat_ui.services.replies.running import RunningReply
from chat_ui.services.replies.state import ReplyState
from chat_ui.ticks import next_tick

STORE_TICKS = 5
"""Between two bulk writes. With what is still unread, at most 250 ms of text is generated twice after a crash."""

CLAIM_SECONDS = 2.0
RETRY_SECONDS = 1.0

logger = logging.getLogger(__name__)


class ReplyWriter:
    def __init__(
        self, replies: RepliesClient, generator: Generator, queue: FairQueue, token_counter: TokenCounter
    ) -> None:
        self.lease = uuid4()
        self.queue = queue
        self._replies = replies
        self._generator = generator
        self._token_counter = token_counter
        self._running: dict[UUID, RunningReply] = {}
        self._loops: list[asyncio.Task[None]] = []
        self._closing = False
        self._more_to_claim = False
        """The last claim found as many replies as it asked for."""
        self._claim_due = asyncio.Event()

    def open(self) -> None:
        """Start the periodic storing and claiming."""
        self._loops = [
            asyncio.create_task(_repeat(self._store_all, _until_next_store)),
            asyncio.create_task(_repeat(self._claim, self._until_next_claim)),
            asyncio.create_task(_repeat(self._token_counter.flush, _until_next_store)),
        ]

    @property
    def is_closing(self) -> bool:
        return self._closing

    def state_of(self, reply_id: UUID) -> ReplyState | None:
        """Return the state of a reply that this process writes, else None."""
        running = self._running.get(reply_id)
        return running.state if running else None

    def start(self, opened: OpenedReply | ClaimedReply, party: Party, key_id: UUID | None = None) -> ReplyState:
        """Start writing this reply; a second call for the same reply returns the same state."""
        if running := self._running.get(opened.reply.id):
            return running.state
        running = RunningReply(opened, party, key_id)
        if self._closing:  # another process claims it
            running.state.move()
            return running.state
        self._running[opened.reply.id] = running
        running.task = asyncio.create_task(self._write(running))
        return running.state

    def stop(self, reply_id: UUID) -> bool:
        """End the reply with the text it has and free its slot. Return False if another process writes it."""
        running = self._running.get(reply_id)
        if running is None or running.task is None:
            return False
        running.end_early(Status.STOPPED)
        return True

    def hand_over(self) -> None:
        """End all tasks and streams before the process ends, so that browsers reconnect to another process."""
        self._closing = True
        for running in self._running.values():
            if running.task:
                running.task.cancel()
            running.state.move()

    async def close(self) -> None:
        """Store what the tasks have written and release their leases."""
        self.hand_over()
        for loop in self._loops:
            loop.cancel()
        tasks = [running.task for running in self._running.values() if running.task]
        await asyncio.gather(*self._loops, *tasks, return_exceptions=True)
        try:
            await self._store(self._running.values())
            await self._token_counter.flush()
            await self._replies.release(self.lease)
        except DatabaseUnavailable:
            logger.warning("database unavailable: %d replies wait for their leases to expire", len(self._running))

    async def _write(self, running: RunningReply) -> None:
        state = running.state
        try:
            outcome = await self._store_end(running, await self._generate(running))
            self._token_counter.add(running.party.user_id, running.key_id, outcome.tokens)
            state.end(outcome)
        except LeaseLost:
            self._lose(running)
        finally:
            if not self._closing:
                self._running.pop(state.reply_id, None)
            if self._more_to_claim and len(self._running) < self.queue.slots:
                self._claim_due.set()

    async def _generate(self, running: RunningReply) -> Outcome:
        state = running.state
        try:
            servers = self._generator.servers
            self.queue.resize(await servers.slots())
            place = self.queue.turn(running.party, state.wait_in_queue, lambda: servers.choose(state.chat_id).address)
            async with place as move_to:
                return await self._generator.run(running.question, state, move_to)
        except asyncio.CancelledError:
            task = asyncio.current_task()
            if running.early_end is None or self._closing or task is None:
                raise
            task.uncancel()
            error = our_mistake() if running.early_end is Status.FAILED else None
            return Outcome(
                status=running.early_end, error=error, prompt_tokens=state.total, completion_tokens=state.pieces
            )
        except Exception:
            # The outermost edge of a task that nobody awaits. Left open, the reply would be claimed and fail again.
            logger.exception("reply %s broke off", state.reply_id)
            return Outcome(status=Status.FAILED, error=our_mistake())

    async def _store_end(self, running: RunningReply, outcome: Outcome) -> Outcome:
        """Store how the reply ended. If db-api refuses that, the reply fails with the text that is stored."""
        running.ending = True
        try:
            await self._end(running, running.state.text, outcome)
        except LeaseLost:
            raise
        except (ParleyError, RuntimeError):
            logger.exception("db-api refuses the end of reply %s", running.state.reply_id)
            outcome = Outcome(status=Status.FAILED, error=our_mistake())
            running.state.write(running.stored, "")
            await self._end(running, running.state.text, outcome)
        return outcome

    async def _end(self, running: RunningReply, text: str, outcome: Outcome) -> None:
        while True:
            try:
                await self._replies.end(self.lease, running.state.reply_id, text, outcome)
            except DatabaseUnavailable:
                await asyncio.sleep(RETRY_SECONDS)
            else:
                return

    async def _store(self, running: Iterable[RunningReply]) -> None:
        """Store the new text of all replies, and end those that db-api refuses."""
        chunks = {reply: reply.unstored() for reply in running}
        result = await write_chunks(self._replies, self.lease, chunks.values())
        for reply, chunk in chunks.items():
            if chunk.reply_id in result.unstorable:
                reply.end_early(Status.FAILED)
            elif chunk.reply_id not in result.lost:
                reply.stored = result.gaps.get(chunk.reply_id, chunk.position + len(chunk.text))
            elif not reply.ending:
                self._lose(reply)
                if reply.task:
                    reply.task.cancel()

    def _lose(self, running: RunningReply) -> None:
        """Drop a reply that another process owns now."""
        logger.info("reply %s is now written by another process", running.state.reply_id)
        self._running.pop(running.state.reply_id, None)
        running.state.move()

    async def _store_all(self) -> None:
        await self._store([running for running in self._running.values() if not running.ending])

    async def _claim(self) -> None:
        """Claim replies that nobody writes, at most as many as there are slots."""
        if self.queue.is_full:
            return
        limit = self.queue.slots
        claims = await self._replies.claim(self.lease, limit)
        for claimed in claims:
            logger.info("reply %s resumes here", claimed.reply.id)
            self.start(claimed, Party(claimed.user_id))
        self._more_to_claim = len(claims) == limit

    async def _until_next_claim(self) -> None:
        """Wait for the time of the next claim, or for a slot that another reply may take."""
        self._claim_due.clear()
        with suppress(TimeoutError):
            async with asyncio.timeout(CLAIM_SECONDS):
                await self._claim_due.wait()


async def _until_next_store() -> None:
    await next_tick(STORE_TICKS)


async def _repeat(step: Callable[[], Awaitable[None]], rest: Callable[[], Awaitable[None]]) -> None:
    while True:
        try:
            await step()
        except DatabaseUnavailable:
            # The text stays in memory, bounded by `max_reply_tokens`, and is stored by the next write.
            logger.warning("the database is unavailable; trying again")
        except Exception:
            # The outermost edge of a task that nobody awaits.
            logger.exception("a background step failed; trying again")
        await rest()


def our_mistake() -> str:
    return _("This is an error on our side, and it has been logged. Try again in a moment.")
