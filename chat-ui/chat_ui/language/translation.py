"""Texts in the reader's language. `make texts` extracts them and compiles the catalogues."""

from functools import cache
from gettext import NullTranslations, translation
from pathlib import Path

from chat_ui.language.reader import preferences

LOCALES = Path(__file__).parent.parent / "locales"


def gettext(text: str) -> str:
    return _catalogue(preferences().language).gettext(text) if text else text


def ngettext(one: str, many: str, number: int) -> str:
    return _catalogue(preferences().language).ngettext(one, many, number)


def pgettext(context: str, text: str) -> str:
    """Translate a text that has several meanings; the context says which one is meant."""
    return _catalogue(preferences().language).pgettext(context, text)


def marked(text: str) -> str:
    """Mark a text for extraction; it is translated where it is shown."""
    return text


def whole(number: int) -> str:
    """Format an integer with the language's thousands separator.

    >>> whole(131072)
    '131,072'
    """
    return f"{number:,}".replace(",", pgettext("between thousands", ","))


def decimal(number: float) -> str:
    """Format a number with one decimal and the language's decimal mark.

    >>> decimal(12.345)
    '12.3'
    """
    return f"{number:.1f}".replace(".", pgettext("decimal mark", "."))


@cache
def _catalogue(language: str) -> NullTranslations:
    return translation("messages", LOCALES, [language], fallback=language == "en")
