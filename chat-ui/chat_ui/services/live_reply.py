"""A reply's growing text as HTML, rendered once for all pages that watch it."""

from dataclasses import dataclass
from weakref import WeakKeyDictionary
from zlib import crc32

from chat_ui.markdown import GrowingMarkdown
from chat_ui.services.reply_state import ReplyState


@dataclass(frozen=True)
class Update:
    """What a page must change. With `fresh`, everything it had is replaced."""

    fresh: bool
    finished: str
    """Finished blocks to put before the open one."""
    open: str
    event_id: str
    """Names the finished blocks that the page has now; it comes back as `Last-Event-ID`."""


class _Rendered:
    def __init__(self) -> None:
        self.markdown = GrowingMarkdown()
        self.version = -1
        self.rewinds = 0

    def render(self, state: ReplyState) -> None:
        if state.rewinds != self.rewinds:
            self.markdown, self.rewinds = GrowingMarkdown(), state.rewinds
        if state.version != self.version:
            self.markdown.grow(state.text)
            self.version = state.version


_rendered: WeakKeyDictionary[ReplyState, _Rendered] = WeakKeyDictionary()


class LiveReply:
    """One page's view of a reply: remembers what the page has."""

    def __init__(self, state: ReplyState, last_event_id: str | None = None) -> None:
        """With the id of the last event that the page got, from whichever process, it keeps its finished blocks."""
        self._state = state
        self._rendered = _rendered.setdefault(state, _Rendered())
        self._rendered.render(state)
        known = [_event_id(state.text, end) for end in self._rendered.markdown.ends]
        self._blocks = known.index(last_event_id) + 1 if last_event_id in known else 0
        self._rewinds = self._rendered.rewinds if self._blocks else -1

    def update(self) -> Update:
        """The difference between what the page has and the state now."""
        rendered = self._rendered
        rendered.render(self._state)
        markdown = rendered.markdown
        fresh = self._rewinds != rendered.rewinds
        begin = 0 if fresh else self._blocks
        self._rewinds, self._blocks = rendered.rewinds, len(markdown.blocks)
        end = markdown.ends[-1] if markdown.ends else 0
        return Update(fresh, "".join(markdown.blocks[begin:]), markdown.open, _event_id(self._state.text, end))


def _event_id(text: str, end: int) -> str:
    """The same in every process that has this text up to `end`; another text has it once in 4 billion times."""
    return f"{end}-{crc32(text[:end].encode(errors='replace')):08x}"
