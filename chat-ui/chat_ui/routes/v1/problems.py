"""The errors that the OpenAPI document lists."""

from typing import Any

from chat_ui.routes.v1.schemas import Problem

SENTENCES = {
    401: "Nobody is known by this credential.",
    403: "The key lacks the scope for this.",
    404: "There is no such thing, or it belongs to somebody else.",
    409: "Another reply is being written in this conversation, or this one has ended.",
    412: "The conversation is not the one of `If-Match` any more.",
    413: "The body is too large.",
    422: "The request makes no sense; `detail` says why.",
    429: "A limit is used up; `Retry-After` says for how many seconds.",
    503: "The database or the model does not answer, or too many wait; `Retry-After` says for how many seconds.",
}

ALWAYS = (401, 403, 413, 422, 429, 503)

EVENTS: dict[int | str, dict[str, Any]] = {
    200: {"description": "server-sent events", "content": {"text/event-stream": {"schema": {"type": "string"}}}}
}


def problems(*more: int) -> dict[int | str, dict[str, Any]]:
    """These errors and those that every address has."""
    content = {"application/problem+json": {"schema": Problem.model_json_schema()}}
    return {status: {"description": SENTENCES[status], "content": content} for status in sorted({*ALWAYS, *more})}
