"""Lists that are indented too far: four spaces more than CommonMark allows would make them code."""

import re
from dataclasses import dataclass, field

from markdown_it import MarkdownIt
from markdown_it.rules_core import StateCore

_QUOTES = r"(?: {0,3}+> ?+)*+"
_MAY_BE_TOO_FAR = re.compile(rf"^{_QUOTES}(?: {{4}}| {{0,3}}\t)[ \t]*+(?:[-*+]|\d{{1,9}}[.)])[ \t]", re.MULTILINE)
_QUOTE = re.compile(r" {0,3}> ?")
_ITEM = re.compile(r"([-*+]|(\d{1,9})[.)])([ \t]+)(?=\S)")
_RULE = re.compile(r"([-*_])(?:[ \t]*\1){2,}[ \t]*\Z")
_HEADING = re.compile(r"#{1,6}(?:[ \t]|\Z)")
_FENCE = re.compile(r"(`{3,}|~{3,})([^\n]*)")


def indentation(markdown: MarkdownIt) -> None:
    """Let a parser read over-indented lists as lists."""
    markdown.core.ruler.after("normalize", "indentation", _read_lists)


def _read_lists(state: StateCore) -> None:
    state.src = outdented(state.src)


def outdented(text: str) -> str:
    """The text with over-indented lists moved to where their parents' content begins. Lines stay lines."""
    if not _MAY_BE_TOO_FAR.search(text):
        return text
    reader = _Reader()
    return "\n".join([reader.read(line) for line in text.split("\n")])


@dataclass
class _Item:
    marker: int
    """The column of the item's marker."""
    content: int
    """The column of its text."""
    shift: int
    """The columns by which it is moved to the left."""


@dataclass
class _Reader:
    quotes: int = 0
    items: list[_Item] = field(default_factory=list)
    fence: str = ""
    code: int | None = None
    """The column from which lines are indented code."""
    after_text: bool = False

    def read(self, line: str) -> str:
        start = self._enter_quotes(line)
        body = line[start:].lstrip(" \t")
        if not body:
            self.after_text = False
            return line
        indent = len(line[start : len(line) - len(body)].expandtabs(4))
        shift = self._shift(body, indent)
        return line[:start] + " " * max(0, indent - shift) + body if shift else line

    def _enter_quotes(self, line: str) -> int:
        """Where the content of the quotes begins."""
        position = count = 0
        while (not self.fence or count < self.quotes) and (quote := _QUOTE.match(line, position)):
            position, count = quote.end(), count + 1
        if count != self.quotes:
            self.quotes, self.items, self.fence, self.code, self.after_text = count, [], "", None, False
        return position

    def _shift(self, body: str, indent: int) -> int:
        left = self._leave_items(body, indent)
        base, shift = (self.items[-1].content, self.items[-1].shift) if self.items else (0, 0)
        if self.fence:
            if body.rstrip().strip(self.fence[0]) == "" and body.startswith(self.fence) and indent < base + 4:
                self.fence = ""
            return shift
        if self.code is not None and indent >= self.code:
            return shift
        self.code = None
        item = None if _RULE.match(body) else _ITEM.match(body)
        if item and (indent < base + 4 or self._begins_list(item, indent, left)):
            shift += indent - base if indent >= base + 4 else 0
            width = len(item[3].expandtabs(4))
            content = indent + len(item[1]) + (width if width <= 4 else 1)
            self.items.append(_Item(indent, content, shift))
            self._read_text(body[item.end() :])
        elif indent >= base + 4 and not self.after_text:
            self.code = base + 4
        else:
            self._read_text(body)
        return shift

    def _read_text(self, body: str) -> None:
        fence = _FENCE.match(body)
        if fence and not (fence[1][0] == "`" and "`" in fence[2]):
            self.fence = fence[1]
        self.after_text = not fence and not _HEADING.match(body)

    def _leave_items(self, body: str, indent: int) -> _Item | None:
        """Leave the items that end before this line; the last of them may be its sibling."""
        left = None
        goes_on = self.after_text and not (_ITEM.match(body) or _HEADING.match(body) or _FENCE.match(body))
        while self.items and indent < self.items[-1].content and not goes_on:
            left = self.items.pop()
            self.fence, self.code = "", None
        return left

    def _begins_list(self, item: re.Match[str], indent: int, left: _Item | None) -> bool:
        """Whether an over-indented marker begins a list: within a sentence, a number is just a number."""
        return not self.after_text or item[2] in (None, "1") or (left is not None and left.marker == indent)
