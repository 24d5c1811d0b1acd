"""The one table from our errors to answers: a page for a person, a notice for a fragment, a problem for a program."""

import logging

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
    ModelNotFound,
    ParleyError,
    PresetNameTaken,
    PresetNotFound,
    QueueFull,
    QuotaReached,
    ReplyEnded,
    ReplyFailed,
    ReplyRunning,
    RequestTooComplex,
    ScopeMissing,
    SearchRunning,
    SessionUnknown,
    TooManyChats,
    TooManyGuests,
    TooManyMessages,
    TooManyRequests,
    UsageLimitReached,
)
from chat_ui.language.translation import gettext as _
from chat_ui.language.translation import marked
from chat_ui.web.dependencies import is_htmx, restore_visitor, services_of
from chat_ui.web.pages.frame import fill
from chat_ui.web.problems import (
    NOT_FOUND,
    describe_invalid,
    is_for_program,
    problem,
    problem_name,
    sentence_for_program,
    sentence_for_status,
)
from chat_ui.web.security import HEADERS

STATUS: dict[type[ParleyError], int] = {
    ChatNotFound: status.HTTP_404_NOT_FOUND,
    MessageNotFound: status.HTTP_404_NOT_FOUND,
    KeyNotFound: status.HTTP_404_NOT_FOUND,
    PresetNotFound: status.HTTP_404_NOT_FOUND,
    PresetNameTaken: status.HTTP_409_CONFLICT,
    CredentialRefused: status.HTTP_401_UNAUTHORIZED,
    ScopeMissing: status.HTTP_403_FORBIDDEN,
    UsageLimitReached: status.HTTP_429_TOO_MANY_REQUESTS,
    TooManyChats: status.HTTP_429_TOO_MANY_REQUESTS,
    TooManyGuests: status.HTTP_429_TOO_MANY_REQUESTS,
    TooManyMessages: status.HTTP_429_TOO_MANY_REQUESTS,
    TooManyRequests: status.HTTP_429_TOO_MANY_REQUESTS,
    QuotaReached: status.HTTP_409_CONFLICT,
    SearchRunning: status.HTTP_429_TOO_MANY_REQUESTS,
    ChatChanged: status.HTTP_412_PRECONDITION_FAILED,
    KeyReused: status.HTTP_422_UNPROCESSABLE_CONTENT,
    KeyInUse: status.HTTP_409_CONFLICT,
    ClientGone: 499,
    ContextExceeded: status.HTTP_400_BAD_REQUEST,
    LanguageModelRefused: status.HTTP_400_BAD_REQUEST,
    RequestTooComplex: status.HTTP_400_BAD_REQUEST,
    ModelNotFound: status.HTTP_404_NOT_FOUND,
    LanguageModelUnavailable: status.HTTP_503_SERVICE_UNAVAILABLE,
    ReplyFailed: status.HTTP_503_SERVICE_UNAVAILABLE,
    InvalidText: status.HTTP_422_UNPROCESSABLE_CONTENT,
    ReplyRunning: status.HTTP_409_CONFLICT,
    ReplyEnded: status.HTTP_409_CONFLICT,
    QueueFull: status.HTTP_503_SERVICE_UNAVAILABLE,
    DatabaseUnavailable: status.HTTP_503_SERVICE_UNAVAILABLE,
}

TITLES = {
    400: marked("Invalid request"),
    403: marked("Not allowed"),
    404: marked("Page not found"),
    405: marked("Not possible here"),
    409: marked("Not possible right now"),
    413: marked("Too long to send"),
    422: marked("Invalid request"),
    429: marked("Too much at once"),
    500: marked("Something went wrong"),
    503: marked("Temporarily unavailable"),
}

SENTENCES = {
    404: marked("No page exists at this address."),
    405: marked("This address does not accept the request. Go back and load the page again."),
}
"""For errors of the framework."""

RETRY_SECONDS = "5"
METHODS = ("DELETE", "GET", "HEAD", "PATCH", "POST", "PUT")

logger = logging.getLogger(__name__)


def add_error_handlers(app: FastAPI) -> None:
    app.add_exception_handler(SessionUnknown, _start_again)
    app.add_exception_handler(ParleyError, answer_error)
    app.add_exception_handler(RequestValidationError, _invalid_request)
    app.add_exception_handler(HTTPException, _http_error)


async def _start_again(request: Request, error: Exception) -> Response:
    """A browser without a session has no chats, so a chat's address does not exist for it."""
    if is_for_program(request):
        return _answer_program(request, status.HTTP_401_UNAUTHORIZED, error, str(error))
    try:
        restored = await restore_visitor(request)
    except DatabaseUnavailable as unavailable:
        return await answer_error(request, unavailable)
    is_page = request.method == "GET" and not is_htmx(request)
    if restored and is_page:
        return RedirectResponse(f"{request.url.path}?{request.url.query}", status.HTTP_303_SEE_OTHER)
    if request.method == "GET" and not restored:
        return error_page(request, status.HTTP_404_NOT_FOUND, str(ChatNotFound()))
    if is_htmx(request):
        return Response(headers={"HX-Redirect": "/"})
    return RedirectResponse("/", status.HTTP_303_SEE_OTHER)


async def answer_error(request: Request, error: Exception) -> Response:
    """Answer an error of ours in the caller's format."""
    assert isinstance(error, ParleyError)  # noqa: S101 - what it is registered for
    status_code = STATUS.get(type(error), status.HTTP_500_INTERNAL_SERVER_ERROR)
    if is_for_program(request):
        return _answer_program(request, status_code, error, sentence_for_program(error))
    page = error_page(request, status_code, str(error))
    page.headers.update(retry_headers(status_code, error))
    return page


def _answer_program(request: Request, status_code: int, error: Exception, sentence: str) -> Response:
    headers = retry_headers(status_code, error)
    if status_code == status.HTTP_401_UNAUTHORIZED:
        headers["WWW-Authenticate"] = "Bearer"
    if isinstance(error, HTTPException):
        headers |= error.headers or {}
    return problem(request, status_code, problem_name(error), sentence, headers)


async def _invalid_request(request: Request, error: Exception) -> Response:
    assert isinstance(error, RequestValidationError)  # noqa: S101 - what it is registered for
    in_path = any(found["loc"][0] == "path" for found in error.errors())
    if is_for_program(request):
        if in_path:
            return _answer_program(request, status.HTTP_404_NOT_FOUND, ChatNotFound(), NOT_FOUND)
        return _answer_program(request, status.HTTP_422_UNPROCESSABLE_CONTENT, error, describe_invalid(error))
    if in_path:
        return error_page(request, status.HTTP_404_NOT_FOUND, str(ChatNotFound()))
    sentence = _("A field of the form is missing. Load the page again and repeat what you did.")
    return error_page(request, status.HTTP_422_UNPROCESSABLE_CONTENT, sentence)


async def _http_error(request: Request, error: Exception) -> Response:
    assert isinstance(error, HTTPException)  # noqa: S101 - what it is registered for
    if is_for_program(request):
        error = _for_program(request, error)
        return _answer_program(request, error.status_code, error, sentence_for_status(request, error))
    return error_page(request, error.status_code, _refusal(request, error))


def _for_program(request: Request, error: HTTPException) -> HTTPException:
    match error.status_code:
        case status.HTTP_400_BAD_REQUEST:  # FastAPI's answer to a body that is not text
            return HTTPException(status.HTTP_422_UNPROCESSABLE_CONTENT)
        case status.HTTP_405_METHOD_NOT_ALLOWED:
            return HTTPException(error.status_code, headers={"Allow": ", ".join(_methods_of(request))})
        case _:
            return error


def _methods_of(request: Request) -> list[str]:
    """The methods that this address accepts. The router itself reports only those of the first matching route."""

    def is_accepted(method: str) -> bool:
        scope = {**request.scope, "method": "GET" if method == "HEAD" else method}
        return any(route.matches(scope)[0] is Match.FULL for route in request.app.routes)

    return [method for method in METHODS if is_accepted(method)]


def _refusal(request: Request, error: HTTPException) -> str:
    if error.status_code == status.HTTP_413_CONTENT_TOO_LARGE:
        too_large = _("At most {size} kB can be sent at once. Go back, shorten your text and send it again.")
        return too_large.format(size=services_of(request).settings.max_body_kilobytes)
    return _(SENTENCES.get(error.status_code) or error.detail)


async def answer_bug(request: Request, error: Exception) -> Response:
    """Log an error that nobody expected, and say so."""
    logger.error("unexpected error at %s %s", request.method, request.url.path, exc_info=error)
    sentence = _("This is an error on our side, and it has been logged. Try again in a moment.")
    if is_for_program(request):
        page = problem(request, status.HTTP_500_INTERNAL_SERVER_ERROR, "internal-error", sentence, {})
    else:
        page = error_page(request, status.HTTP_500_INTERNAL_SERVER_ERROR, sentence)
    page.headers.update(HEADERS)  # the bug may be in a middleware around the one that adds them
    return page


def error_page(request: Request, status_code: int, sentence: str) -> Response:
    app, headers = services_of(request), retry_headers(status_code)
    if is_htmx(request):
        headers |= {"HX-Retarget": "#notice", "HX-Reswap": "innerHTML"}
        return HTMLResponse(app.templates.render("partials/notice.html", sentence=sentence), status_code, headers)
    title = _(TITLES.get(status_code, TITLES[500]))
    page = fill(app, "pages/error.html", status_code=status_code, status=status_code, title=title, sentence=sentence)
    page.headers.update(headers)
    return page


def retry_headers(status_code: int, error: Exception | None = None) -> dict[str, str]:
    if isinstance(error, LimitReached):
        return {"Retry-After": str(error.retry_after)}
    return {"Retry-After": RETRY_SECONDS} if status_code == status.HTTP_503_SERVICE_UNAVAILABLE else {}
