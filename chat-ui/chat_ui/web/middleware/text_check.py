"""One check of all text that enters, before any route sees it: UTF-8 without NUL and without halves of characters."""

import re
from collections.abc import Awaitable, Callable
from email.message import Message as EmailMessage
from urllib.parse import unquote_to_bytes

from starlette.datastructures import Headers
from starlette.requests import Request
from starlette.responses import Response
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from chat_ui.errors import InvalidText
from chat_ui.language.translation import gettext as _

FORM = "application/x-www-form-urlencoded"

_CONTROL_IN_HEADER = re.compile(rb"[\x00-\x08\x0a-\x1f\x7f]")
_ESCAPED_CHARACTER = re.compile(
    r"\\u[dD][89abAB][0-9a-fA-F]{2}\\u[dD][c-fC-F][0-9a-fA-F]{2}|(\\u0000|\\u[dD][89a-fA-F][0-9a-fA-F]{2})"
)
"""A whole surrogate pair or, as the group, what cannot be stored."""


class TextCheck:
    """Refuses a request whose address, headers or body contain text that could not be stored or passed on.

    Args:
        refuse: turns the error into an answer in the caller's format.
        max_bytes: the largest body that is read; FastAPI refuses a larger one.
    """

    def __init__(
        self, app: ASGIApp, refuse: Callable[[Request, Exception], Awaitable[Response]], max_bytes: int
    ) -> None:
        self._app = app
        self._refuse = refuse
        self._max_bytes = max_bytes

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return
        try:
            check_head(scope)
            receive = await _checked_body(scope, receive, self._max_bytes)
        except InvalidText as error:
            response = await self._refuse(Request(scope), error)
            await response(scope, receive, send)
            return
        await self._app(scope, receive, send)


def check_head(scope: Scope) -> None:
    """Check the path, the query string and the headers.

    Raises:
        InvalidText: one of them contains text that cannot be stored.
    """
    path = scope.get("raw_path") or scope["path"].encode(errors="surrogatepass")
    for part in (path, scope["query_string"]):
        _check_bytes(unquote_to_bytes(part))
    if any(_CONTROL_IN_HEADER.search(value) for _name, value in scope["headers"]):
        raise _unstorable()


def check_body(content_type: str, body: bytes) -> None:
    """Check the body, whose JSON may also write characters as `\\u…`.

    A NUL in a form's field is left to the field's own check, which returns the form with what was typed.

    Raises:
        InvalidText: the body contains text that cannot be stored, or is in another encoding than UTF-8.
    """
    kind = EmailMessage()
    kind["Content-Type"] = content_type.encode("ascii", "replace").decode()
    if str(kind.get_param("charset", "utf-8")).lower() not in ("utf-8", "utf8", "us-ascii"):
        raise _unstorable()
    if kind.get_content_type() == FORM:
        _check_bytes(unquote_to_bytes(body).replace(b"\0", b""))
        return
    try:
        text = body.decode()
    except UnicodeDecodeError as error:
        raise InvalidText(_("The body cannot be decoded. Send JSON in UTF-8.")) from error
    if "\0" in text:
        raise _unstorable()
    if "\\u" in text and _has_unstorable_escape(text):
        raise _unstorable()


def _has_unstorable_escape(text: str) -> bool:
    escapes = text.replace("\\\\", "  ")  # an escaped backslash begins no other escape
    return any(match[1] for match in _ESCAPED_CHARACTER.finditer(escapes))


def _check_bytes(content: bytes) -> str:
    try:
        text = content.decode()
    except UnicodeDecodeError as error:
        raise _unstorable() from error
    if "\0" in text:
        raise _unstorable()
    return text


def _unstorable() -> InvalidText:
    return InvalidText(
        _(
            "The request contains text that cannot be stored: a NUL character, half of a surrogate pair, "
            "or bytes that are not UTF-8. Remove it."
        )
    )


async def _checked_body(scope: Scope, receive: Receive, max_bytes: int) -> Receive:
    """Read and check the body; return a `receive` that gives it again. A body that is too large is passed on as it is.

    Raises:
        InvalidText: see `check_body`.
    """
    headers = Headers(scope=scope)
    if headers.get("content-length", "0") == "0" and "transfer-encoding" not in headers:
        return receive
    messages, size, complete = list[Message](), 0, False
    while not complete and size <= max_bytes:
        messages.append(message := await receive())
        size += len(message.get("body", b""))
        complete = not message.get("more_body", False)
    if complete and size <= max_bytes:
        check_body(headers.get("content-type", ""), b"".join(message.get("body", b"") for message in messages))
    messages.reverse()

    async def receive_again() -> Message:
        return messages.pop() if messages else await receive()

    return receive_again
