"""Excerpts: the part of a text that a search found, in pieces."""

from collections.abc import Iterator, Sequence
from itertools import pairwise

from db_api.schemas.search import Excerpt
from db_api.words import Pattern, Words, fold, separate, strip_marks

EXCERPT_CHARS = 180
LEAD_CHARS = 40
"""How much of an excerpt stands before its first hit."""

SCANNED_CHARS = 2_000
OVERLAP_CHARS = 200
"""As long as a query: what it matches lies in one part of the text."""


def highlight(text: str, patterns: Sequence[Pattern]) -> list[Excerpt]:
    """Return the whole text with its hits."""
    return list(_pieces(text, _places(text, patterns)))


def find_excerpt(text: str, patterns: Sequence[Pattern]) -> list[Excerpt] | None:
    """Return the part of the text with most of the patterns; None unless all of them are in the text."""
    best, most, missing = "", 0, set(patterns)
    for part in _parts(text):
        words = separate(strip_marks(fold(part)))
        found = {pattern for pattern in patterns if pattern.is_in(words)}
        missing -= found
        if len(found) > most:
            best, most = part, len(found)
        if most == len(patterns):
            break
    return None if missing else _cut(best, patterns)


def beginning(text: str) -> list[Excerpt]:
    """Return the beginning of a text, without hits."""
    return [Excerpt(text=text[:EXCERPT_CHARS], hit=False)] if text else []


def _parts(text: str) -> Iterator[str]:
    for begin in range(0, max(len(text), 1), SCANNED_CHARS):
        yield text[begin : begin + SCANNED_CHARS + OVERLAP_CHARS]


def _cut(text: str, patterns: Sequence[Pattern]) -> list[Excerpt]:
    places = _places(text, patterns)
    # The part that covers the most hits, and of several the first.
    first = max((begin for begin, _ in places), key=lambda begin: _count(places, begin), default=0)
    begin = _word_begin(text, max(first - LEAD_CHARS, 0), first)
    end = _word_end(text, begin + EXCERPT_CHARS)
    inside = [(max(start, begin) - begin, stop - begin) for start, stop in places if begin <= start and stop <= end]
    return list(_pieces(text[begin:end], inside))


def _count(places: Sequence[tuple[int, int]], begin: int) -> int:
    return sum(begin <= start and stop <= begin + EXCERPT_CHARS - LEAD_CHARS for start, stop in places)


def _word_begin(text: str, place: int, latest: int) -> int:
    if place == 0:
        return 0
    return next((i + 1 for i in range(place - 1, latest) if text[i].isspace()), place)


def _word_end(text: str, place: int) -> int:
    if place >= len(text):
        return len(text)
    return next((i for i in range(place, place - LEAD_CHARS, -1) if text[i].isspace()), place)


def _places(text: str, patterns: Sequence[Pattern]) -> list[tuple[int, int]]:
    """Return where the text matches, in order, without overlaps."""
    words = Words.of(text)
    places: list[tuple[int, int]] = []
    for begin, end in sorted(place for pattern in patterns for place in words.places(pattern)):
        if places and begin < places[-1][1]:
            places[-1] = (places[-1][0], max(end, places[-1][1]))
        else:
            places.append((begin, end))
    return places


def _pieces(text: str, places: Sequence[tuple[int, int]]) -> Iterator[Excerpt]:
    borders = [(0, 0), *places, (len(text), len(text))]
    for (_, end), (begin, following) in pairwise(borders):
        if end < begin:
            yield Excerpt(text=text[end:begin], hit=False)
        if begin < following:
            yield Excerpt(text=text[begin:following], hit=True)
