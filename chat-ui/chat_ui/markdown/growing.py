"""HTML of a text that grows at its end.

The text is split at its last top-level block. All blocks before it are finished: nothing that is still to come changes
them, so each is rendered once and stays untouched on the page. Only the open block is rendered again.
"""

from collections.abc import Sequence
from itertools import accumulate, pairwise

from markdown_it.token import Token
from markdown_it.utils import EnvType

from chat_ui.markdown.append_only import AppendOnlyBlock
from chat_ui.markdown.render import parse_blocks, to_html


class GrowingMarkdown:
    """The finished blocks of a text, and the open one, which may still change."""

    def __init__(self, anchor: str = "") -> None:
        """The ids in the HTML begin with `anchor`."""
        self.blocks: list[str] = []
        self.ends: list[int] = []
        """The position in the text at which each finished block ends."""
        self.open = ""
        self._length = 0
        self._anchor = anchor
        self._referred: set[str] = set()
        """Labels of footnotes that the finished blocks refer to."""
        self._links: dict[str, EnvType] = {}
        self._notes: dict[str, int] = {}
        """What the finished blocks define."""
        self._append_only = AppendOnlyBlock()

    def grow(self, text: str) -> None:
        """Render the new part of `text`, which must begin with the text before."""
        if len(text) == self._length:
            return
        self._length = len(text)
        start = self.ends[-1] if self.ends else 0
        # A lone carriage return ends a line for Markdown, but not for the line ends counted below.
        tail = text[start:].replace("\r", " ")
        if grown := self._append_only.grown(tail):
            self.open = grown
            return
        line_ends = list(accumulate((len(line) + 1 for line in tail.split("\n")), initial=start))
        env: EnvType = {"anchor": self._anchor, "growing": True, "referred": self._referred}
        env.update(references=dict(self._links), footnotes={"refs": dict(self._notes)})
        blocks = parse_blocks(tail, env) or [[]]
        self._keep_definitions(blocks, env)
        for block, following in pairwise(blocks):
            self.blocks.append(to_html(block, env))
            self.ends.append(line_ends[_first_line(following)])
        self.open = to_html(blocks[-1], {**env, "referred": set(self._referred)})
        self._append_only.remember(tail[(self.ends[-1] if self.ends else 0) - start :], self.open)

    def _keep_definitions(self, blocks: Sequence[Sequence[Token]], env: EnvType) -> None:
        end = _first_line(blocks[-1]) if blocks[-1] else 0
        self._links.update((name, link) for name, link in env["references"].items() if link["map"][1] <= end)
        for token in (token for block in blocks[:-1] for token in block):
            if token.type == "footnote_reference_open":
                self._notes[f":{token.meta['label']}"] = -1


def _first_line(block: Sequence[Token]) -> int:
    first, _ = block[0].map or (0, 0)
    return first
