"""Answer every error with RFC 9457 problem details that carry the request's id."""

import logging
from http import HTTPStatus
from typing import Any
from uuid import UUID

from asgi_correlation_id import correlation_id
from fastapi import FastAPI, Request
from fastapi.exceptions import RequestValidationError
from fastapi.responses import JSONResponse
from sqlalchemy.exc import DBAPIError, InterfaceError, OperationalError
from sqlalchemy.exc import TimeoutError as PoolTimeoutError
from starlette.exceptions import HTTPException

from db_api.errors import (
    ChatChanged,
    ChatNotFound,
    DatabaseApiError,
    DatabaseUnavailable,
    IdempotencyKeyInUse,
    IdempotencyKeyReused,
    InvalidRequest,
    KeyNotFound,
    LeaseLost,
    MessageNotFound,
    PresetNameTaken,
    PresetNotFound,
    QuotaReached,
    ReplyEnded,
    ReplyNotFound,
    ReplyRunning,
    SearchRunning,
    ServiceUnknown,
    SessionUnknown,
    TooManyChats,
)

logger = logging.getLogger(__name__)

PROBLEMS: dict[type[DatabaseApiError], tuple[HTTPStatus, str]] = {
    ServiceUnknown: (HTTPStatus.UNAUTHORIZED, "service-unknown"),
    SessionUnknown: (HTTPStatus.UNAUTHORIZED, "session-unknown"),
    ChatNotFound: (HTTPStatus.NOT_FOUND, "chat-not-found"),
    MessageNotFound: (HTTPStatus.NOT_FOUND, "message-not-found"),
    ReplyNotFound: (HTTPStatus.NOT_FOUND, "reply-not-found"),
    KeyNotFound: (HTTPStatus.NOT_FOUND, "key-not-found"),
    PresetNotFound: (HTTPStatus.NOT_FOUND, "preset-not-found"),
    PresetNameTaken: (HTTPStatus.CONFLICT, "preset-name-taken"),
    QuotaReached: (HTTPStatus.CONFLICT, "quota-reached"),
    TooManyChats: (HTTPStatus.TOO_MANY_REQUESTS, "too-many-chats"),
    IdempotencyKeyReused: (HTTPStatus.UNPROCESSABLE_ENTITY, "idempotency-key-reused"),
    IdempotencyKeyInUse: (HTTPStatus.CONFLICT, "idempotency-key-in-use"),
    ChatChanged: (HTTPStatus.PRECONDITION_FAILED, "chat-changed"),
    ReplyRunning: (HTTPStatus.CONFLICT, "reply-running"),
    ReplyEnded: (HTTPStatus.CONFLICT, "reply-ended"),
    LeaseLost: (HTTPStatus.CONFLICT, "lease-lost"),
    SearchRunning: (HTTPStatus.TOO_MANY_REQUESTS, "search-running"),
    InvalidRequest: (HTTPStatus.UNPROCESSABLE_ENTITY, "invalid-request"),
    DatabaseUnavailable: (HTTPStatus.SERVICE_UNAVAILABLE, "database-unavailable"),
}
# Requests that the framework refuses before a route is called.
FRAMEWORK_PROBLEMS = {
    HTTPStatus.BAD_REQUEST: "invalid-request",
    HTTPStatus.NOT_FOUND: "not-found",
    HTTPStatus.METHOD_NOT_ALLOWED: "method-not-allowed",
    HTTPStatus.REQUEST_ENTITY_TOO_LARGE: "body-too-large",
}
RETRIABLE = (HTTPStatus.TOO_MANY_REQUESTS, HTTPStatus.SERVICE_UNAVAILABLE)
RETRY_AFTER_SECONDS = 1


def add_error_handlers(app: FastAPI) -> None:
    app.add_exception_handler(DatabaseApiError, _answer_domain_error)
    app.add_exception_handler(RequestValidationError, _answer_invalid_request)
    app.add_exception_handler(HTTPException, _answer_http_error)
    # No connection, a lost one, none free in time, or a statement or lock timeout.
    for kind in (OperationalError, InterfaceError, PoolTimeoutError):
        app.add_exception_handler(kind, _answer_database_error)
    app.add_exception_handler(Exception, _answer_bug)


def _problem(status: HTTPStatus, name: str, detail: str, **extensions: Any) -> JSONResponse:
    content = {
        "type": f"/problems/{name}",
        "title": status.phrase,
        "status": status,
        "detail": detail,
        "request_id": correlation_id.get(),
    }
    headers = {"Retry-After": str(RETRY_AFTER_SECONDS)} if status in RETRIABLE else None
    return JSONResponse(content | extensions, status, headers, media_type="application/problem+json")


async def _answer_domain_error(_: Request, error: Exception) -> JSONResponse:
    assert isinstance(error, DatabaseApiError)  # noqa: S101 (by the handler's registration)
    status, name = PROBLEMS[type(error)]
    details = {key: str(value) if isinstance(value, UUID) else value for key, value in error.details.items()}
    response = _problem(status, name, str(error), **details)
    if "retry_after" in details:
        response.headers["Retry-After"] = str(details["retry_after"])
    return response


async def _answer_invalid_request(_: Request, error: Exception) -> JSONResponse:
    assert isinstance(error, RequestValidationError)  # noqa: S101
    # Without the input, which may not be representable as JSON.
    errors = [
        {"field": ".".join(map(str, found["loc"])), "message": found["msg"].removeprefix("Value error, ")}
        for found in error.errors()
    ]
    detail = "; ".join(f"{found['field']}: {found['message']}" for found in errors)
    return _problem(HTTPStatus.UNPROCESSABLE_ENTITY, "invalid-request", detail, errors=errors)


async def _answer_http_error(_: Request, error: Exception) -> JSONResponse:
    assert isinstance(error, HTTPException)  # noqa: S101
    status = HTTPStatus(error.status_code)
    response = _problem(status, FRAMEWORK_PROBLEMS.get(status, "http-error"), error.detail)
    response.headers.update(error.headers or {})
    return response


async def _answer_database_error(request: Request, error: Exception) -> JSONResponse:
    cause = error.orig if isinstance(error, DBAPIError) else error
    logger.warning("The database failed: %s", " ".join(str(cause).split()))
    return await _answer_domain_error(request, DatabaseUnavailable())


async def _answer_bug(_: Request, error: Exception) -> JSONResponse:
    detail = "Internal error. The log has the details under this request_id."
    return _problem(HTTPStatus.INTERNAL_SERVER_ERROR, "internal-error", detail)
