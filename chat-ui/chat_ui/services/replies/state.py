"""A reply's current state in this process: its task changes it, any number of readers watch it."""

import asyncio
from contextlib import suppress
from dataclasses import dataclass, field
from enum import StrEnum
from uuid import UUID

from chat_ui.models.reasoning import OPENING, split
from chat_ui.models.replies import Outcome


class Phase(StrEnum):
    WAITING = "waiting"
    """In the queue, at `place`."""
    MODEL_AWAY = "model_away"
    """The model server is unavailable; the task keeps trying."""
    READING = "reading"
    """The model has read `read` of the prompt's `total` tokens."""
    WRITING = "writing"
    ENDED = "ended"
    MOVED = "moved"
    """Another process writes the reply now; its readers reconnect and find it there."""


@dataclass(eq=False)
class ReplyState:
    """Readers compare `version`, which grows with every change, and `rewinds`, which grows when text is replaced."""

    reply_id: UUID
    chat_id: UUID
    text: str = ""
    phase: Phase = Phase.WAITING
    place: int | None = None
    read: int = 0
    total: int = 0
    pieces: int = 0
    """How many pieces the model has written; usually one token each."""
    outcome: Outcome | None = None
    version: int = 0
    rewinds: int = 0
    _waiting: set[asyncio.Future[bool]] = field(default_factory=set, repr=False)

    @property
    def thinking(self) -> bool:
        """Whether the model is writing thoughts, before its answer."""
        return self.text.startswith(OPENING) and split(self.text).thinking

    @property
    def progress(self) -> tuple[object, ...]:
        """Everything that the line below a reply shows."""
        return self.phase, self.place, self.read, self.total, self.thinking

    @property
    def over(self) -> bool:
        """Whether the state has reached its last change."""
        return self.phase in (Phase.ENDED, Phase.MOVED)

    def wait_in_queue(self, place: int) -> None:
        self.phase, self.place = Phase.WAITING, place
        self._notify()

    def lose_model(self) -> None:
        self.phase = Phase.MODEL_AWAY
        self._notify()

    def reading(self, read: int, total: int) -> None:
        self.phase, self.read, self.total = Phase.READING, read, total
        if read < total:  # otherwise the first word follows at once and would wait for this update
            self._notify()

    def write(self, position: int, text: str) -> int:
        """Overwrite the text from `position` (in characters) on; return the new length."""
        if position < len(self.text):
            self.text = self.text[:position]
            self.rewinds += 1
        self.text += text
        self.pieces += bool(text)
        self.phase = Phase.WRITING
        self._notify()
        return len(self.text)

    def end(self, outcome: Outcome) -> None:
        self.phase, self.outcome = Phase.ENDED, outcome
        self._notify()

    def move(self) -> None:
        self.phase = Phase.MOVED
        self._notify()

    def _notify(self) -> None:
        self.version += 1
        self.wake()

    async def changed_since(self, version: int, seconds: float) -> bool:
        """Wait until the version differs from this one; return False if that takes longer than `seconds`."""
        if self.version != version:
            return True
        loop = asyncio.get_running_loop()
        waiter: asyncio.Future[bool] = loop.create_future()
        self._waiting.add(waiter)
        timer = loop.call_later(seconds, _answer, waiter, False)  # noqa: FBT003
        try:
            return await waiter
        finally:
            timer.cancel()
            self._waiting.discard(waiter)

    async def ended(self, seconds: float) -> None:
        """Wait until the reply is over, at most `seconds`."""
        with suppress(TimeoutError):
            async with asyncio.timeout(seconds):
                while not self.over:
                    await self.changed_since(self.version, seconds)

    def wake(self) -> None:
        """Let every reader look again, though nothing has changed."""
        if self._waiting:
            waiting, self._waiting = self._waiting, set()
            for waiter in waiting:
                _answer(waiter, True)  # noqa: FBT003


def _answer(waiter: asyncio.Future[bool], changed: bool) -> None:  # noqa: FBT001
    if not waiter.done():
        waiter.set_result(changed)
