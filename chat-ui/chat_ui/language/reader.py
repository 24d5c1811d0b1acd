"""The reader's language and theme: from cookies that the settings page sets, else from the browser."""

from contextvars import ContextVar
from dataclasses import dataclass
from enum import StrEnum
from functools import lru_cache

LANGUAGES = {"en": "English", "de": "Deutsch"}
"""Names by language code. English is the language of the code; the others have a catalogue in `locales/`."""

LANGUAGE_COOKIE = "language"
THEME_COOKIE = "theme"


class Theme(StrEnum):
    AUTOMATIC = "automatic"
    LIGHT = "light"
    DARK = "dark"

    @property
    def scheme(self) -> str:
        """Value of the CSS property `color-scheme`."""
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
    """Return the preferences of this request's reader; English for programs and background tasks."""
    return _current.get()


@lru_cache(maxsize=1000)
def choose_language(chosen: str | None, accepted: str) -> str:
    """Return the chosen language, else the browser's most preferred one that is available.

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
