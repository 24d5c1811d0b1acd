"""The open block of a growing text without parsing it again: words that come behind words change nothing before them.

Markdown was two fifths of what a streamed token costs, as the whole open block is parsed and cleaned 25 times a
second. Most of what comes are words, which cannot close or open anything; they are put at the block's end instead.
"""

import re
from html import escape

_PLAIN = re.compile(r"(?:[^\W_]|[ ,;'\"()%]|[.!?:](?= |\Z))*")  # a dot within a word may make it a link
_LAST_WORD = re.compile(r"(?<![^ \n])[^\W\d_][^\W_]*\Z")  # else it may belong to a link, emphasis, a list's number
_CLOSING = re.compile(r"(?:</(?:p|li|ul|ol|blockquote|h[1-6])>\s*)+\Z")  # text goes before these


class PlainGrowth:
    """Remembers a block as it was rendered last, with the place in its HTML where words are added."""

    def __init__(self) -> None:
        self._source = ""
        self._before = self._after = ""

    def remember(self, source: str, html: str) -> None:
        """The block's Markdown and what became of it."""
        source = source.rstrip(" ")
        closing, word = _CLOSING.search(html), _LAST_WORD.search(source)
        may_be_definition = "]:" in source  # a quote could end its title, and all of it would vanish
        if closing and word and not may_be_definition and html.endswith(word[0], 0, closing.start()):
            self._source, self._before, self._after = source, html[: closing.start()], closing[0]
        else:
            self._source = ""

    def grown(self, source: str) -> str | None:
        """The block's HTML now that its Markdown has grown to `source`; None where only parsing can tell."""
        length = len(self._source)
        if not length or not _PLAIN.fullmatch(source, length):
            return None
        return self._before + escape(source[length:].rstrip(" "), quote=False) + self._after
