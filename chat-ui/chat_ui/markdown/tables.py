"""Tables within Markdown, whose rows show all of their cells: neither more nor fewer than were written."""

from collections.abc import Sequence

from markdown_it import MarkdownIt
from markdown_it.rules_block import StateBlock, table
from markdown_it.rules_block.table import escapedSplit
from markdown_it.token import Token


def tables(markdown: MarkdownIt) -> None:
    """Add tables to a parser. A short row is not filled up, so that a table costs no more than its text."""
    markdown.block.ruler.at("table", _find_table, {"alt": ["paragraph", "reference"]})
    markdown.enable("table")


def _find_table(state: StateBlock, start: int, end: int, silent: bool) -> bool:
    if not table(state, start, end, silent=True):  # checks the first two lines
        return False
    if silent:
        return True
    last = _end_of_rows(state, start + 2, end)
    classes = [_alignment(cell) for cell in _cells(state, start + 1)]
    state.push("table_open", "table", 1).map = [start, last]
    _push_part(state, "thead", range(start, start + 1), classes)
    if last > start + 2:
        _push_part(state, "tbody", range(start + 2, last), classes)
    state.push("table_close", "table", -1)
    state.line = last
    return True


def _end_of_rows(state: StateBlock, line: int, end: int) -> int:
    ends = state.md.block.ruler.getRules("blockquote")
    parent, state.parentType = state.parentType, "table"
    while line < end and not state.isEmpty(line):
        outside = state.sCount[line] < state.blkIndent or state.is_code_block(line)
        if outside or any(rule(state, line, end, True) for rule in ends):  # noqa: FBT003
            break
        line += 1
    state.parentType = parent
    return line


def _push_part(state: StateBlock, tag: str, lines: Sequence[int], classes: Sequence[str]) -> None:
    cell_tag = "th" if tag == "thead" else "td"
    state.push(f"{tag}_open", tag, 1).map = [lines[0], lines[-1] + 1]
    for line in lines:
        state.push("tr_open", "tr", 1).map = [line, line + 1]
        for column, text in enumerate(_cells(state, line)):
            opening = state.push(f"{cell_tag}_open", cell_tag, 1)
            if column < len(classes) and classes[column]:
                opening.attrs = {"class": classes[column]}
            inline: Token = state.push("inline", "", 0)
            inline.content, inline.map, inline.children = text, [line, line + 1], []
            state.push(f"{cell_tag}_close", cell_tag, -1)
        state.push("tr_close", "tr", -1)
    state.push(f"{tag}_close", tag, -1)


def _cells(state: StateBlock, line: int) -> list[str]:
    """The texts between the pipes; those at both ends are optional."""
    text = state.src[state.bMarks[line] + state.tShift[line] : state.eMarks[line]].strip()
    cells = escapedSplit(text)
    if cells and not cells[0]:
        del cells[0]
    if cells and not cells[-1]:
        del cells[-1]
    return [cell.strip() for cell in cells]


def _alignment(cell: str) -> str:
    if not cell.endswith(":"):
        return ""
    return "align-center" if cell.startswith(":") else "align-right"
