r"""TeX within Markdown: `\(…\)`, `\[…\]`, `$…$` and `$$…$$`. Its source is left for the page's script to typeset.

In a growing text, a formula that is still open counts as one, so that nothing in it is read as Markdown.
"""

import re
from bisect import bisect_left
from collections.abc import Sequence
from html import escape
from itertools import pairwise
from weakref import WeakKeyDictionary

from markdown_it import MarkdownIt
from markdown_it.renderer import RendererProtocol
from markdown_it.rules_block import StateBlock
from markdown_it.rules_inline import StateInline
from markdown_it.token import Token
from markdown_it.utils import EnvType, OptionsDict

from chat_ui.markdown.scripts import joins

_CLOSINGS = {"\\[": "\\]", "$$": "$$", "\\(": "\\)", "$": "$"}
_DISPLAYED = ("\\[", "$$")
_SIGN = re.compile(r"\\.|\$", re.DOTALL)

MOST_LINES = 60
"""Of a displayed formula; a longer one is text. An opening sign that never closes must not swallow the whole reply."""

_TEX = re.compile(r"[\\^_={}]")
_WORD = re.compile(r"[^\W\d_]{2}")
_VARIABLE = re.compile(r"\{\w+\}|\w{2,}+(?![\\^{(])")
_ENDS_BLOCK = re.compile(r"#{1,6} |```|~~~")


def math(markdown: MarkdownIt) -> None:
    """Add formulas to a parser. With `growing` in its environment, it finds unclosed ones too."""
    interrupts = ["paragraph", "reference", "blockquote", "list"]
    markdown.block.ruler.before("fence", "math_block", _find_block, {"alt": interrupts})
    markdown.inline.ruler.before("escape", "math_inline", _find_inline)
    markdown.add_render_rule("math_block", _render_block)
    markdown.add_render_rule("math_inline", _render_inline)


class _Closings:
    """Where formulas may end in a text, found once: each opening sign would search it to the end."""

    def __init__(self, text: str) -> None:
        self._positions: dict[str, list[int]] = {closing: [] for closing in _CLOSINGS.values()}
        for sign in _SIGN.finditer(text):  # so that a backslash never takes part in two signs
            if sign[0] in self._positions:
                self._positions[sign[0]].append(sign.start())
        dollars = self._positions["$"]
        self._positions["$$"] = [one for one, two in pairwise(dollars) if two == one + 1]

    def next(self, opening: str, start: int, end: int) -> int:
        """The position of the next one between `start` and `end`, or -1."""
        closing = _CLOSINGS[opening]
        positions = self._positions[closing]
        index = bisect_left(positions, start)
        return positions[index] if index < len(positions) and positions[index] + len(closing) <= end else -1


_closings: WeakKeyDictionary[StateBlock | StateInline, _Closings] = WeakKeyDictionary()


def _closings_of(state: StateBlock | StateInline) -> _Closings:
    found = _closings.get(state)
    if not found:
        found = _closings[state] = _Closings(state.src)
    return found


def _find_block(state: StateBlock, start: int, end: int, silent: bool) -> bool:
    """A displayed formula on lines of its own. It may have blank lines, which models write around its lines."""
    position = state.bMarks[start] + state.tShift[start]
    opening = state.src[position : position + 2]
    if opening not in _DISPLAYED or state.is_code_block(start):
        return False
    last, closed = _last_line(state, start, end, opening)
    if not closed and not (last == end and state.env.get("growing")):
        return False
    if not silent:
        token = state.push("math_block", "div", 0)
        token.content, token.markup, token.meta = _content(state, start, last, closed), opening, {"closed": closed}
        token.map, token.block = [start, last], True
        state.line = last
    return True


def _last_line(state: StateBlock, start: int, end: int, opening: str) -> tuple[int, bool]:
    """The line after the formula, and whether it is closed with nothing behind."""
    position = state.bMarks[start] + state.tShift[start] + len(opening)
    closing = _closings_of(state).next(opening, position, state.eMarks[end - 1])
    within = range(start, min(end, start + MOST_LINES))
    if (closing < 0 and not state.env.get("growing")) or closing > state.eMarks[within[-1]]:
        return start, False
    after_blank = False
    for line in within:
        empty = line > start and state.isEmpty(line)
        if line > start and not empty and (state.sCount[line] < state.blkIndent or _ends(state, line, after_blank)):
            return line, False
        if 0 <= closing <= state.eMarks[line]:
            behind = state.src[closing + len(_CLOSINGS[opening]) : state.eMarks[line]]
            return line + 1, not behind.strip()
        after_blank = empty
    return within[-1] + 1, False


def _ends(state: StateBlock, line: int, after_blank: bool) -> bool:
    """Whether no formula goes on in this line."""
    return after_blank and bool(_ENDS_BLOCK.match(state.src, state.bMarks[line] + state.tShift[line]))


def _content(state: StateBlock, start: int, last: int, closed: bool) -> str:
    lines = [state.src[state.bMarks[line] + state.tShift[line] : state.eMarks[line]] for line in range(start, last)]
    content = "\n".join(lines)[2:]
    return content.rstrip()[:-2] if closed else content


def _find_inline(state: StateInline, silent: bool) -> bool:
    if state.src[state.pos] not in "\\$":
        return False
    opening = next((mark for mark in _CLOSINGS if state.src.startswith(mark, state.pos, state.posMax)), None)
    if opening is None:
        return False
    start = state.pos + len(opening)
    end = _closings_of(state).next(opening, start, state.posMax)
    closed = end >= 0
    if closed and opening == "$" and not _is_formula(state.src, start, end):
        return False
    if not closed and not state.env.get("growing"):
        return False
    content = state.src[start : end if closed else state.posMax]
    if not content.strip() or not (closed or _looks_open(opening, content)):
        return False
    if not silent:
        token = state.push("math_inline", "span", 0)
        token.content, token.markup, token.meta = content, opening, {"closed": closed}
    state.pos = end + len(opening) if closed else state.posMax
    return True


def _is_formula(text: str, start: int, end: int) -> bool:
    """Whether two dollar signs enclose TeX, rather than belong to two prices or two variables."""
    content, before, behind = text[start:end], text[max(0, start - 2) : start - 1], text[end + 1 : end + 2]
    if content[:1].isspace() or content[-1:].isspace() or behind.isdigit() or "\n\n" in content:
        return False
    if before.isalnum() and not joins(before):
        return False
    if behind in ("_", "{") or (behind.isalpha() and not joins(behind)):
        return _goes_on_as_word(content)
    return not (content[:1].isdigit() and _WORD.search(content) and not _TEX.search(content))


def _goes_on_as_word(content: str) -> bool:
    """Whether a formula, rather than a variable of a shell, stands before a letter: `$n$th` is one, `$A:$B` is not."""
    if not (content[-1].isalnum() or content[-1] in ")}]'|") or _VARIABLE.match(content):
        return False
    return not _WORD.search(content) or bool(_TEX.search(content))


def _looks_open(opening: str, content: str) -> bool:
    """Whether an unclosed opening starts a formula: a lone dollar sign is usually a price."""
    return opening != "$" or bool(not content[:1].isspace() and _TEX.search(content))


def _html(token: Token) -> str:
    classes = ["math"] + ["display"] * (token.markup in _DISPLAYED) + ["pending"] * (not token.meta["closed"])
    source = token.markup + token.content + (_CLOSINGS[token.markup] if token.meta["closed"] else "")
    return f'<{token.tag} class="{" ".join(classes)}">{escape(source)}</{token.tag}>'


def _render_inline(
    renderer: RendererProtocol, tokens: Sequence[Token], index: int, options: OptionsDict, env: EnvType
) -> str:
    return _html(tokens[index])


def _render_block(
    renderer: RendererProtocol, tokens: Sequence[Token], index: int, options: OptionsDict, env: EnvType
) -> str:
    return _html(tokens[index]) + "\n"
