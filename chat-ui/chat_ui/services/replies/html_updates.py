"""HTML updates of a running reply, rendered once for all pages that watch it."""

from dataclasses import dataclass
from weakref import WeakKeyDictionary
from zlib import crc32

from chat_ui.markdown.growing import GrowingMarkdown
from chat_ui.models.reasoning import OPENING, Reasoning, split
from chat_ui.services.replies.state import ReplyState
from chat_ui.ticks import TICK_SECONDS

OPEN_CHARS_PER_SECOND = 100_000
"""Bounds the cost of a long open block, which each update renders and sends again, to about a tenth of a core."""


@dataclass(slots=True)
class Growth:
    """Newly finished blocks, and the open block that replaces the previous one."""

    finished: str
    open: str


@dataclass(slots=True)
class Update:
    """The changes for one page. With `fresh`, they replace everything it had."""

    fresh: bool
    reasoning: Reasoning
    thoughts: Growth | None
    """None if the page already has all thoughts."""
    answer: Growth
    event_id: str
    """Identifies the finished blocks that the page has now; the browser returns it as `Last-Event-ID`."""

    @property
    def only_grows(self) -> bool:
        """Whether the answer has only grown, the usual case."""
        return not self.fresh and not self.thoughts and not self.reasoning.thinking


@dataclass(frozen=True)
class _Mark:
    """A position in the text up to which all blocks are finished, and their number."""

    end: int
    event_id: str
    thoughts: int = 0
    thought: bool = False
    """Whether the thoughts have ended."""
    answer: int = 0


def _event_id(text: str, end: int) -> str:
    """Return an id that every process computes alike for the text up to `end`."""
    return f"{end}-{crc32(text[:end].encode(errors='replace')):08x}"


NOTHING = _Mark(0, _event_id("", 0))


class _Rendered:
    def __init__(self) -> None:
        self.version = self.rewinds = -1

    def _begin(self, state: ReplyState) -> None:
        self.rewinds = state.rewinds
        self.thoughts = GrowingMarkdown(f"thoughts-{state.reply_id}-")
        self.answer = GrowingMarkdown(f"{state.reply_id}-")
        self.marks = [NOTHING]

    def render(self, state: ReplyState) -> None:
        if state.rewinds != self.rewinds:
            self._begin(state)
        if state.version != self.version:
            self.reasoning = split(state.text)
            self.thoughts.grow(self.reasoning.thoughts)
            self.answer.grow(self.reasoning.answer)
            self._mark(state.text)
            self.version = state.version

    def _mark(self, text: str) -> None:
        done, begin, blocks = self.marks[-1], self.reasoning.answer_start, len(self.thoughts.blocks)
        for count in range(done.thoughts, blocks):
            self.marks.append(_mark_at(text, len(OPENING) + self.thoughts.ends[count], count + 1))
        if begin and not done.thought:
            self.marks.append(_mark_at(text, begin, blocks, thought=True))
        for count in range(done.answer, len(self.answer.blocks)):
            end = begin + self.answer.ends[count]
            self.marks.append(_mark_at(text, end, blocks, thought=bool(begin), answer=count + 1))


def _mark_at(text: str, end: int, thoughts: int, *, thought: bool = False, answer: int = 0) -> _Mark:
    return _Mark(end, _event_id(text, end), thoughts, thought, answer)


_rendered: WeakKeyDictionary[ReplyState, _Rendered] = WeakKeyDictionary()


class HtmlUpdates:
    """The updates for one page, which remember what that page has."""

    def __init__(self, state: ReplyState, last_event_id: str | None = None) -> None:
        """Start with the id of the last event that the page received: it keeps its finished blocks."""
        self._state = state
        self._rendered = _rendered.setdefault(state, _Rendered())
        self._rendered.render(state)
        known = {mark.event_id: mark for mark in self._rendered.marks[1:]}
        self._has = known.get(last_event_id or "", NOTHING)
        self._rewinds = self._rendered.rewinds if self._has.end else -1
        self._thinks = self._has.thoughts > 0 or self._has.thought
        """Whether the page has a place for thoughts."""

    @property
    def rest(self) -> float:
        """Seconds until the next update; longer if more must be rendered and sent again."""
        again = len(self._rendered.thoughts.open) + len(self._rendered.answer.open)
        return max(TICK_SECONDS, again / OPEN_CHARS_PER_SECOND)

    def update(self) -> Update:
        """Return the difference between the page and the current state."""
        rendered = self._rendered
        rendered.render(self._state)
        reasoning, mark = rendered.reasoning, rendered.marks[-1]
        fresh = self._rewinds != rendered.rewinds or (bool(reasoning.thoughts) and not self._thinks)
        has = NOTHING if fresh else self._has
        thoughts = None if has.thought or not reasoning.thoughts else _growth(rendered.thoughts, has.thoughts)
        self._rewinds, self._has, self._thinks = rendered.rewinds, mark, bool(reasoning.thoughts)
        return Update(fresh, reasoning, thoughts, _growth(rendered.answer, has.answer), mark.event_id)


def _growth(markdown: GrowingMarkdown, blocks: int) -> Growth:
    return Growth("".join(markdown.blocks[blocks:]), markdown.open)
