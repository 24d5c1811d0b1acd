"""Links within Markdown: bare addresses become links."""

import re

from linkify_it import LinkifyIt  # type: ignore[import-untyped]
from markdown_it import MarkdownIt

MAY_BE_ADDRESS = re.compile(r"[.:/@]\S")
"""Occurs in every address."""


def links(markdown: MarkdownIt) -> None:
    """Let a parser find bare addresses."""
    markdown.linkify = _BareLinks()
    markdown.options["linkify"] = True
    markdown.enable("linkify")


class _BareLinks(LinkifyIt):  # type: ignore[misc]
    """Skips a text without any address before LinkifyIt's own, slower test (`bench streams`)."""

    def pretest(self, text: str) -> bool:
        return bool(MAY_BE_ADDRESS.search(text)) and super().pretest(text)
