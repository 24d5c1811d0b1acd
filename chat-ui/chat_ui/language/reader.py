"""How a reader wants the pages: language and theme, from cookies that the settings page sets, else from the browser."""

from contextvars import ContextVar
from dataclasses import dataclass
from enum import StrEnum
from functools import lru_cache

LANGUAGES = {"en": "English", "de": "Deutsch"}
"""By their codes, each in its own words. The code speaks English; the others have a catalogue in `locales/`."""

LANGUAGE_COOKIE = "language"
THEME_COOKIE = "theme"


class Theme(StrEnum):
    AUTOMATIC = "automatic"
    LIGHT = "light"
    DARK = "dark"

    @property
    def scheme(self) -> str:
        """As CSS says it."""
        return "light dark" if self is Theme.AUTOMATIC else self.value


@dataclass(frozen=True)
class Preferences:
    language: str = "en"
    theme: Theme = Theme.AUTOMATIC


_current = ContextVar("preferences", default=Preferences())  # noqa: B039 - frozen


def set_preferences(preferences: Preferences) -> None:
    """Set the reader of this request, and of the tasks that it starts."""
    _current.set(preferences)


def preferences() -> Preferences:
    """Of the reader whose request this is; a program and a task of ours read English."""
    return _current.get()


@lru_cache(maxsize=1000)
def choose_language(chosen: str | None, accepted: str) -> str:
    """The chosen language, else the one that the browser likes best of those that there are.

    >>> choose_language("de", "en"), choose_language("xx", "fr, de-AT;q=0.8, en;q=0.9"), choose_language(None, "*")
    ('de', 'en', 'en')
    """
    if chosen in LANGUAGES:
        return chosen
    offered = [part.partition(";q=") for part in accepted.replace(" ", "").split(",")]
    liked = sorted(((_quality(q), code.split("-")[0].lower()) for code, _, q in offered), key=lambda o: -o[0])
    return next((code for quality, code in liked if code in LANGUAGES and quality > 0), "en")


def _quality(text: str) -> float:
    try:
        return float(text or 1)
    except ValueError:
        return 0
