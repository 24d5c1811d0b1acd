"""Markdown to safe HTML: for whole texts, and for a text that is still growing.

A growing text is split at its last top-level block. All blocks before it are finished: nothing that can still come
changes them, so each is rendered once and stays untouched on the page. Only the open block is rendered again.
"""

import re
from collections.abc import Sequence
from functools import lru_cache
from html import escape

import nh3
from linkify_it import LinkifyIt  # type: ignore[import-untyped]
from markdown_it import MarkdownIt
from markdown_it.renderer import RendererHTML
from markdown_it.rules_core import StateCore
from markdown_it.token import Token
from markdown_it.utils import EnvType, OptionsDict
from pygments import highlight as pygmentize
from pygments.formatters import HtmlFormatter
from pygments.lexer import Lexer
from pygments.lexers import get_lexer_by_name
from pygments.util import ClassNotFound

from chat_ui.language.translation import gettext as _
from chat_ui.markdown.footnotes import footnotes
from chat_ui.markdown.math import math

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
_TASK = re.compile(r"\[([ xX])\] ")
_MAY_BE_ADDRESS = re.compile(r"[.:/@]\S")
_formatter = HtmlFormatter(nowrap=True)


class _Renderer(RendererHTML):
    """Code with its language and colours; images as links, because loading one tells its server who reads."""

    def fence(self, tokens: Sequence[Token], idx: int, options: OptionsDict, env: EnvType) -> str:
        language = tokens[idx].info.split()[0] if tokens[idx].info.strip() else ""
        code, label = _coloured(tokens[idx].content, language), _("Copy")
        copy = f'<button class="copy-code" type="button">{label}</button>'
        header = f'<div class="code-header"><span class="code-language">{escape(language)}</span>{copy}</div>'
        return f'<div class="code">{header}<pre class="highlight" tabindex="0"><code>{code}</code></pre></div>\n'

    def code_block(self, tokens: Sequence[Token], idx: int, options: OptionsDict, env: EnvType) -> str:
        return self.fence(tokens, idx, options, env)

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

    def task(self, tokens: Sequence[Token], idx: int, options: OptionsDict, env: EnvType) -> str:
        sign, label = ("☑", _("done")) if tokens[idx].meta["done"] else ("☐", _("to do"))
        return f'<span class="task" role="img" aria-label="{label}">{sign}</span> '


def _find_tasks(state: StateCore) -> None:
    """GFM's task lists: `[ ]` and `[x]` at the begin of a list item."""
    for item, paragraph, inline in zip(state.tokens, state.tokens[1:], state.tokens[2:], strict=False):
        if (item.type, paragraph.type, inline.type) != ("list_item_open", "paragraph_open", "inline"):
            continue
        parts = inline.children or []
        if parts and parts[0].type == "text" and (mark := _TASK.match(parts[0].content)):
            parts[0].content = parts[0].content[mark.end() :]
            parts.insert(0, Token("task", "", 0, meta={"done": mark[1] != " "}))
            item.attrSet("class", "task-item")


class _Links(LinkifyIt):  # type: ignore[misc]
    """Finds bare addresses. Most paragraphs have none, which its own test takes 120 µs to find out: 2 µs here."""

    def pretest(self, text: str) -> bool:
        return bool(_MAY_BE_ADDRESS.search(text)) and super().pretest(text)


_markdown = MarkdownIt("commonmark", {"html": False, "linkify": True, "breaks": True}, renderer_cls=_Renderer).enable(
    ["table", "strikethrough", "linkify"]
)
_markdown.linkify = _Links()
_markdown.core.ruler.push("tasks", _find_tasks)
_markdown.use(math).use(footnotes)


def render(text: str, anchor: str = "") -> str:
    """The whole text as safe HTML. Its ids begin with `anchor`."""
    env: EnvType = {"anchor": anchor, "referred": set()}
    return "".join(_html(tokens, env) for tokens in _blocks(_markdown.parse(text, env)))


def _blocks(tokens: Sequence[Token]) -> list[list[Token]]:
    """The tokens of each top-level block."""
    blocks: list[list[Token]] = []
    for token in tokens:
        if token.level == 0 and token.nesting >= 0:
            blocks.append([])
        blocks[-1].append(token)
    return blocks


def _html(tokens: Sequence[Token], env: EnvType) -> str:
    html = _markdown.renderer.render(tokens, _markdown.options, env)
    # htmx rewrites `<hx-…` anywhere in what it receives, inside attribute values too.
    return _cleaner.clean(html).replace("<hx-", "&lt;hx-")


def _coloured(code: str, language: str) -> str:
    try:
        return str(pygmentize(code, _lexer(language), _formatter))
    except ClassNotFound:
        return escape(code)


@lru_cache(maxsize=64)
def _lexer(language: str) -> Lexer:
    """
    Raises:
        ClassNotFound: nobody knows this language; that is found out anew each time.
    """
    return get_lexer_by_name(language)


def _alignment(token: Token) -> str:
    style = str(token.attrs.get("style", ""))
    return f' class="align-{style.removeprefix("text-align:")}"' if style else ""
