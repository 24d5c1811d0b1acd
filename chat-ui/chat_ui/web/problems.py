"""Errors for programs: RFC 9457 problem details, and OpenAI's format at the addresses compatible with it."""

import re
from http import HTTPStatus
from typing import Any

from asgi_correlation_id import correlation_id
from fastapi import Request
from fastapi.exceptions import RequestValidationError
from fastapi.responses import JSONResponse, Response
from starlette.exceptions import HTTPException

from chat_ui.errors import (
    ChatChanged,
    ChatNotFound,
    ContextExceeded,
    LanguageModelRefused,
    MessageNotFound,
    UsageLimitReached,
)

API = "/v1/"
SERVED_OPENAI_PATHS = ("/v1/models", "/v1/chat/completions", "/v1/responses")
OTHER_OPENAI_PATHS = (
    "/v1/assistants",
    "/v1/audio",
    "/v1/batches",
    "/v1/completions",
    "/v1/containers",
    "/v1/embeddings",
    "/v1/evals",
    "/v1/files",
    "/v1/fine_tuning",
    "/v1/images",
    "/v1/moderations",
    "/v1/organization",
    "/v1/realtime",
    "/v1/threads",
    "/v1/uploads",
    "/v1/vector_stores",
    "/v1/videos",
)
OPENAI_PATHS = SERVED_OPENAI_PATHS + OTHER_OPENAI_PATHS

OPENAI_TYPES = {
    401: "authentication_error",
    403: "permission_error",
    404: "not_found_error",
    429: "rate_limit_error",
}
SENTENCES_FOR_PROGRAMS = {
    422: "The body cannot be decoded. Send JSON in UTF-8.",
    404: "Unknown address; docs/api.md lists the API's addresses.",
    405: "This address does not accept that method; docs/api.md lists the API's addresses.",
    413: "The body is too large: at most {size} kB.",
}
"""By status, for errors of the framework."""

NOT_SERVED = f"Parley does not serve this address of OpenAI's API. It serves {', '.join(SERVED_OPENAI_PATHS)}."
NOT_JSON = "The body is not a JSON object. Send one, with the header “Content-Type: application/json”."
NOT_FOUND = "This conversation or reply does not exist, or it belongs to another user."

UNKNOWN_ADDRESS = "not-found"

STATUS_NAMES = {413: "content-too-large"}
"""Where Python's versions and nginx use different phrases."""

PROBLEM_NAMES: dict[type[Exception], str] = {
    RequestValidationError: "InvalidRequest",
    ChatNotFound: "ConversationNotFound",
    ChatChanged: "ConversationChanged",
    UsageLimitReached: "LimitReached",
}
"""Where `/v1` has another word than the error's class."""


def is_for_program(request: Request) -> bool:
    return request.url.path.startswith(API)


def problem_name(error: Exception) -> str:
    """`MessageNotFound` → `message-not-found`; the framework's errors are named after their status."""
    if isinstance(error, HTTPException):
        phrase = HTTPStatus(error.status_code).phrase.lower().replace(" ", "-")
        return STATUS_NAMES.get(error.status_code, phrase)
    return re.sub("(?<!^)(?=[A-Z])", "-", PROBLEM_NAMES.get(type(error), type(error).__name__)).lower()


def sentence_for_program(error: Exception) -> str:
    """The sentence for a program about one of our errors."""
    if isinstance(error, ChatNotFound | MessageNotFound):
        return NOT_FOUND
    if isinstance(error, LanguageModelRefused) and not isinstance(error, ContextExceeded) and error.words:
        return f"The language model refused this: {error.words}"
    return str(error)


def sentence_for_status(request: Request, error: HTTPException) -> str:
    """The sentence for a program about one of the framework's errors."""
    if error.status_code == HTTPStatus.NOT_FOUND and request.url.path.startswith(OPENAI_PATHS):
        return NOT_SERVED
    sentence = SENTENCES_FOR_PROGRAMS.get(error.status_code, error.detail)
    return sentence.replace("{size}", str(request.app.state.services.settings.max_body_kilobytes))


def problem(request: Request, status: int, name: str, sentence: str, headers: dict[str, str]) -> Response:
    """The error in the format of this address."""
    if request.url.path.startswith(OPENAI_PATHS):
        return _openai_error(status, name, sentence, headers)
    content: dict[str, Any] = {
        "type": f"/problems/{name}",
        "title": HTTPStatus(status).phrase,
        "status": status,
        "detail": sentence,
        "request_id": correlation_id.get(),
    }
    if name == UNKNOWN_ADDRESS:  # perhaps one of OpenAI's: its clients show `error.message`
        content["error"] = _openai_detail(status, name, sentence)
    return JSONResponse(content, status, headers, media_type="application/problem+json")


def describe_invalid(error: RequestValidationError) -> str:
    """Each invalid field with its problem."""
    found = error.errors()
    if any(e["type"] in ("json_invalid", "model_attributes_type") and e["loc"][0] == "body" for e in found):
        return NOT_JSON
    return "; ".join(f"{'.'.join(str(part) for part in e['loc'][1:]) or 'The body'}: {e['msg']}" for e in found)


def _openai_error(status: int, name: str, sentence: str, headers: dict[str, str]) -> Response:
    status = 400 if status == 422 else status
    return JSONResponse({"error": _openai_detail(status, name, sentence)}, status, headers)


def _openai_detail(status: int, name: str, sentence: str) -> dict[str, Any]:
    kind = OPENAI_TYPES.get(status, "server_error" if status >= 500 else "invalid_request_error")
    return {"message": sentence, "type": kind, "param": None, "code": name.replace("-", "_")}
