"""Normalisation and limits of every text that enters."""

import re

from chat_ui.errors import InvalidText
from chat_ui.language.translation import gettext as _
from chat_ui.language.translation import whole

NAME_CHARS = 80
TITLE_CHARS = 60
LONGEST_TITLE_CHARS = 200
"""Limit for titles that a person writes; generated ones have at most `TITLE_CHARS`."""


def clean(text: str, *, what: str, limit: int) -> str:
    """Normalise line ends to `\\n` and strip outer white space.

    Args:
        what: the name of the field, for the error message.

    Raises:
        InvalidText: the text is empty, longer than `limit` characters, or contains a NUL or a lone surrogate.
    """
    text = text.replace("\r\n", "\n").replace("\r", "\n").strip()
    if not text:
        raise InvalidText(_("{what} is empty. Type something first.").format(what=what))
    check_length(text, what=what, limit=limit)
    if "\0" in text or any("\ud800" <= char <= "\udfff" for char in text):
        unstorable = _("{what} contains a character that cannot be stored (a NUL byte or a lone surrogate). Remove it.")
        raise InvalidText(unstorable.format(what=what))
    return text


def check_length(text: str, *, what: str, limit: int) -> None:
    """Check the length of a text.

    Raises:
        InvalidText: the text is longer than `limit` characters.
    """
    if len(text) > limit:
        too_long = _("{what} has {length} characters; at most {limit} are allowed. Shorten it and try again.")
        raise InvalidText(too_long.format(what=what, length=whole(len(text)), limit=whole(limit)))


def first_words(text: str) -> str:
    """Return a provisional title: the first words of the first line, at most `TITLE_CHARS` characters."""
    line = re.sub(r"\s+", " ", text.strip().split("\n", 1)[0]).lstrip("#*`> ")
    if len(line) <= TITLE_CHARS:
        return line or "…"
    return line[:TITLE_CHARS].rsplit(" ", 1)[0] + "…"
