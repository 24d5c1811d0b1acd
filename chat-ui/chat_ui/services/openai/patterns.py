"""Limits of regular expressions in JSON schemas, which the model server compiles into grammar rules."""

import re
from dataclasses import dataclass
from typing import Any

from chat_ui.errors import RequestTooComplex

MAX_PATTERN_CHARS = 200
MAX_QUANTIFIERS = 32
MAX_BRANCHES = 64
MAX_REPETITIONS = 1_000
"""The upper bounds of nested `{m,n}`, multiplied."""

_TOKEN = re.compile(
    r"\\.|\[(?:\\.|[^\]\\])*\]"
    r"|(?P<quantifier>[*+?]|\{(?P<least>\d*)(?P<range>,(?P<most>\d*))?\})"
    r"|(?P<open>\((?:\?[:=!])?)|(?P<other>.)",
    re.DOTALL,
)


@dataclass
class _Element:
    """A part of a pattern that a quantifier may follow."""

    can_be_empty: bool = False
    repetitions: int = 1
    quantified: bool = False


@dataclass
class _Group:
    branch_can_be_empty: bool = True
    can_be_empty: bool = False
    """One of the branches before this one can be empty."""
    repetitions: int = 1
    last: _Element | None = None

    def add(self, element: _Element) -> None:
        self.finish_element()
        self.last = element

    def finish_element(self) -> None:
        if self.last:
            self.branch_can_be_empty = self.branch_can_be_empty and self.last.can_be_empty
            self.repetitions = max(self.repetitions, self.last.repetitions)
            self.last = None

    def finish_branch(self) -> None:
        self.finish_element()
        self.can_be_empty = self.can_be_empty or self.branch_can_be_empty
        self.branch_can_be_empty = True


def check_pattern(pattern: Any) -> int:
    """Return the number of the pattern's quantifiers.

    Raises:
        RequestTooComplex: the message names the limit that the pattern exceeds.
    """
    if not isinstance(pattern, str):
        raise RequestTooComplex("“pattern” in a schema must be a text.")
    _limit(len(pattern), MAX_PATTERN_CHARS, "characters")
    quantifiers = branches = 0
    groups = [_Group()]
    for token in _TOKEN.finditer(pattern):
        if token["quantifier"]:
            quantifiers += 1
            _quantify(groups[-1].last or _Element(), token)
        elif token["open"]:
            groups.append(_Group())
        elif token["other"] == ")" and len(groups) > 1:
            group = groups.pop()
            group.finish_branch()
            groups[-1].add(_Element(group.can_be_empty, group.repetitions))
        elif token["other"] == "|":
            branches += 1
            groups[-1].finish_branch()
        elif token["other"] not in ("^", "$"):
            groups[-1].add(_Element())
    _limit(quantifiers, MAX_QUANTIFIERS, "quantifiers")
    _limit(branches, MAX_BRANCHES, "branches")
    return quantifiers


def _quantify(element: _Element, token: "re.Match[str]") -> None:
    """Apply a quantifier. On a part that can be empty, it can match in very many ways."""
    if element.quantified or element.can_be_empty:
        raise RequestTooComplex("In a “pattern”, no quantifier may follow another one, or a group that can be empty.")
    least, most = _bounds(token)
    element.quantified, element.can_be_empty = True, least == 0
    element.repetitions *= max(most, 1)
    _limit(element.repetitions, MAX_REPETITIONS, "repetitions, nested ones multiplied")


def _bounds(token: "re.Match[str]") -> tuple[int, int]:
    """The least and most repetitions; 1 stands for any number of them, which costs no more."""
    match token["quantifier"]:
        case "*" | "?":
            return 0, 1
        case "+":
            return 1, 1
    least = int((token["least"] or "0")[:6])
    return least, max(least, int((token["most"] or "1")[:6])) if token["range"] else least


def _limit(found: int, most: int, what: str) -> None:
    if found > most:
        raise RequestTooComplex(f"A “pattern” in a schema is too complex: at most {most:,} {what} are supported.")
