"""Markdown to safe HTML."""

from collections.abc import Sequence
from html import escape

import nh3
from markdown_it import MarkdownIt
from markdown_it.renderer import RendererHTML
from markdown_it.token import Token
from markdown_it.utils import EnvType, OptionsDict

from chat_ui.language.translation import gettext as _
from chat_ui.markdown.code import code_block
from chat_ui.markdown.footnotes import footnotes
from chat_ui.markdown.links import links
from chat_ui.markdown.math import math
from chat_ui.markdown.tasks import tasks

_TAGS = {
    *("p", "br", "hr", "h1", "h2", "h3", "h4", "h5", "h6", "blockquote", "ul", "ol", "li", "strong", "em", "s", "a"),
    *("code", "pre", "span", "div", "table", "thead", "tbody", "tr", "th", "td", "button", "sup"),
}
_ATTRIBUTES = {
    "a": {"href", "id", "class", "aria-label"},
    "sup": {"class"},
    "ol": {"start"},
    "span": {"class", "role", "aria-label"},
    "li": {"class"},
    "button": {"class", "type"},
    "div": {"class", "id"},
    "pre": {"class", "tabindex"},
    "th": {"class"},
    "td": {"class"},
}
_cleaner = nh3.Cleaner(tags=_TAGS, attributes=_ATTRIBUTES, link_rel="noopener noreferrer nofollow")


class _Renderer(RendererHTML):
    """Code blocks with colours, and images as links: loading an image would tell its server who reads."""

    def fence(self, tokens: Sequence[Token], idx: int, options: OptionsDict, env: EnvType) -> str:
        words = tokens[idx].info.split()
        return code_block(tokens[idx].content, words[0] if words else "")

    def code_block(self, tokens: Sequence[Token], idx: int, options: OptionsDict, env: EnvType) -> str:
        return code_block(tokens[idx].content, "")

    def image(self, tokens: Sequence[Token], idx: int, options: OptionsDict, env: EnvType) -> str:
        href = escape(str(tokens[idx].attrs.get("src", "")))
        label = tokens[idx].content or _("image")
        return f'<a href="{href}">{escape(label)}</a>'

    def table_open(self, tokens: Sequence[Token], idx: int, options: OptionsDict, env: EnvType) -> str:
        return '<div class="table"><table>\n'

    def table_close(self, tokens: Sequence[Token], idx: int, options: OptionsDict, env: EnvType) -> str:
        return "</table></div>\n"

    def th_open(self, tokens: Sequence[Token], idx: int, options: OptionsDict, env: EnvType) -> str:
        return f"<{tokens[idx].tag}{_alignment(tokens[idx])}>"

    td_open = th_open


_markdown = MarkdownIt("commonmark", {"html": False, "breaks": True}, renderer_cls=_Renderer)
_markdown.enable(["table", "strikethrough"])
_markdown.use(links).use(tasks).use(math).use(footnotes)


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


def _alignment(token: Token) -> str:
    style = str(token.attrs.get("style", ""))
    return f' class="align-{style.removeprefix("text-align:")}"' if style else ""
