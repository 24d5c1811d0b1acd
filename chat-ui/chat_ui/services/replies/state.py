"""A reply as this process sees it now: one value that its task changes and any number of readers watch."""

import asyncio
from contextlib import suppress
from dataclasses import dataclass, field
from enum import StrEnum
from uuid import UUID

from chat_ui.models.reasoning import OPENING, split
from chat_ui.models.replies import Outcome


class Phase(StrEnum):
    WAITING = "waiting"
    """In the queue; `place` says where."""
    MODEL_AWAY = "model_away"
    """The model server does not answer; the task keeps trying."""
    READING = "reading"
    """The model reads the prompt; `read` of `total` tokens are done."""
    WRITING = "writing"
    ENDED = "ended"
    MOVED = "moved"
    """Another process writes it now: whoever watches connects again and finds it there."""


@dataclass(eq=False)
class ReplyState:
    """Readers compare `version`, which grows with every change, and `rewinds`, which grows when text was taken back."""

    reply_id: UUID
    chat_id: UUID
    text: str = ""
    phase: Phase = Phase.WAITING
    place: int | None = None
    read: int = 0
    total: int = 0
    pieces: int = 0
    """How many times the model has written: as a rule, a token each."""
    outcome: Outcome | None = None
    version: int = 0
    rewinds: int = 0
    _waiting: set[asyncio.Future[bool]] = field(default_factory=set, repr=False)

    @property
    def thinking(self) -> bool:
        """The model writes for itself, before its answer."""
        return self.text.startswith(OPENING) and split(self.text).thinking

    @property
    def progress(self) -> tuple[object, ...]:
        """All that the line below a reply is made of."""
        return self.phase, self.place, self.read, self.total, self.thinking

    @property
    def over(self) -> bool:
        """Nothing more will change here."""
        return self.phase in (Phase.ENDED, Phase.MOVED)

    def wait_in_queue(self, place: int) -> None:
        self.phase, self.place = Phase.WAITING, place
        self._notify()

    def miss_model(self) -> None:
        self.phase = Phase.MODEL_AWAY
        self._notify()

    def reading(self, read: int, total: int) -> None:
        self.phase, self.read, self.total = Phase.READING, read, total
        if read < total:  # else the first word comes in a moment, and need not wait behind this
            self._notify()

    def write(self, position: int, text: str) -> int:
        """Puts text at a position (characters from the reply's begin), over what was there, and tells where it ends."""
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

    async def changed_since(self, version: int, seconds: float) -> bool:
        """True as soon as the state has another version than this one; False where it has not for so many seconds."""
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
        """Returns when the reply is over, or after so many seconds."""
        with suppress(TimeoutError):
            async with asyncio.timeout(seconds):
                while not self.over:
                    await self.changed_since(self.version, seconds)

    def _notify(self) -> None:
        self.version += 1
        if self._waiting:
            waiting, self._waiting = self._waiting, set()
            for waiter in waiting:
                _answer(waiter, True)  # noqa: FBT003


def _answer(waiter: asyncio.Future[bool], changed: bool) -> None:  # noqa: FBT001
    if not waiter.done():
        waiter.set_result(changed)
