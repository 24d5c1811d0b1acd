"""Footnotes within Markdown: `[^1]` links to `[^1]: …` anywhere in the text, and back.

Their ids begin with `anchor` of the parser's environment, so that two messages never share one.
"""

import re
from collections.abc import Sequence

from markdown_it import MarkdownIt
from markdown_it.renderer import RendererProtocol
from markdown_it.rules_block import StateBlock
from markdown_it.rules_inline import StateInline
from markdown_it.token import Token
from markdown_it.utils import EnvType, OptionsDict
from mdit_py_plugins.footnote import footnote_plugin
from mdit_py_plugins.footnote.index import footnote_def

from chat_ui.language.translation import gettext as _

_REFERENCE = re.compile(r"\[\^([\w-]{1,32})\]")


def footnotes(markdown: MarkdownIt) -> None:
    """Add footnotes to a parser. With `growing` in its environment, numbers link to notes that are still to come."""
    markdown.use(footnote_plugin, inline=False, move_to_end=False)
    markdown.block.ruler.at("footnote_def", _find_note, {"alt": ["paragraph", "reference"]})
    markdown.inline.ruler.at("footnote_ref", _find_reference)
    markdown.add_render_rule("footnote_ref", _render_reference)
    markdown.add_render_rule("footnote_reference_open", _render_open)
    markdown.add_render_rule("footnote_reference_close", _render_close)


def _find_note(state: StateBlock, start: int, end: int, silent: bool) -> bool:
    """The plugin's rule, limited to labels that a URL may contain; its token also gets its lines in the text."""
    position = state.bMarks[start] + state.tShift[start]
    if not _REFERENCE.match(state.src, position, state.eMarks[start]):
        return False
    count = len(state.tokens)
    found = footnote_def(state, start, end, silent)
    if found and not silent:
        state.tokens[count].map = [start, state.line]
    return found


def _find_reference(state: StateInline, silent: bool) -> bool:
    found = _REFERENCE.match(state.src, state.pos, state.posMax)
    if not found:
        return False
    label = found[1]
    known = f":{label}" in state.env.get("footnotes", {}).get("refs", {})
    if not known and not (state.env.get("growing") and label.isdecimal()):
        return False
    if not silent:
        state.push("footnote_ref", "", 0).meta = {"label": label}
    state.pos = found.end()
    return True


def _render_reference(
    renderer: RendererProtocol, tokens: Sequence[Token], index: int, options: OptionsDict, env: EnvType
) -> str:
    label, anchor = tokens[index].meta["label"], env["anchor"]
    own = (
        "" if label in env["referred"] else f' id="{anchor}from-note-{label}"'
    )  # a note links back to the first reference
    env["referred"].add(label)
    return f'<sup class="footnote-ref"><a href="#{anchor}note-{label}"{own}>{label}</a></sup>'


def _render_open(
    renderer: RendererProtocol, tokens: Sequence[Token], index: int, options: OptionsDict, env: EnvType
) -> str:
    label, anchor = tokens[index].meta["label"], env["anchor"]
    name = _("back to the text")
    back = f'<a class="footnote-back" href="#{anchor}from-note-{label}" aria-label="{label}: {name}">{label}</a>'
    return f'<div class="footnote" id="{anchor}note-{label}">{back}<div class="footnote-text">'


def _render_close(
    renderer: RendererProtocol, tokens: Sequence[Token], index: int, options: OptionsDict, env: EnvType
) -> str:
    return "</div></div>\n"
