"""Code blocks with their language, colours and a button that copies them."""

from functools import lru_cache
from html import escape

from pygments import highlight
from pygments.formatters import HtmlFormatter
from pygments.lexer import Lexer
from pygments.lexers import get_lexer_by_name
from pygments.util import ClassNotFound

from chat_ui.language.translation import gettext as _

_formatter = HtmlFormatter(nowrap=True)


def code_block(code: str, language: str) -> str:
    """HTML of a code block; an unknown or empty language has no colours."""
    copy = f'<button class="copy-code" type="button">{_("Copy")}</button>'
    header = f'<div class="code-header"><span class="code-language">{escape(language)}</span>{copy}</div>'
    coloured = _coloured(code, language)
    return f'<div class="code">{header}<pre class="highlight" tabindex="0"><code>{coloured}</code></pre></div>\n'


def _coloured(code: str, language: str) -> str:
    try:
        return str(highlight(code, _lexer(language), _formatter))
    except ClassNotFound:
        return escape(code)


@lru_cache(maxsize=64)
def _lexer(language: str) -> Lexer:
    """
    Raises:
        ClassNotFound: an unknown language; not cached.
    """
    return get_lexer_by_name(language)
