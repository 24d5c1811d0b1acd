"""Parts of pages that are kept as HTML: making the messages of a page anew was half of its time."""

from collections.abc import Callable, Hashable

from markupsafe import Markup

from chat_ui.language.reader import Preferences, preferences

MOST_CHARACTERS = 4_000_000
"""Some 1,600 messages of ordinary length, in 4 to 16 MiB."""

Macro = Callable[..., Markup]
Key = tuple[Macro, tuple[Hashable, ...], Preferences]


class FragmentCache:
    """Calls a macro, or knows what it said for these arguments in this reader's language and theme.

    For macros whose HTML depends on nothing else. Two generations, as an order by last use would look up each part
    twice: what is asked for moves to the new one, and when that holds half of the bound, the old one goes.
    """

    def __init__(self, most_characters: int = MOST_CHARACTERS) -> None:
        self._half = most_characters // 2
        self._characters = 0
        self._new: dict[Key, Markup] = {}
        self._old: dict[Key, Markup] = {}

    def __call__(self, macro: Macro, *arguments: Hashable) -> Markup:
        key = macro, arguments, preferences()
        html = self._new.get(key)
        return self._keep(key) if html is None else html

    def _keep(self, key: Key) -> Markup:
        html = self._old.get(key)
        if html is None:
            html = key[0](*key[1])
        if self._characters + len(html) > self._half:
            self._old, self._new, self._characters = self._new, {}, 0
        self._new[key] = html
        self._characters += len(html)
        return html
