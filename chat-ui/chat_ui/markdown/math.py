r"""TeX within Markdown: `\(…\)`, `\[…\]`, `$…$` and `$$…$$`. Its source is left for the page's script to typeset.

In a growing text, a formula that is still open counts as one, so that nothing in it is read as Markdown.
"""

import re
from collections.abc import Sequence
from html import escape

from markdown_it import MarkdownIt
from markdown_it.renderer import RendererProtocol
from markdown_it.rules_block import StateBlock
from markdown_it.rules_inline import StateInline
from markdown_it.token import Token
from markdown_it.utils import EnvType, OptionsDict

_CLOSINGS = {"\\[": "\\]", "$$": "$$", "\\(": "\\)", "$": "$"}
_DISPLAYED = ("\\[", "$$")

_TEX = re.compile(r"[\\^_={}]")
_WORD = re.compile(r"[^\W\d_]{2}")


def math(markdown: MarkdownIt) -> None:
    """Add formulas to a parser. With `growing` in its environment, it finds unclosed ones too."""
    interrupts = ["paragraph", "reference", "blockquote", "list"]
    markdown.block.ruler.before("fence", "math_block", _find_block, {"alt": interrupts})
    markdown.inline.ruler.before("escape", "math_inline", _find_inline)
    markdown.add_render_rule("math_block", _render_block)
    markdown.add_render_rule("math_inline", _render_inline)


def _find_block(state: StateBlock, start: int, end: int, silent: bool) -> bool:
    """A displayed formula on lines of its own, without a blank line in it."""
    opening = state.src[state.bMarks[start] + state.tShift[start] :][:2]
    if opening not in _DISPLAYED or state.is_code_block(start):
        return False
    content, last, closed = _read_lines(state, start, end, opening)
    if not closed and not (last == end and state.env.get("growing")):
        return False
    if not silent:
        token = state.push("math_block", "div", 0)
        token.content, token.markup, token.meta = content, opening, {"closed": closed}
        token.map, token.block = [start, last], True
        state.line = last
    return True


def _read_lines(state: StateBlock, start: int, end: int, opening: str) -> tuple[str, int, bool]:
    """The formula's content, the line after it, and whether it is closed with nothing behind."""
    lines: list[str] = []
    for line in range(start, end):
        if line > start and (state.isEmpty(line) or state.sCount[line] < state.blkIndent):
            return "\n".join(lines), line, False
        position = state.bMarks[line] + state.tShift[line] + (len(opening) if line == start else 0)
        content, closing, behind = state.src[position : state.eMarks[line]].partition(_CLOSINGS[opening])
        lines.append(content)
        if closing:
            return "\n".join(lines), line + 1, not behind.strip()
    return "\n".join(lines), end, False


def _find_inline(state: StateInline, silent: bool) -> bool:
    opening = next((mark for mark in _CLOSINGS if state.src.startswith(mark, state.pos)), None)
    if opening is None:
        return False
    start = state.pos + len(opening)
    end = state.src.find(_CLOSINGS[opening], start, state.posMax)
    closed = end >= 0
    content = state.src[start : end if closed else state.posMax]
    if closed and opening == "$" and not _is_formula(state.src, start, end):
        return False
    if not content.strip() or not (closed or (state.env.get("growing") and _looks_open(opening, content))):
        return False
    if not silent:
        token = state.push("math_inline", "span", 0)
        token.content, token.markup, token.meta = content, opening, {"closed": closed}
    state.pos = end + len(opening) if closed else state.posMax
    return True


def _is_formula(text: str, start: int, end: int) -> bool:
    """Whether two dollar signs enclose TeX, rather than belong to two prices or two variables."""
    content, before, behind = text[start:end], text[: start - 1][-1:], text[end + 1 : end + 2]
    if content[:1].isspace() or content[-1:].isspace() or before.isalnum() or behind.isdigit() or "\n\n" in content:
        return False
    doubtful = content[:1].isdigit() or behind.isalpha()
    return not (doubtful and _WORD.search(content) and not _TEX.search(content))


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
