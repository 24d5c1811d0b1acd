"""What the pages say, in the reader's language. `make texts` finds every text and compiles its translations."""

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
    """For a text that means two things; the context says which."""
    return _catalogue(preferences().language).pgettext(context, text)


def marked(text: str) -> str:
    """A text that is translated later, where it is shown."""
    return text


def whole(number: int) -> str:
    """
    >>> whole(131072)
    '131,072'
    """
    return f"{number:,}".replace(",", pgettext("between thousands", ","))


def decimal(number: float) -> str:
    """
    >>> decimal(12.345)
    '12.3'
    """
    return f"{number:.1f}".replace(".", pgettext("decimal mark", "."))


@cache
def _catalogue(language: str) -> NullTranslations:
    return translation("messages", LOCALES, [language], fallback=language == "en")
