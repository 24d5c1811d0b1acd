"""Emphasis within Markdown, also where no space separates it from the next word: `**서울(Seoul)**은`."""

from collections.abc import Callable
from functools import partial

from markdown_it import MarkdownIt
from markdown_it.common.utils import isMdAsciiPunct, isPunctChar, isWhiteSpace
from markdown_it.rules_inline import StateInline, emphasis, strikethrough
from markdown_it.rules_inline.state_inline import Scanned

from chat_ui.markdown.scripts import is_wide, joins

_Rule = Callable[[StateInline, bool], bool]


def spaceless_emphasis(markdown: MarkdownIt) -> None:
    """Let a parser's `*`, `_` and `~~` open and close beside words of any script."""
    markdown.inline.ruler.at("emphasis", _beside_any_script(emphasis.tokenize))
    markdown.inline.ruler.at("strikethrough", _beside_any_script(strikethrough.tokenize))


def _beside_any_script(rule: _Rule) -> _Rule:
    def find(state: StateInline, silent: bool) -> bool:
        state.scanDelims = partial(_scan, state)  # type: ignore[method-assign]
        return rule(state, silent)

    return find


def _scan(state: StateInline, start: int, can_split_word: bool) -> Scanned:
    """What CommonMark says of a run of signs, but punctuation beside a script without spaces is as good as a space."""
    scanned = StateInline.scanDelims(state, start, can_split_word)
    end = start + scanned.length
    before = state.src[start - 1] if start else " "
    behind = state.src[end] if end < state.posMax else " "
    if not (joins(before) or joins(behind)):
        return scanned
    opens = not isWhiteSpace(ord(behind)) and (not _separates(behind) or _ends_word(before))
    closes = not isWhiteSpace(ord(before)) and (not _separates(before) or _ends_word(behind))
    return Scanned(
        opens and (can_split_word or not closes or _is_punctuation(before)),
        closes and (can_split_word or not opens or _is_punctuation(behind)),
        scanned.length,
    )


def _is_punctuation(character: str) -> bool:
    return isMdAsciiPunct(ord(character)) or isPunctChar(character)


def _separates(character: str) -> bool:
    return _is_punctuation(character) and not is_wide(character)


def _ends_word(character: str) -> bool:
    return isWhiteSpace(ord(character)) or _separates(character) or joins(character)
