"""A reply's growing text as HTML, rendered once for all pages that watch it."""

from dataclasses import dataclass
from weakref import WeakKeyDictionary
from zlib import crc32

from chat_ui.markdown.growing import GrowingMarkdown
from chat_ui.models.reasoning import OPENING, Reasoning, split
from chat_ui.services.replies.state import ReplyState
from chat_ui.ticks import TICK_SECONDS

OPEN_CHARS_PER_SECOND = 100_000
"""A code block of 300 lines is 90,000 characters of HTML, which take 30 ms: so it takes a tenth of a core at most."""


@dataclass(slots=True)
class Growth:
    """Finished blocks to put before the open one, and the open one anew."""

    finished: str
    open: str


@dataclass(slots=True)
class Update:
    """What a page must change. With `fresh`, everything it had is replaced."""

    fresh: bool
    reasoning: Reasoning
    thoughts: Growth | None
    """None where the page has them all."""
    answer: Growth
    event_id: str
    """Names the finished blocks that the page has now; it comes back as `Last-Event-ID`."""

    @property
    def only_grows(self) -> bool:
        """The answer has become longer, and that is all: nearly always."""
        return not self.fresh and not self.thoughts and not self.reasoning.thinking


@dataclass(frozen=True)
class _Mark:
    """So much of the text is finished, in so many blocks."""

    end: int
    event_id: str
    thoughts: int = 0
    thought: bool = False
    """The thoughts are at their end."""
    answer: int = 0


def _event_id(text: str, end: int) -> str:
    """The same in every process that has this text up to `end`; another text has it once in 4 billion times."""
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
        done, begin, blocks = self.marks[-1], self.reasoning.answer_begins, len(self.thoughts.blocks)
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
    """One page's view of a reply: remembers what the page has."""

    def __init__(self, state: ReplyState, last_event_id: str | None = None) -> None:
        """With the id of the last event that the page got, from whichever process, it keeps its finished blocks."""
        self._state = state
        self._rendered = _rendered.setdefault(state, _Rendered())
        self._rendered.render(state)
        known = {mark.event_id: mark for mark in self._rendered.marks[1:]}
        self._has = known.get(last_event_id or "", NOTHING)
        self._rewinds = self._rendered.rewinds if self._has.end else -1
        self._thinks = self._has.thoughts > 0 or self._has.thought
        """The page has a place for thoughts."""

    @property
    def rest(self) -> float:
        """Seconds until the next update: more, the more must be rendered and sent again for it."""
        again = len(self._rendered.thoughts.open) + len(self._rendered.answer.open)
        return max(TICK_SECONDS, again / OPEN_CHARS_PER_SECOND)

    def update(self) -> Update:
        """The difference between what the page has and the state now."""
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
