"""Markdown to safe HTML."""

from collections.abc import Sequence
from html import escape

import nh3
from markdown_it import MarkdownIt
from markdown_it.common.utils import unescapeAll
from markdown_it.renderer import RendererHTML
from markdown_it.token import Token
from markdown_it.utils import EnvType, OptionsDict

from chat_ui.markdown.code import code_block
from chat_ui.markdown.definitions import definitions
from chat_ui.markdown.emphasis import spaceless_emphasis
from chat_ui.markdown.fences import fences
from chat_ui.markdown.footnotes import footnotes
from chat_ui.markdown.indentation import indentation
from chat_ui.markdown.links import links
from chat_ui.markdown.math import math
from chat_ui.markdown.nesting import nesting
from chat_ui.markdown.tables import tables
from chat_ui.markdown.tags import tags
from chat_ui.markdown.tasks import tasks

_TAGS = {
    *("p", "br", "hr", "h1", "h2", "h3", "h4", "h5", "h6", "blockquote", "ul", "ol", "li", "strong", "em", "s", "a"),
    *("code", "pre", "span", "div", "table", "thead", "tbody", "tr", "th", "td", "button", "sub", "sup", "kbd"),
}
_ATTRIBUTES = {
    "a": {"href", "id", "class", "aria-label", "target"},
    "sup": {"class"},
    "ol": {"start"},
    "span": {"class", "role", "aria-label"},
    "li": {"class"},
    "button": {"class", "type"},
    "div": {"class", "id", "tabindex"},
    "pre": {"class", "tabindex"},
    "th": {"class"},
    "td": {"class"},
}
_cleaner = nh3.Cleaner(
    tags=_TAGS, attributes=_ATTRIBUTES, url_schemes={"http", "https", "mailto"}, link_rel="noopener noreferrer nofollow"
)


class _Renderer(RendererHTML):
    """Code blocks with colours, and links that open a page of their own."""

    def fence(self, tokens: Sequence[Token], idx: int, options: OptionsDict, env: EnvType) -> str:
        return code_block(tokens[idx].content, unescapeAll(tokens[idx].info))

    def code_block(self, tokens: Sequence[Token], idx: int, options: OptionsDict, env: EnvType) -> str:
        return code_block(tokens[idx].content, "")

    def link_open(self, tokens: Sequence[Token], idx: int, options: OptionsDict, env: EnvType) -> str:
        if tokens[idx].hidden:
            return ""
        return f'<a href="{escape(str(tokens[idx].attrs.get("href", "")))}" target="_blank">'

    def table_open(self, tokens: Sequence[Token], idx: int, options: OptionsDict, env: EnvType) -> str:
        return '<div class="table" tabindex="0"><table>\n'

    def table_close(self, tokens: Sequence[Token], idx: int, options: OptionsDict, env: EnvType) -> str:
        return "</table></div>\n"


_markdown = MarkdownIt("commonmark", {"html": False, "breaks": True}, renderer_cls=_Renderer)
_markdown.enable("strikethrough")
for _extension in (
    *(nesting, indentation, fences, tables, definitions),
    *(spaceless_emphasis, links, tags, tasks, math, footnotes),
):
    _markdown.use(_extension)


def render(text: str, anchor: str = "") -> str:
    """The whole text as safe HTML. Its ids begin with `anchor`."""
    env: EnvType = {"anchor": anchor, "referred": set()}
    return "".join(to_html(block, env) for block in parse_blocks(text, env))


def parse_blocks(text: str, env: EnvType) -> list[list[Token]]:
    """The tokens of each top-level block."""
    blocks: list[list[Token]] = []
    for token in _markdown.parse(text, env):
        if token.level == 0 and token.nesting >= 0:
            blocks.append([])
        blocks[-1].append(token)
    return blocks


def to_html(block: Sequence[Token], env: EnvType) -> str:
    """A block as safe HTML."""
    html = _markdown.renderer.render(block, _markdown.options, env)
    # htmx rewrites `<hx-…` anywhere in what it receives, inside attribute values too.
    return _cleaner.clean(html).replace("<hx-", "&lt;hx-")
