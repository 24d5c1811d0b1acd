"""Parts of pages, kept as HTML."""

from collections.abc import Callable, Hashable

from cachetools import LRUCache, cached
from markupsafe import Markup

from chat_ui.language.reader import Preferences, preferences

MAX_CHARACTERS = 4_000_000
"""Some 1,600 messages of ordinary length, in 4 to 16 MiB."""

Macro = Callable[..., Markup]
Fragment = Callable[..., Markup]
"""Called with a macro and its arguments."""


def fragment_cache(max_characters: int = MAX_CHARACTERS) -> Fragment:
    """A function that calls a macro, or returns what it returned for these arguments before.

    Only for macros whose HTML depends on nothing but their arguments, the reader's language and their theme.
    """

    @cached(LRUCache(max_characters, getsizeof=len), key=_key)
    def fragment(macro: Macro, *arguments: Hashable) -> Markup:
        return macro(*arguments)

    return fragment


def _key(macro: Macro, *arguments: Hashable) -> tuple[Macro, tuple[Hashable, ...], Preferences]:
    return macro, arguments, preferences()
