"""Every text from outside passes here, once."""

import re

from chat_ui.errors import InvalidText
from chat_ui.language.translation import gettext as _
from chat_ui.language.translation import whole

NAME_CHARS = 80
TITLE_CHARS = 60
LONGEST_TITLE_CHARS = 200
"""A title that a person writes; one that we make has `TITLE_CHARS` at most."""


def clean(text: str, *, what: str, limit: int) -> str:
    """The text with line ends made `\\n` and outer blank space gone.

    Raises:
        InvalidText: it is empty, longer than `limit` characters, or holds what Postgres and UTF-8 cannot.
    """
    text = text.replace("\r\n", "\n").replace("\r", "\n").strip()
    if not text:
        raise InvalidText(_("{what} is empty. Type something first.").format(what=what))
    check_length(text, what=what, limit=limit)
    if "\0" in text or any("\ud800" <= char <= "\udfff" for char in text):
        unstorable = _("{what} holds a character that cannot be stored (a NUL byte or half of one). Remove it.")
        raise InvalidText(unstorable.format(what=what))
    return text


def check_length(text: str, *, what: str, limit: int) -> None:
    """
    Raises:
        InvalidText: it is longer than `limit` characters.
    """
    if len(text) > limit:
        too_long = _("{what} has {length} characters; at most {limit} fit. Shorten it and try again.")
        raise InvalidText(too_long.format(what=what, length=whole(len(text)), limit=whole(limit)))


def first_words(text: str) -> str:
    """A title until a better one comes: the first line's first words, at most `TITLE_CHARS` characters."""
    line = re.sub(r"\s+", " ", text.strip().split("\n", 1)[0]).lstrip("#*`> ")
    if len(line) <= TITLE_CHARS:
        return line or "…"
    return line[:TITLE_CHARS].rsplit(" ", 1)[0] + "…"
