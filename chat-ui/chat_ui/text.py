"""Normalisation and limits of every text that enters."""

import re
import unicodedata

from chat_ui.errors import InvalidText
from chat_ui.language.translation import gettext as _
from chat_ui.language.translation import whole

_UNSTORABLE = re.compile("[\0\ud800-\udfff]")

NAME_CHARS = 80
TITLE_CHARS = 60
LONGEST_TITLE_CHARS = 200
"""Limit for titles that a person writes; generated ones have at most `TITLE_CHARS`."""


def compose(text: str) -> str:
    """Return the text in Unicode's form NFC: what looks the same is written the same."""
    return unicodedata.normalize("NFC", text)


def clean(text: str, *, what: str, limit: int) -> str:
    """Compose the text (NFC), with line ends as `\\n`, without blank lines at its start and white space at its end.

    The first line keeps its indentation, which code needs.

    Args:
        what: the name of the field, for the error message.

    Raises:
        InvalidText: the text is empty or invisible, longer than `limit` characters, or contains a NUL or a lone
            surrogate.
    """
    text = compose(text.replace("\r\n", "\n").replace("\r", "\n"))
    if is_blank(text):
        raise InvalidText(_("{what} is empty. Type something first.").format(what=what))
    text = _without_blank_lines(text).rstrip()
    check_length(text, what=what, limit=limit)
    if not is_storable(text):
        unstorable = _("{what} contains a character that cannot be stored (a NUL byte or a lone surrogate). Remove it.")
        raise InvalidText(unstorable.format(what=what))
    return text


def clean_line(text: str, *, what: str, limit: int) -> str:
    """Clean a name or a title: one line, single spaces, nothing invisible around its words.

    Raises:
        InvalidText: as for `clean`.
    """
    words = (_strip_invisible(word) for word in text.split())
    return clean(" ".join(word for word in words if word), what=what, limit=limit)


def is_blank(text: str) -> bool:
    """Return whether the text shows nothing: white space, control and format characters, fillers."""
    return all(map(_is_invisible, text))


def _is_invisible(char: str) -> bool:
    return char in _FILLERS or (char != "\0" and unicodedata.category(char) in ("Cc", "Cf", "Zs", "Zl", "Zp"))


def _strip_invisible(word: str) -> str:
    visible = [place for place, char in enumerate(word) if not _is_invisible(char)]
    return word[visible[0] : visible[-1] + 1] if visible else ""


_FILLERS = frozenset(
    "\u034f\u115f\u1160\u17b4\u17b5\u180b\u180c\u180d\u180f\u2065\u2800\u3164\uffa0"
    + "".join(map(chr, (*range(0xFE00, 0xFE10), *range(0xFFF0, 0xFFF9), *range(0xE0000, 0xE1000))))
)
"""Invisible characters of other categories: letters and marks without a shape, and what is reserved for such."""


def _without_blank_lines(text: str) -> str:
    begin = 0
    while (end := text.find("\n", begin)) >= 0 and is_blank(text[begin:end]):
        begin = end + 1
    return text[begin:]


def is_storable(text: str) -> bool:
    """Whether Postgres and UTF-8 can hold the text: no NUL and no lone surrogate."""
    return not _UNSTORABLE.search(text)


def check_length(text: str, *, what: str, limit: int) -> None:
    """Check the length of a text.

    Raises:
        InvalidText: the text is longer than `limit` characters.
    """
    if len(text) > limit:
        too_long = _("{what} has {length} characters; at most {limit} are allowed. Shorten it and try again.")
        raise InvalidText(too_long.format(what=what, length=whole(len(text)), limit=whole(limit)))


def cut(text: str, limit: int) -> str:
    """Return the first `limit` characters, or fewer: what is seen as one character is not cut apart."""
    if len(text) <= limit:
        return text
    while limit and (unicodedata.category(text[limit])[0] == "M" or ZERO_WIDTH_JOINER in text[limit - 1 : limit + 1]):
        limit -= 1
    return text[:limit]


ZERO_WIDTH_JOINER = "\u200d"
