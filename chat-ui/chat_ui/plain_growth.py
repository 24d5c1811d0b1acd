"""The open block of a growing text without parsing it again: words that come behind words change nothing before them.

Markdown was two fifths of what a streamed token costs, as the whole open block is parsed and cleaned 25 times a
second. Most of what comes are words, which cannot close or open anything; they are put at the block's end instead. So
is code, up to what may be its closing fence.
"""

import re
import sys
from html import escape

_PLAIN = re.compile(r"(?:[^\W_]|[ ,;'\"()%]|[.!?:](?= |\Z))*")  # a dot within a word may make it a link
_LAST_WORD = re.compile(r"(?<![^ \n])[^\W\d_][^\W_]*\Z")  # else it may belong to a link, emphasis, a list's number
LONGEST_WORD = 64  # what is longer is parsed
_CLOSING = re.compile(r"(?:</(?:p|li|ul|ol|blockquote|h[1-6])>\s*)+\Z")  # text goes before these

_FENCE = re.compile(r"\n*(?:```|~~~)[^\n]*\n")
_CLOSING_FENCE = re.compile(r"^ *[`~]", re.MULTILINE)  # or the begin of one
_CODE = re.compile(r"(?:[^\n\r\0\u00a0]|\n(?! *[`~]))*")
_CODE_CLOSING = "</code></pre></div>"


class PlainGrowth:
    """Remembers a block as it was rendered last, with the place in its HTML where text is added."""

    def __init__(self) -> None:
        self._source = ""
        self._before = self._after = ""
        self._plain, self._most = _PLAIN, 0

    def remember(self, source: str, html: str) -> None:
        """The block's Markdown and what became of it."""
        self._source = ""
        if not self._remember_code(source.rstrip("\n"), html):
            self._remember_words(source.rstrip(" "), html)

    def grown(self, source: str) -> str | None:
        """The block's HTML now that its Markdown has grown to `source`; None where only parsing can tell."""
        length = len(self._source)
        if not length or len(source) > self._most or not self._plain.fullmatch(source, length):
            return None
        return self._before + escape(source[length:].rstrip(" "), quote=False) + self._after

    def _remember_words(self, source: str, html: str) -> None:
        word = _LAST_WORD.search(source, max(0, len(source) - LONGEST_WORD))
        may_be_definition = "]:" in source  # a quote could end its title, and all of it would vanish
        if not word or may_be_definition:
            return
        closing = _CLOSING.search(html)
        if closing and html.endswith(word[0], 0, closing.start()):
            self._source, self._before, self._after = source, html[: closing.start()], closing[0]
            self._plain, self._most = _PLAIN, sys.maxsize

    def _remember_code(self, source: str, html: str) -> bool:
        fence = _FENCE.match(source)
        if not fence or source[-1].isspace() or _CLOSING_FENCE.search(source, fence.end()):
            return False
        code, closing, after = html.rpartition(_CODE_CLOSING)
        if not closing or after.strip():
            return False
        self._source, self._before, self._after = source, code.rstrip(), closing + after
        # What is added has no colours. Colouring all again at each third that it grows by costs four times the whole.
        self._plain, self._most = _CODE, len(source) + max(80, len(source) // 3)
        return True
