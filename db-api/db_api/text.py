"""Text that Postgres can store, in one spelling."""

import unicodedata
from typing import Any


def check_storable(data: Any) -> None:
    """Search a JSON value, keys included, for NUL characters and lone surrogates.

    Raises:
        ValueError: There is one; the message is for the caller.
    """
    pending = [data]  # no recursion: the caller chooses the depth
    while pending:
        match pending.pop():
            case str() as text:
                _check(text)
            case dict() as values:
                pending += [*values.keys(), *values.values()]
            case list() as values:
                pending += values


def compose(value: Any) -> Any:
    """Return a text in Unicode's form NFC, and any other value as it is."""
    return unicodedata.normalize("NFC", value) if isinstance(value, str) else value


def _check(text: str) -> None:
    if "\0" in text:
        raise ValueError("a text contains a NUL character, which cannot be stored")
    try:
        text.encode()
    except UnicodeEncodeError:
        raise ValueError("a text contains half of a surrogate pair, which is not a character") from None
