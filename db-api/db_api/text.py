"""The text that Postgres can store."""

from typing import Any


def check_storable(data: Any) -> None:
    """Look through a JSON value for a NUL and for half a surrogate pair, in keys too.

    Raises:
        ValueError: there is one; a sentence for the caller.
    """
    pending = [data]  # no recursion: the caller chose how deep it goes
    while pending:
        match pending.pop():
            case str() as text:
                _check(text)
            case dict() as values:
                pending += [*values.keys(), *values.values()]
            case list() as values:
                pending += values


def _check(text: str) -> None:
    if "\0" in text:
        raise ValueError("a text contains a NUL character, which cannot be stored")
    try:
        text.encode()
    except UnicodeEncodeError:
        raise ValueError("a text contains half of a surrogate pair, which is no character") from None
