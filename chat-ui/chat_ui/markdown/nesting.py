"""Blocks within blocks, to a depth: what is nested deeper is shown as plain paragraphs."""

from markdown_it import MarkdownIt
from markdown_it.parser_block import ParserBlock
from markdown_it.rules_block import StateBlock, paragraph

DEEPEST = 24
"""A list takes two levels, a quote one. Each level costs another pass over its lines."""


def nesting(markdown: MarkdownIt) -> None:
    """Let a parser go to `DEEPEST`, and lose no words beyond."""
    blocks = _Blocks()
    blocks.ruler = markdown.block.ruler
    markdown.block = blocks


class _Blocks(ParserBlock):
    def tokenize(self, state: StateBlock, startLine: int, endLine: int) -> None:  # noqa: N803 - as in markdown-it
        """Read blocks up to the end, or to a line that is indented less than its container's content."""
        rules = self.ruler.getRules("") if state.level < DEEPEST else [paragraph]
        blank_lines = False
        state.line = state.skipEmptyLines(startLine)
        while state.line < endLine and state.sCount[state.line] >= state.blkIndent:
            any(rule(state, state.line, endLine, False) for rule in rules)  # noqa: FBT003 - a paragraph at last
            state.tight = not blank_lines
            # A list may have read the blank line behind it.
            blank_lines |= state.isEmpty(state.line - 1) or (state.line < endLine and state.isEmpty(state.line))
            state.line = state.skipEmptyLines(state.line)
