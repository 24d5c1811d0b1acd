"""Definitions of links within Markdown, `[1]: https://…`: they are shown, for models write their sources so."""

from markdown_it import MarkdownIt
from markdown_it.rules_block import StateBlock, reference

_BRACKET = "&#91;"  # one that begins no link; behind a backslash it would begin a formula


def definitions(markdown: MarkdownIt) -> None:
    """Let a parser show each definition as the text it is."""
    markdown.block.ruler.at("reference", _find_definitions)


def _find_definitions(state: StateBlock, start: int, end: int, silent: bool) -> bool:
    """Definitions that follow each other are one paragraph."""
    line, texts = start, list[str]()
    while _may_be_one(state, line, start, end) and reference(state, line, end, silent):
        text = state.getLines(line, state.line, state.blkIndent, keepLastLF=False).strip()
        texts.append(_BRACKET + text[1:])
        line = state.line
    if not texts:
        return False
    state.push("paragraph_open", "p", 1).map = [start, line]
    inline = state.push("inline", "", 0)
    inline.content, inline.map, inline.children = "\n".join(texts), [start, line], []
    state.push("paragraph_close", "p", -1)
    return True


def _may_be_one(state: StateBlock, line: int, start: int, end: int) -> bool:
    if line >= end or state.isEmpty(line) or state.sCount[line] < state.blkIndent:
        return False
    is_note = state.src.startswith("[^", state.bMarks[line] + state.tShift[line])
    return line == start or not is_note
