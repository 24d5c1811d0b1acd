"""Fenced code within Markdown.

Markdown that is shown as code may have fences in it, which models write as long as its own. CommonMark would end it at
the first of them.
"""

import re

from markdown_it import MarkdownIt
from markdown_it.rules_block import StateBlock, fence

_MARKDOWN = re.compile(r"(`{3,}|~{3,})[ \t]*(?:markdown|md|mdx)\b[^`\n]*", re.IGNORECASE)
_FENCE = re.compile(r"(`{3,}|~{3,})[ \t]*([^`\n]*)")


def fences(markdown: MarkdownIt) -> None:
    """Let a parser find the end of Markdown that is shown as code."""
    markdown.block.ruler.at("fence", _find_fence, {"alt": ["paragraph", "reference", "blockquote", "list"]})


def _find_fence(state: StateBlock, start: int, end: int, silent: bool) -> bool:
    position, line_end = state.bMarks[start] + state.tShift[start], state.eMarks[start]
    opening = _MARKDOWN.fullmatch(state.src, position, line_end)
    if not opening or silent or state.is_code_block(start):
        return fence(state, start, end, silent)
    last = _closing_line(state, start + 1, end, opening[1])
    token = state.push("fence", "code", 0)
    token.info, token.markup = state.src[position + len(opening[1]) : line_end], opening[1]
    token.content = state.getLines(start + 1, last, state.sCount[start], keepLastLF=True)
    closed = last < end and state.sCount[last] >= state.blkIndent
    state.line = last + closed
    token.map = [start, state.line]
    return True


def _closing_line(state: StateBlock, line: int, end: int, marks: str) -> int:
    """The line that closes it, or the first one that is outside."""
    inner = ""
    while line < end:
        if not state.isEmpty(line) and state.sCount[line] < state.blkIndent:
            return line
        found = _FENCE.fullmatch(state.src, state.bMarks[line] + state.tShift[line], state.eMarks[line])
        if found and found[1].startswith(inner or marks) and not state.is_code_block(line):
            if not found[2].strip() and not inner:
                return line
            if not found[2].strip():
                inner = ""
            elif not inner:
                inner = found[1]
        line += 1
    return end
