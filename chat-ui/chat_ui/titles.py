"""Titles, taken from a message or from what a model answered."""

# ruff: noqa: RUF001 - the punctuation of other scripts

import json
import re
from collections.abc import Iterator
from contextlib import suppress

from chat_ui.text import TITLE_CHARS, cut, is_blank


def shorten(line: str, limit: int) -> str:
    """Return the line, cut after a word and with an ellipsis if it is longer than `limit`."""
    if len(line) <= limit:
        return line
    whole_words, space, _rest = cut(line, limit).rpartition(" ")
    return (whole_words if space else cut(line, limit)) + "…"


def first_words(text: str) -> str:
    """Return a provisional title: the beginning of the first line of prose, at most `TITLE_CHARS` characters.

    Code and data are no titles, unless the text has nothing else.

    >>> first_words("# **Intro** to C#\\n...")
    'Intro to C#'
    >>> first_words('{"tides": 2, "moons": 1}')
    'tides, moons'
    """
    names, rest = _split_json(text)
    lines = [_plain(line) for line in _prose(rest)]
    code = [" ".join(line.split()) for line in rest.split("\n")[:MOST_LINES] if not FENCE.match(line)]
    choices = [*lines, names, *code, " ".join(text.split())]
    line = next((line for line in choices if any(map(str.isalnum, line))), "") or next(
        (line for line in choices if not is_blank(line)), ""
    )
    return shorten(line, TITLE_CHARS) if line else "…"


MOST_LINES = 200
"""How far a title is looked for."""

FENCE = re.compile(r" {0,3}(`{3,}|~{3,})")
_MARKUP = re.compile(r"\s*(?:#{1,6}\s+|>\s?|[*+-]\s+)*")


def _prose(text: str) -> Iterator[str]:
    fence = ""
    for line in text.split("\n")[:MOST_LINES]:
        found = FENCE.match(line)
        if found and not fence:
            fence = found[1]
        elif found and found[1].startswith(fence):
            fence = ""
        elif not fence:
            yield line


def _plain(line: str) -> str:
    line = _MARKUP.sub("", line, count=1)
    line = re.sub(r"\*\*(?=\S)(.+?)(?<=\S)\*\*|`+([^`]+)`+", r"\1\2", line)
    return " ".join(line.split()).strip("*`> ")


def _split_json(text: str) -> tuple[str, str]:
    """Return the names in the JSON value that the text begins with, and the text after it."""
    text = text.lstrip()
    if not text.startswith(("{", "[")):
        return "", text
    try:
        value, end = json.JSONDecoder().raw_decode(text)
    except (ValueError, RecursionError):
        return "", text
    return ", ".join(value) if isinstance(value, dict) else "", text[end:] if value else text


def title_of(answer: str) -> str:
    """Extract a title from the model's answer; empty if there is none.

    >>> title_of(' **Title: "How tides work."**\\nIt is about')
    'How tides work'
    >>> title_of("Sure! Here is a title:\\n\\n# Intro to C#")
    'Intro to C#'
    >>> title_of('```json\\n{"title": "How tides work"}\\n```')
    'How tides work'
    >>> title_of("I am sorry, but I cannot give you a title for a conversation that has not even begun.")
    ''
    """
    lines = [" ".join(line.split()) for line in answer.split("\n") if not FENCE.match(line)]
    text = "\n".join(line for line in lines if line)
    if text.startswith(("{", "[")):
        text = _title_in_json(text)
    line = next((line for line in text.split("\n") if not _PREAMBLE.fullmatch(_bare(line))), "")
    line = _bare(_LABEL.sub("", _bare(line)))
    return line if len(line) <= TITLE_CHARS and not line.startswith(("{", "[", "<")) else ""


_PREAMBLE = re.compile(
    r".*[:：]|(?:sure|certainly|of course|absolutely|okay|ok|gladly|gerne|natürlich)\W*", re.IGNORECASE
)
_LABEL = re.compile(
    r"(?:(?:suggested |possible |chat )?(?:title|titel|titre|título|titolo|название|标题|標題|タイトル|제목)"
    r"|(?:sure|certainly|of course|okay|ok|here(?:'s|’s| is| are)|hier ist)\b[^:：]*)\s*[:：]\s*",
    re.IGNORECASE,
)
_AROUND = [(mark, mark) for mark in ("**", "__", "*", "_", "`", '"', "'")] + [
    (pair[0], pair[1]) for pair in ("“”", "„“", "„”", "‘’", "«»", "»«", "「」", "《》")
]
"""What models put around a title: the same before and after it, or a pair."""


def _bare(line: str) -> str:
    """Return the line without Markdown, quotes around it and punctuation at its end."""
    if heading := re.match(r"#{1,6}\s+", line):
        line = re.sub(r"\s+#+$", "", line[heading.end() :])
    line = re.sub(r"\*\*|`", "", re.sub(r"^(?:[*+>-]|1[.)])\s+", "", line))
    before = None
    while line != before:
        before, line = line, line.strip().rstrip(".,;…。，、")
        for opening, closing in _AROUND:
            if len(line) > len(opening + closing) and line.startswith(opening) and line.endswith(closing):
                line = line[len(opening) : -len(closing)]
    return line


def _title_in_json(text: str) -> str:
    with suppress(ValueError, RecursionError):
        value = json.loads(text)
        texts = [value.get("title"), *value.values()] if isinstance(value, dict) else value
        return next((text for text in texts if isinstance(text, str)), "")
    return ""
