"""The one table from our errors to answers: a page for a person, a sentence for a fragment, a problem for a program."""

import logging
import re
from http import HTTPStatus
from typing import Any

from fastapi import FastAPI, Request, status
from fastapi.exceptions import RequestValidationError
from fastapi.responses import HTMLResponse, RedirectResponse, Response
from starlette.exceptions import HTTPException
from starlette.routing import Match

from chat_ui.errors import (
    ChatChanged,
    ChatNotFound,
    ClientGone,
    ContextExceeded,
    CredentialRefused,
    DatabaseUnavailable,
    InvalidText,
    KeyInUse,
    KeyNotFound,
    KeyReused,
    LanguageModelRefused,
    LanguageModelUnavailable,
    LimitReached,
    MessageNotFound,
    ParleyError,
    PresetNameTaken,
    PresetNotFound,
    QueueFull,
    ReplyEnded,
    ReplyFailed,
    ReplyRunning,
    ScopeMissing,
    SessionUnknown,
)
from chat_ui.language.translation import gettext as _
from chat_ui.language.translation import marked
from chat_ui.services.chats.sidebar import NO_CHATS
from chat_ui.web.dependencies import is_htmx, services_of
from chat_ui.web.problems import is_for_program, problem
from chat_ui.web.security import HEADERS, MAX_BODY_BYTES
from chat_ui.web.session import forget_visitor

STATUS: dict[type[ParleyError], int] = {
    ChatNotFound: status.HTTP_404_NOT_FOUND,
    MessageNotFound: status.HTTP_404_NOT_FOUND,
    KeyNotFound: status.HTTP_404_NOT_FOUND,
    PresetNotFound: status.HTTP_404_NOT_FOUND,
    PresetNameTaken: status.HTTP_409_CONFLICT,
    CredentialRefused: status.HTTP_401_UNAUTHORIZED,
    ScopeMissing: status.HTTP_403_FORBIDDEN,
    LimitReached: status.HTTP_429_TOO_MANY_REQUESTS,
    ChatChanged: status.HTTP_412_PRECONDITION_FAILED,
    KeyReused: status.HTTP_422_UNPROCESSABLE_CONTENT,
    KeyInUse: status.HTTP_409_CONFLICT,
    ClientGone: 499,
    ContextExceeded: status.HTTP_400_BAD_REQUEST,
    LanguageModelRefused: status.HTTP_400_BAD_REQUEST,
    LanguageModelUnavailable: status.HTTP_503_SERVICE_UNAVAILABLE,
    ReplyFailed: status.HTTP_503_SERVICE_UNAVAILABLE,
    InvalidText: status.HTTP_422_UNPROCESSABLE_CONTENT,
    ReplyRunning: status.HTTP_409_CONFLICT,
    ReplyEnded: status.HTTP_409_CONFLICT,
    QueueFull: status.HTTP_503_SERVICE_UNAVAILABLE,
    DatabaseUnavailable: status.HTTP_503_SERVICE_UNAVAILABLE,
}

TITLES = {
    400: marked("That could not be understood"),
    403: marked("That is not allowed"),
    404: marked("Nothing here"),
    405: marked("That does not work here"),
    409: marked("Not now"),
    413: marked("Too long"),
    422: marked("That could not be understood"),
    500: marked("Something went wrong"),
    503: marked("One moment, please"),
}

SENTENCES = {
    404: marked("There is no page at this address."),
    405: marked("This address does not take what was sent to it. Go back and load the page again."),
}
"""For what the framework itself refuses."""

API_SENTENCES = {
    422: "The body cannot be read. Send JSON in UTF-8.",
    404: "There is nothing at this address; docs/api.md of the project lists what there is.",
    405: "This address does not take that method; docs/api.md of the project lists what there is.",
    413: f"At most {MAX_BODY_BYTES // 1024} kB can be sent at once.",
}
STATUS_NAMES = {413: "content-too-large"}
"""Where Python's versions, or nginx in front, have another word."""

NO_JSON = "The body is no JSON object. Send one, and say so: “Content-Type: application/json”."
NOWHERE = "There is no such conversation or reply, or it belongs to somebody else."

PROBLEM_NAMES: dict[type[Exception], str] = {
    RequestValidationError: "InvalidRequest",
    ChatNotFound: "ConversationNotFound",
    ChatChanged: "ConversationChanged",
}
"""Where a program knows a thing by another name."""

logger = logging.getLogger(__name__)


def add_error_handlers(app: FastAPI) -> None:
    app.add_exception_handler(SessionUnknown, _start_again)
    app.add_exception_handler(ParleyError, _known_error)
    app.add_exception_handler(RequestValidationError, _invalid_request)
    app.add_exception_handler(HTTPException, _http_error)
    app.add_exception_handler(Exception, _bug)


async def _start_again(request: Request, error: Exception) -> Response:
    """A browser without a session has no chats here; a chat's address leads nowhere for it."""
    if is_for_program(request):
        return _answer_program(request, status.HTTP_401_UNAUTHORIZED, error, str(error))
    forget_visitor(request)
    if request.method == "GET" and request.url.path != "/":
        return error_page(request, status.HTTP_404_NOT_FOUND, str(ChatNotFound()))
    if is_htmx(request):
        return Response(headers={"HX-Redirect": "/"})
    return RedirectResponse("/", status.HTTP_303_SEE_OTHER)


async def _known_error(request: Request, error: Exception) -> Response:
    assert isinstance(error, ParleyError)  # noqa: S101 - what it is registered for
    status_code = STATUS.get(type(error), status.HTTP_500_INTERNAL_SERVER_ERROR)
    if is_for_program(request):
        sentence = NOWHERE if isinstance(error, ChatNotFound | MessageNotFound) else str(error)
        return _answer_program(request, status_code, error, sentence)
    return error_page(request, status_code, str(error))


def _answer_program(request: Request, status_code: int, error: Exception, sentence: str) -> Response:
    headers = {"Retry-After": "5"} if status_code == status.HTTP_503_SERVICE_UNAVAILABLE else {}
    if status_code == status.HTTP_401_UNAUTHORIZED:
        headers["WWW-Authenticate"] = "Bearer"
    if isinstance(error, LimitReached):
        headers["Retry-After"] = str(error.retry_after)
    if isinstance(error, HTTPException):
        headers |= error.headers or {}
    return problem(request, status_code, problem_name(error), sentence, headers)


def problem_name(error: Exception) -> str:
    """`ChatNotFound` → `chat-not-found`; what the framework refuses is named by its status."""
    if isinstance(error, HTTPException):
        phrase = HTTPStatus(error.status_code).phrase.lower().replace(" ", "-")
        return STATUS_NAMES.get(error.status_code, phrase)
    return re.sub("(?<!^)(?=[A-Z])", "-", PROBLEM_NAMES.get(type(error), type(error).__name__)).lower()


async def _invalid_request(request: Request, error: Exception) -> Response:
    assert isinstance(error, RequestValidationError)  # noqa: S101 - what it is registered for
    in_path = any(found["loc"][0] == "path" for found in error.errors())
    if is_for_program(request):
        return (
            _answer_program(request, status.HTTP_404_NOT_FOUND, ChatNotFound(), NOWHERE)
            if in_path
            else (_answer_program(request, status.HTTP_422_UNPROCESSABLE_CONTENT, error, _what_is_invalid(error)))
        )
    if in_path:
        return error_page(request, status.HTTP_404_NOT_FOUND, str(ChatNotFound()))
    return error_page(
        request,
        status.HTTP_422_UNPROCESSABLE_CONTENT,
        _("The form came without something it needs. Load the page again."),
    )


async def _http_error(request: Request, error: Exception) -> Response:
    assert isinstance(error, HTTPException)  # noqa: S101 - what it is registered for
    if is_for_program(request):
        error = _as_program_knows_it(request, error)
        sentence = API_SENTENCES.get(error.status_code, error.detail)
        return _answer_program(request, error.status_code, error, sentence)
    return error_page(request, error.status_code, _refusal(error))


def _as_program_knows_it(request: Request, error: HTTPException) -> HTTPException:
    match error.status_code:
        case status.HTTP_400_BAD_REQUEST:  # FastAPI's for a body that is no text
            return HTTPException(status.HTTP_422_UNPROCESSABLE_CONTENT)
        case status.HTTP_405_METHOD_NOT_ALLOWED:
            return HTTPException(error.status_code, headers={"Allow": ", ".join(_methods_of(request))})
        case _:
            return error


def _methods_of(request: Request) -> list[str]:
    """What may be done at this address. The router itself tells only what the first route of it takes."""

    def is_taken(method: str) -> bool:
        scope = {**request.scope, "method": method}
        return any(route.matches(scope)[0] is Match.FULL for route in request.app.routes)

    return [method for method in ("DELETE", "GET", "PATCH", "POST", "PUT") if is_taken(method)]


async def _bug(request: Request, error: Exception) -> Response:
    logger.error("unexpected error at %s %s", request.method, request.url.path, exc_info=error)
    sentence = _("This is our mistake, and it has been noted.")
    if is_for_program(request):
        page = problem(request, status.HTTP_500_INTERNAL_SERVER_ERROR, "internal-error", sentence, {})
    else:
        page = error_page(request, status.HTTP_500_INTERNAL_SERVER_ERROR, sentence)
    page.headers.update(HEADERS)  # this answer is sent outside all middleware
    return page


def _refusal(error: HTTPException) -> str:
    if error.status_code == status.HTTP_413_CONTENT_TOO_LARGE:
        too_long = _("At most {size} kB can be sent at once. Go back: your text is still there, shorten it.")
        return too_long.format(size=MAX_BODY_BYTES // 1024)
    return _(SENTENCES.get(error.status_code) or error.detail)


def _what_is_invalid(error: RequestValidationError) -> str:
    found = error.errors()
    if any(e["type"] in ("json_invalid", "model_attributes_type") and e["loc"][0] == "body" for e in found):
        return NO_JSON
    return "; ".join(f"{'.'.join(str(part) for part in e['loc'][1:]) or 'The body'}: {e['msg']}" for e in found)


def error_page(request: Request, status_code: int, sentence: str) -> Response:
    templates = services_of(request).templates
    headers = {"Retry-After": "5"} if status_code == status.HTTP_503_SERVICE_UNAVAILABLE else {}
    if is_htmx(request):
        headers |= {"HX-Retarget": "#notice", "HX-Reswap": "innerHTML"}
        return HTMLResponse(templates.render("partials/notice.html", sentence=sentence), status_code, headers)
    context: dict[str, Any] = {"title": _(TITLES.get(status_code, TITLES[500])), "sentence": sentence}
    page = templates.render("pages/error.html", status=status_code, sidebar=NO_CHATS, chat=None, **context)
    return HTMLResponse(page, status_code, headers)
