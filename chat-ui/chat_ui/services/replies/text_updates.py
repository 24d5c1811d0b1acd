"""Text updates of a running reply for programs: pieces at positions, counted in Unicode code points."""

import time
from collections.abc import AsyncIterator
from dataclasses import dataclass, replace

from chat_ui.models.people import Visitor
from chat_ui.models.reasoning import Reasoning, split
from chat_ui.models.replies import Outcome, ReplyText
from chat_ui.services.replies.state import Phase
from chat_ui.services.replies.watcher import HEARTBEAT_SECONDS, ReplyWatcher, ticks


@dataclass(frozen=True)
class Piece:
    """`text` follows the first `position` characters; it replaces anything that the reader has beyond them."""

    position: int
    text: str
    rewinds: bool = False
    of_thoughts: bool = False
    """Whether positions count characters of the thoughts instead of the answer."""

    @property
    def end(self) -> int:
        return self.position + len(self.text)


@dataclass(frozen=True)
class Place:
    """What a reader has: this many characters of the answer or, before it starts, of the thoughts."""

    position: int = 0
    in_thoughts: bool = False


BEGIN = Place()


@dataclass(frozen=True)
class Heartbeat:
    """No change for a while; the reply is still running."""


@dataclass(frozen=True)
class Ended:
    """The end of the reply."""

    outcome: Outcome
    text: str
    """The answer, without thoughts."""
    thoughts: str


class Follower:
    """Tracks what one reader has of a text that grows and may lose a word when the model resumes it."""

    def __init__(self, position: int) -> None:
        self._position = position
        """The reader's position; the stored text may be slightly behind it."""
        self._sent: str | None = None

    def follow(self, text: str, *, final: bool = False) -> Piece | None:
        """Return the piece that brings the reader up to this text, or None.

        A temporarily shorter text gives None: usually the model writes the same words again.
        """
        if self._sent is None:
            if len(text) < self._position and not final:
                return None
            self._sent = text[: self._position]
            if len(text) < self._position:
                return Piece(len(text), "", rewinds=True)
        if text == self._sent or (self._sent.startswith(text) and not final):
            return None
        kept = len(self._sent) if text.startswith(self._sent) else _common(self._sent, text)
        piece = Piece(kept, text[kept:], rewinds=kept < len(self._sent))
        self._sent = text
        return piece


def _common(one: str, other: str) -> int:
    """Return the length of the common prefix."""
    shortest = min(len(one), len(other))
    return next((at for at in range(shortest) if one[at] != other[at]), shortest)


class TwoFollowers:
    """Tracks what one reader has of the thoughts and of the answer."""

    def __init__(self, place: Place) -> None:
        self._answer = Follower(0 if place.in_thoughts else place.position)
        self._thoughts = Follower(place.position if place.in_thoughts else 0)
        self._has_thoughts = place.position > 0 and not place.in_thoughts

    def follow(self, reasoning: Reasoning, *, final: bool) -> list[Piece]:
        pieces = []
        if not self._has_thoughts:
            ended = final or bool(reasoning.answer)
            if piece := self._thoughts.follow(reasoning.thoughts, final=ended):
                pieces.append(replace(piece, of_thoughts=True))
        if piece := self._answer.follow(reasoning.answer, final=final):
            pieces.append(piece)
        return pieces


async def follow_reply(
    reader: ReplyWatcher, visitor: Visitor, stored: ReplyText, place: Place = BEGIN
) -> AsyncIterator[Piece | Heartbeat | Ended]:
    """Yield the reply from `place` on, its thoughts and then its answer, whichever process writes it.

    If the last item is not `Ended`, this process is ending.
    """
    followers, silent_since = TwoFollowers(place), time.monotonic()
    while True:
        async with reader.watch(visitor.session, stored) as state:
            async for changed in ticks(state):
                pieces = followers.follow(split(state.text), final=state.phase is Phase.ENDED) if changed else []
                for piece in pieces:
                    yield piece
                if pieces or not changed or time.monotonic() - silent_since > HEARTBEAT_SECONDS:
                    silent_since = time.monotonic()
                    if not pieces:
                        yield Heartbeat()
            if state.phase is Phase.ENDED and state.outcome:
                reasoning = split(state.text)
                yield Ended(state.outcome, reasoning.answer, reasoning.thoughts)
                return
        if reader.is_closing:
            return
        stored = await reader.find(visitor.session, stored.id)
