"""Parts of pages that are kept as HTML: making the messages of a page anew was half of its time."""

from collections import OrderedDict
from collections.abc import Callable, Hashable

from markupsafe import Markup

from chat_ui.preferences import Preferences, preferences

MOST_CHARACTERS = 4_000_000
"""Some 1,600 messages of ordinary length, in 4 to 16 MiB."""

Macro = Callable[..., Markup]


class Remembered:
    """Calls a macro, or knows what it said for these arguments in this reader's language and theme.

    For macros whose HTML depends on nothing else. The longest unused go when it is too much.
    """

    def __init__(self, most_characters: int = MOST_CHARACTERS) -> None:
        self._most_characters = most_characters
        self._characters = 0
        self._kept: OrderedDict[tuple[Macro, tuple[Hashable, ...], Preferences], Markup] = OrderedDict()

    def __call__(self, macro: Macro, *arguments: Hashable) -> Markup:
        key = macro, arguments, preferences()
        if (html := self._kept.get(key)) is not None:
            self._kept.move_to_end(key)
            return html
        html = self._kept[key] = macro(*arguments)
        self._characters += len(html)
        while self._characters > self._most_characters:
            _, oldest = self._kept.popitem(last=False)
            self._characters -= len(oldest)
        return html
