"""The open block of a growing text, extended without parsing it again (`bench streams`).

Most of what a model writes are words behind words. They cannot open or close anything, so they are added at the end of
the block's HTML, and blank lines behind them show nothing. Code is added the same way, up to a possible closing fence.
"""

import re
import sys
from html import escape

_WORDS = r"(?:[^\W_]|[ ,;'\"()%]|[.!?:](?=[ \n]|\Z))*\n*"  # a dot within a word may make it a link
_PLAIN = re.compile(_WORDS)
_WHOLE_WORD = re.compile(r"(?<![^ \n])[^\W\d_][^\W_]*\Z")
_PLAIN_APART = re.compile(rf"(?: {_WORDS})?\n*")  # behind a possible end of a link, of emphasis or of a number

_END = re.compile(r"([^\W_]+)(?:(?<!\d)[.,;:!?)\"'*`~_]*)?\Z")  # `1.` may begin a list
_SHOWN_END = re.compile(r"([^\W_]+)(?:[.,;:!?)\"'*`~_]|</(?:strong|em|s|code|a)>)*\Z")
LONGEST_END = 64  # a longer one is parsed
_CLOSING = re.compile(r"(?:</(?:p|li|ul|ol|blockquote|h[1-6])>\s*)+\Z")  # text goes before these

_FENCE = re.compile(r"\n*(?:```|~~~)[^\n]*\n")
_CLOSING_FENCE = re.compile(r"^ *[`~]", re.MULTILINE)  # or the start of one
_CODE = re.compile(r"(?:[^\n\r\0\u00a0]|\n(?! *[`~]))*")
_CODE_CLOSING = "</code></pre></div>"


class AppendOnlyBlock:
    """The block as it was last rendered, with the place in its HTML where text is added."""

    def __init__(self) -> None:
        self._source = ""
        self._before = self._after = ""
        self._plain, self._most = _PLAIN, 0

    def remember(self, source: str, html: str) -> None:
        """Keep the block's Markdown and its HTML."""
        self._source = ""
        if not self._remember_code(source.rstrip("\n"), html):
            self._remember_words(source.rstrip(" "), html)

    def grown(self, source: str) -> str | None:
        """The block's HTML once its Markdown has grown to `source`; None if it must be parsed."""
        length = len(self._source)
        if not length or len(source) > self._most or not self._plain.fullmatch(source, length):
            return None
        added = source[length:].rstrip(" \n")
        if ")" in added and "](" in self._source and self._plain is not _CODE:
            return None  # it may close a link
        return self._before + escape(added, quote=False) + self._after

    def _remember_words(self, source: str, html: str) -> None:
        end = _END.search(source, max(0, len(source) - LONGEST_END))
        may_be_definition = "]:" in source  # a quote could end its title, and the whole block would vanish
        closing = _CLOSING.search(html)
        if not end or not closing or may_be_definition:
            return
        shown = _SHOWN_END.search(html, max(0, closing.start() - 2 * LONGEST_END), closing.start())
        if shown and shown[1] == end[1]:
            self._source, self._before, self._after = source, html[: closing.start()], closing[0]
            self._plain = _PLAIN if _WHOLE_WORD.search(source, end.start()) else _PLAIN_APART
            self._most = sys.maxsize

    def _remember_code(self, source: str, html: str) -> bool:
        fence = _FENCE.match(source)
        if not fence or source[-1].isspace() or _CLOSING_FENCE.search(source, fence.end()):
            return False
        code, closing, after = html.rpartition(_CODE_CLOSING)
        if not closing or after.strip():
            return False
        self._source, self._before, self._after = source, code.rstrip(), closing + after
        # Added code has no colours until the block has grown by a third, so that colouring stays linear in its length.
        self._plain, self._most = _CODE, len(source) + max(80, len(source) // 3)
        return True
