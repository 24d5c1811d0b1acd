"""HTML of a text that grows at its end."""

from collections.abc import Sequence
from itertools import accumulate, pairwise

from markdown_it.token import Token
from markdown_it.utils import EnvType

from chat_ui.markdown.append_only import AppendOnlyBlock
from chat_ui.markdown.render import _blocks, _html, _markdown


class GrowingMarkdown:
    """HTML of a text that grows at its end. `blocks` are finished, `open` may still change."""

    def __init__(self, anchor: str = "") -> None:
        """The ids in it begin with `anchor`."""
        self.blocks: list[str] = []
        self.ends: list[int] = []
        """For each finished block, how many characters of the text it and those before it cover."""
        self.open = ""
        self._length = 0
        self._anchor = anchor
        self._referred: set[str] = set()
        """Footnotes that the finished blocks refer to."""
        self._plain = AppendOnlyBlock()

    def grow(self, text: str) -> None:
        """Renders what is new. The text must begin with the one before."""
        if len(text) == self._length:
            return
        self._length = len(text)
        begin = self.ends[-1] if self.ends else 0
        # Lone carriage returns end a line for Markdown but not for our count of lines.
        tail = text[begin:].replace("\r", " ")
        if grown := self._plain.grown(tail):
            self.open = grown
            return
        line_ends = list(accumulate((len(line) + 1 for line in tail.split("\n")), initial=begin))
        env: EnvType = {"anchor": self._anchor, "growing": True, "referred": self._referred}
        blocks = _blocks(_markdown.parse(tail, env)) or [[]]
        for block, following in pairwise(blocks):
            self.blocks.append(_html(block, env))
            self.ends.append(line_ends[_first_line(following)])
        self.open = _html(blocks[-1], {**env, "referred": set(self._referred)})
        self._plain.remember(tail[(self.ends[-1] if self.ends else 0) - begin :], self.open)


def _first_line(block: Sequence[Token]) -> int:
    first, _ = block[0].map or (0, 0)
    return first
