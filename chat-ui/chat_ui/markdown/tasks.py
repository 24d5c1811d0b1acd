"""Task lists within Markdown, as GitHub has them: `[ ]` and `[x]` at the start of a list item."""

import re
from collections.abc import Sequence

from markdown_it import MarkdownIt
from markdown_it.renderer import RendererProtocol
from markdown_it.rules_core import StateCore
from markdown_it.token import Token
from markdown_it.utils import EnvType, OptionsDict

from chat_ui.language.translation import gettext as _

_MARK = re.compile(r"\[([ xX])\] ")


def tasks(markdown: MarkdownIt) -> None:
    """Add task lists to a parser."""
    markdown.core.ruler.push("tasks", _find_tasks)
    markdown.add_render_rule("task", _render_task)


def _find_tasks(state: StateCore) -> None:
    for item, paragraph, inline in zip(state.tokens, state.tokens[1:], state.tokens[2:], strict=False):
        if (item.type, paragraph.type, inline.type) != ("list_item_open", "paragraph_open", "inline"):
            continue
        parts = inline.children or []
        if parts and parts[0].type == "text" and (mark := _MARK.match(parts[0].content)):
            parts[0].content = parts[0].content[mark.end() :]
            parts.insert(0, Token("task", "", 0, meta={"done": mark[1] != " "}))
            item.attrSet("class", "task-item")


def _render_task(
    renderer: RendererProtocol, tokens: Sequence[Token], index: int, options: OptionsDict, env: EnvType
) -> str:
    sign, label = ("☑", _("done")) if tokens[index].meta["done"] else ("☐", _("to do"))
    return f'<span class="task" role="img" aria-label="{label}">{sign}</span> '
