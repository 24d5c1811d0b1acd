"""Links within Markdown. Only web and mail addresses are links; a name like `main.py` never leads to a stranger's site.

`https://…` is found where it begins, before anything in it is read as Markdown; `www.…` and mail addresses are found in
what is text at the end.
"""

import re
from collections.abc import Callable, Iterator

from markdown_it import MarkdownIt
from markdown_it.rules_core import StateCore
from markdown_it.rules_inline import StateInline, link
from markdown_it.token import Token

from chat_ui.language.translation import gettext as _
from chat_ui.markdown.scripts import SPACELESS

_CHARACTER = rf"[^\s<>\"`\\^{{}}|\x00-\x20\x7f-\xbf\xd7\xf7\u2000-\u206f\u2e00-\u2e7f\u3000-\u303f{SPACELESS}]"
_MAIL = r"[A-Za-z0-9._%+-]++@(?:[A-Za-z0-9-]++\.)++[A-Za-z]{2,63}"

_SCHEME = re.compile(r"(?<![A-Za-z0-9])https?\Z", re.IGNORECASE)
_URL = re.compile(rf"://(?=[\w\[]){_CHARACTER}++")
_BARE = re.compile(
    rf"(?<![A-Za-z0-9_@./:-])(?P<www>www\.[A-Za-z0-9-]+\.[A-Za-z]{_CHARACTER}*+)"
    r"|(?<![A-Za-z0-9._%+@/-])(?P<mail>[A-Za-z0-9._%+-]++@[A-Za-z0-9-]+(?:\.[A-Za-z0-9-]+)*\.[A-Za-z]{2,63})"
    r"(?![A-Za-z0-9@/_-]|:\w|\.[A-Za-z0-9])",
    re.IGNORECASE,
)
_IN_BRACKETS = re.compile(rf"<(https?://[^\s<>]++|(?:mailto:)?{_MAIL})>", re.IGNORECASE)
_BRACKETS = re.compile(r"[()\[\]]")
_ENDS_SENTENCE = ".,;:!?'*_~"

_ADDRESS = re.compile(r"(?:https?://|mailto:)[^\s]", re.IGNORECASE)


def links(markdown: MarkdownIt) -> None:
    """Let a parser find bare addresses, and show images as links: loading one would tell its server who reads."""
    markdown.validateLink = is_address  # type: ignore[method-assign]
    normalize = markdown.normalizeLink
    markdown.normalizeLink = lambda url: normalize(_with_scheme(url))  # type: ignore[method-assign]
    markdown.inline.ruler.after("text", "address", _find_url)
    markdown.inline.ruler.at("autolink", _find_in_brackets)
    markdown.inline.ruler.at("image", _find_image)
    markdown.core.ruler.after("inline", "addresses", _find_bare)


def is_address(url: str) -> bool:
    """Whether a link may lead there."""
    return bool(_ADDRESS.match(url))


def _with_scheme(url: str) -> str:
    return f"http://{url}" if url[:4].lower() == "www." else url


def _find_url(state: StateInline, silent: bool) -> bool:
    if state.linkLevel or state.src[state.pos] != ":":
        return False
    scheme = _SCHEME.search(state.src, max(0, state.pos - 6), state.pos)
    found = _URL.match(state.src, state.pos, state.posMax) if scheme else None
    if not scheme or not found:
        return False
    address = _without_end(found[0])
    if len(address) <= len("://"):
        return False
    if not silent:
        state.pending = state.pending.removesuffix(scheme[0])
        _push(state, scheme[0] + address)
    state.pos += len(address)
    return True


def _find_in_brackets(state: StateInline, silent: bool) -> bool:
    found = _IN_BRACKETS.match(state.src, state.pos, state.posMax) if state.src[state.pos] == "<" else None
    if not found:
        return False
    if not silent:
        _push(state, found[1])
    state.pos = found.end()
    return True


def _push(state: StateInline, address: str) -> None:
    url = address if is_address(address) else f"mailto:{address}"
    state.push("link_open", "a", 1).attrs = {"href": state.md.normalizeLink(url)}
    state.push("text", "", 0).content = address
    state.push("link_close", "a", -1)


def _find_image(state: StateInline, silent: bool) -> bool:
    """An image is a link with its description as text; within a link, it is the text alone."""
    if not state.src.startswith("![", state.pos):
        return False
    opening = len(state.tokens) + bool(state.pending)
    state.pos += 1
    within, state.linkLevel = state.linkLevel, 0
    found = link(state, silent)
    state.linkLevel = within
    if not found:
        state.pos -= 1
        return False
    if not silent:
        if opening == len(state.tokens) - 2:
            state.tokens.insert(-1, Token("text", "", 0, content=_("image"), level=state.level + 1))
            state.tokens_meta.insert(-1, None)
        state.tokens[opening].hidden = state.tokens[-1].hidden = bool(within)
    return True


def _find_bare(state: StateCore) -> None:
    for inline in state.tokens:
        if inline.type != "inline" or not ("@" in inline.content or "www." in inline.content.lower()):
            continue
        tokens, inline.children, within = inline.children or [], [], 0
        for token in tokens:
            within += {"link_open": 1, "link_close": -1}.get(token.type, 0)
            if token.type == "text" and not within:
                inline.children += _split(token, state.md.normalizeLink)
            else:
                inline.children.append(token)


def _split(text: Token, normalize: Callable[[str], str]) -> Iterator[Token]:
    """The text with its addresses as links."""
    content, end = text.content, 0
    for found in _BARE.finditer(content):
        address = _without_end(found[0])
        if found.start() > end:
            yield Token("text", "", 0, content=content[end : found.start()], level=text.level)
        href = normalize(f"mailto:{address}" if found["mail"] else address)
        yield Token("link_open", "a", 1, attrs={"href": href}, level=text.level)
        yield Token("text", "", 0, content=address, level=text.level + 1)
        yield Token("link_close", "a", -1, level=text.level)
        end = found.start() + len(address)
    if end < len(content):
        yield Token("text", "", 0, content=content[end:], level=text.level)


def _without_end(address: str) -> str:
    """The address without what belongs to the sentence around it: its stop, or a bracket that it did not open."""
    opened: list[str] = []
    for bracket in _BRACKETS.finditer(address):
        if bracket[0] in "([":
            opened.append(bracket[0])
        elif opened and opened[-1] + bracket[0] in ("()", "[]"):
            opened.pop()
        else:
            address = address[: bracket.start()]
            break
    return address.rstrip(_ENDS_SENTENCE + "([")
