"""Code blocks with their language, colours and a button that copies them."""

import re
from html import escape

from chat_ui.language.translation import gettext as _
from chat_ui.markdown.languages import LANGUAGES, Language, pattern_of

MOST_COLOURED = 20_000
"""Longer code has no colours: it would cost more time and a page several times as large."""

_NAME = re.compile(r"[{.]*([\w+#-]{1,32})")


def code_block(code: str, info: str) -> str:
    """HTML of a code block; an unknown or empty language has no colours.

    Args:
        info: What stands behind the opening fence: the language, and whatever else was written.
    """
    copy = f'<button class="copy-code" type="button">{_("Copy")}</button>'
    header = f'<div class="code-header"><span class="code-language">{escape(info.strip())}</span>{copy}</div>'
    coloured = _coloured(code.removesuffix("\n"), info)
    return f'<div class="code">{header}<pre class="highlight" tabindex="0"><code>{coloured}</code></pre></div>\n'


def _coloured(code: str, info: str) -> str:
    name = _NAME.match(info)
    language = LANGUAGES.get(name[1].lower()) if name else None
    if name is None or language is None or len(code) > MOST_COLOURED:
        return escape(code)
    parts, end = list[str](), 0
    for found in pattern_of(name[1].lower()).finditer(code):
        kind = found.lastgroup or ""
        if kind == "word":
            kind = _kind_of_word(code, found, language)
        if kind:
            parts += escape(code[end : found.start()]), f'<span class="{kind}">{escape(found[0])}</span>'
            end = found.end()
    return "".join(parts) + escape(code[end:])


def _kind_of_word(code: str, word: re.Match[str], language: Language) -> str:
    if word[0] in language.keywords:
        return "k"
    if word[0] in language.builtins:
        return "nb"
    return "nf" if code.startswith("(", word.end()) else ""
