"""The few HTML tags that are one within Markdown: `<br>`, and pairs of `<sub>`, `<sup>` and `<kbd>`.

They have no attributes. All other tags are text.
"""

import re

from markdown_it import MarkdownIt
from markdown_it.rules_inline import StateInline
from markdown_it.token import Token

_TAG = re.compile(r"<(?:(br) ?/?|(/?)(sub|sup|kbd))>", re.IGNORECASE)
_DEEPEST = 4
"""Tags within tags; deeper ones are text."""


def tags(markdown: MarkdownIt) -> None:
    """Add these tags to a parser."""
    markdown.inline.ruler.before("autolink", "tag", _find_tag)
    markdown.inline.ruler2.before("fragments_join", "tag", _pair_tags)


def _find_tag(state: StateInline, silent: bool) -> bool:
    found = _TAG.match(state.src, state.pos, state.posMax)
    if not found:
        return False
    if not silent and found[1]:
        state.push("hardbreak", "br", 0)
    elif not silent:
        token = state.push("text", "", 0)
        token.content, token.tag, token.info = found[0], found[3].lower(), "close" if found[2] else "open"
    state.pos = found.end()
    return True


def _pair_tags(state: StateInline) -> None:
    """Make tags of those that have a partner; the others stay text."""
    opened: list[Token] = []
    for token in state.tokens:
        if token.type != "text" or not token.tag:
            continue
        if token.info == "open":
            opened.append(token)
        elif opened and opened[-1].tag == token.tag and opened[-1].level == token.level:
            opening = opened.pop()
            if len(opened) < _DEEPEST:
                opening.type, token.type = f"{token.tag}_open", f"{token.tag}_close"
                opening.nesting, token.nesting = 1, -1
    for token in state.tokens:
        if token.type == "text":
            token.tag = token.info = ""
